import { z } from "zod";
import { LIMITS } from "../../shared/limits.ts";

/** What requests may hold. Everything that is not named here is refused. */

export const RUN_ID = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,100}$/, { error: "1 to 100 letters, digits, _ and -" })
  .describe("The run's id.");

const text = (characters: number) => z.string().min(1).max(characters);

const count = z.int().min(1).max(Number.MAX_SAFE_INTEGER);

export const RunOptions = z
  .strictObject({
    timeoutMs: z.int().min(1).max(31_536_000_000).optional().describe("Longest time of the run, ms."),
    maxConcurrency: z
      .int()
      .min(1)
      .max(LIMITS.concurrencyMax)
      .optional()
      .describe("Agents at work at the same time."),
    maxCostMicros: count
      .optional()
      .describe("The most that calls of models may take, in millionths of a USD."),
    maxTokens: count.optional().describe("The most tokens that models may read and write."),
    cache: z.boolean().optional().describe("False: results of earlier runs are not used."),
  })
  .describe("What holds for this run alone.");

const command = text(LIMITS.sourceBytes).describe("The program.");

export const ExecuteBody = z
  .strictObject({
    command: command.optional(),
    template: text(200).optional().describe("A template's name, or NAME@VERSION, in place of a program."),
    parameters: z.record(z.string(), z.json()).optional().describe("The template's parameters by name."),
    options: RunOptions.optional(),
  })
  .refine((body) => (body.command === undefined) !== (body.template === undefined), {
    error: "either command or template",
  })
  .refine((body) => body.parameters === undefined || body.template !== undefined, {
    error: "parameters go with template",
    path: ["parameters"],
  });

export const PlanQuery = z.strictObject({ command });

export const BATCH_MAX = 1_000;

export const BatchBody = z.strictObject({
  commands: z
    .array(command)
    .min(1)
    .max(BATCH_MAX)
    .describe("Commands that run as one, within one set of limits."),
  options: RunOptions.optional(),
});

export const WAIT_MAX_S = 60;

export const WaitQuery = z.strictObject({
  wait: z.coerce
    .number()
    .min(0)
    .max(WAIT_MAX_S)
    .optional()
    .describe(`Answer once the run has ended, at the latest after so many seconds (at most ${WAIT_MAX_S}).`),
});

export const RunParams = z.strictObject({ id: RUN_ID });

export const RunsQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(500).default(50).describe("At most so many runs."),
  before: RUN_ID.optional().describe("Only runs that were accepted before this one."),
});

export const CancelBody = z.strictObject({ reason: text(1_000).optional().describe("Why, for the record.") });

export const DecisionBody = z.strictObject({
  path: text(2_000).describe("The path of the agent that waits."),
  approved: z.boolean().describe("Whether it may run."),
  answer: z
    .string()
    .max(LIMITS.boardValueCharacters)
    .optional()
    .describe("The answer, where one is asked for."),
  askedBy: z
    .int()
    .min(0)
    .optional()
    .describe("The question's `askedBy`, 0 where it has none; absent: whichever of its questions is open."),
});

export const IDEMPOTENCY_KEY = z
  .string()
  .regex(/^[\x21-\x7e]{1,200}$/, { error: "1 to 200 visible ASCII characters" })
  .optional();
