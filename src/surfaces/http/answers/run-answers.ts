import { z } from "zod";
import type { Question } from "../../../actors/question.ts";
import type { RunStanding } from "../run-desk.ts";
import { count, ms, named } from "./answer-schemas.ts";
import { DiagnosticAnswer } from "./problem-answer.ts";
import { ResultAnswer } from "./result-answer.ts";

export const RUN_STATES = [
  "queued",
  "running",
  "suspended",
  "interrupted",
  "succeeded",
  "partial",
  "failed",
  "cancelled",
] as const;

const Asked = named(
  "Question",
  z.object({
    path: z.string(),
    askedBy: z.number().optional().describe("The attempt that asks; absent: it is asked before the work."),
    asks: z.enum(["approval", "answer"]),
    question: z.string(),
    choices: z.array(z.string()).optional().describe("The answers that are accepted; absent: any text."),
    untilMs: ms.optional().describe("When `otherwise` holds; absent: never."),
    otherwise: z
      .union([z.enum(["approve", "reject"]), z.object({ answer: z.string() })])
      .optional()
      .describe("What holds when nobody has decided in time."),
  }) satisfies z.ZodType<Question>,
);

const Standing = named(
  "Run",
  z.object({
    runId: z.string(),
    status: z.enum(RUN_STATES),
    program: z.string(),
    planHash: z.string(),
    acceptedAtMs: ms,
    endedAtMs: ms.nullable(),
    agents: count.describe("How many the plan expects."),
    progress: z
      .object({ running: count, ended: count, failed: count })
      .nullable()
      .describe("Agents by state; null while this server does not drive the run."),
    waitingFor: z.array(Asked),
  }) satisfies z.ZodType<RunStanding>,
);

/** How a run stands. */
export const StatusAnswer = named(
  "RunStatus",
  Standing.extend({ result: ResultAnswer.nullable().describe("Null until it has ended.") }),
);

export const RunsAnswer = named(
  "Runs",
  z.object({
    runs: z.array(Standing),
    next: z.string().nullable().describe("`before` of the next page; null: this is the last one."),
  }),
);

const Accepted = named(
  "Accepted",
  z.object({
    runId: z.string(),
    repeated: z.boolean().describe("The idempotency key was known: nothing was begun."),
    warnings: z.array(DiagnosticAnswer),
  }),
);

/** 202 says what was taken on; after a wait, how it stands. */
export const AcceptedAnswer = named("AcceptedOrStatus", z.union([Accepted, StatusAnswer]));

/** What was to be done with a run is taken on. */
export const RunNamed = named("RunNamed", z.object({ runId: z.string() }));

export const Decided = named(
  "Decided",
  z.object({ runId: z.string(), path: z.string(), approved: z.boolean() }),
);
