import { z } from "zod";
import type { Plan } from "../../../plan/plan.ts";
import { anyJson, count, ms, named, share, texts } from "./answer-schemas.ts";
import { DiagnosticAnswer } from "./problem-answer.ts";
import { BUDGET } from "./result-answer.ts";
import {
  FALLBACK,
  MERGE_RULE,
  RESOLVE_RULE,
  RETRY,
  SUPERVISION,
  SYNTHESIS_MODE,
} from "./template-answers.ts";

const Bound = named(
  "Bound",
  z
    .object({ atLeast: z.number(), expected: z.number(), atMost: z.number() })
    .describe("A figure before it is known."),
);

const members = z.record(z.string(), anyJson);

const Input = named(
  "AgentInput",
  z.object({
    prompt: z.string().optional(),
    options: members,
    secrets: z.record(z.string(), z.string()).optional(),
    scope: z.string(),
    steps: z.record(z.string(), z.string()),
    previous: texts.optional(),
    loop: members.optional(),
  }),
);

const Scope = z.object({
  parameters: members,
  context: members,
  refs: z.record(
    z.string(),
    z.discriminatedUnion("kind", [
      z.object({ kind: z.literal("answer"), path: z.string() }),
      z.object({ kind: z.literal("expression"), value: anyJson, input: Input }),
    ]),
  ),
});

const Parts = z.object({
  capability: z.number(),
  priority: z.number(),
  load: z.number(),
  success: z.number(),
  duration: z.number(),
});

const Routed = z.object({
  by: z.enum(["rule", "score", "only"]),
  rule: count.optional(),
  of: count,
  candidates: z.array(
    z.object({ agent: z.string(), performer: z.string(), score: z.number(), parts: Parts }),
  ),
});

const Tools = z.object({
  use: z.union([texts, z.string()]),
  autonomy: z.string().optional(),
  within: texts.optional(),
  deadline: z.object({ withinMs: ms, default: z.enum(["approve", "reject"]) }).optional(),
});

const NODE = {
  path: z.string(),
  parent: z.string().nullable(),
  needs: texts,
  template: z.string().nullable(),
  step: z.string().nullable(),
  phase: z.string().optional(),
  when: z.string().optional(),
  priority: z.number(),
  budget: BUDGET.limits.optional(),
} as const;

const Correction = z.object({ bias: z.number(), answers: z.number() });

const DOER = {
  agent: z.string(),
  performer: z.string(),
  model: z.string().optional(),
  calibration: z
    .object({ declared: Correction.optional(), draft: Correction.optional() })
    .optional()
    .describe("What confidence is corrected by, by its source."),
  timeoutMs: ms,
  retry: RETRY,
  contentHash: z.string().optional(),
  tools: Tools.optional(),
} as const;

const nothing = z.array(z.string()).max(0) as unknown as z.ZodType<[]>;

const Agent = named(
  "AgentNode",
  z.object({
    ...NODE,
    ...DOER,
    kind: z.literal("agent"),
    children: nothing,
    routed: Routed.optional(),
    input: Input,
    resources: z.object({ cpu: z.number(), memoryMb: z.number() }).catchall(z.number()),
    durationMs: ms,
    minConfidence: share.optional(),
    alternatives: z
      .array(
        z.object({
          ...DOER,
          prompt: z.string().optional(),
          options: members,
          secrets: z.record(z.string(), z.string()).optional(),
        }),
      )
      .optional(),
    fallback: FALLBACK.optional(),
    approve: z.boolean(),
    ask: z
      .object({
        question: z.string().optional(),
        choices: anyJson.optional(),
        deadline: z.object({ withinMs: ms, default: anyJson }).optional(),
      })
      .optional(),
    cache: z.boolean(),
    outputSchema: members.optional(),
    capabilities: texts,
    publish: members.optional(),
    replica: z.object({ index: count, count }).optional(),
    judges: z.string().optional(),
  }),
);

const Group = named(
  "GroupNode",
  z.object({
    ...NODE,
    kind: z.enum(["fork", "chain"]),
    children: texts,
    synthesis: SYNTHESIS_MODE,
    resolve: z.array(RESOLVE_RULE).optional(),
    judge: z.string().optional(),
    answerOf: texts.optional(),
    successThreshold: share,
    role: z.enum(["command", "program", "step", "value", "siblings"]),
    forEach: z.object({ variable: z.string(), items: anyJson, template: Agent }).optional(),
    supervision: SUPERVISION.optional(),
    input: Input.optional(),
    scope: Scope.optional(),
  }),
);

const PlanSchema = named(
  "Plan",
  z.object({
    id: z.string(),
    hash: z.string(),
    program: z.string(),
    nodes: z.array(z.union([Agent, Group])).describe("A parent before its children, siblings in order."),
    roots: texts,
    levels: z.array(texts),
    bounds: z.object({ agents: Bound, calls: Bound, tokens: Bound, costMicros: Bound, wallMs: Bound }),
    criticalPath: texts,
    schedule: z.object({
      makespanMs: ms,
      entries: z.array(z.object({ path: z.string(), startMs: ms, endMs: ms })),
    }),
    capacity: z.object({ agents: z.number(), cpu: z.number(), memoryMb: z.number() }).catchall(z.number()),
    budgets: z
      .array(z.object({ ...BUDGET, bounds: z.object({ calls: Bound, tokens: Bound, costMicros: Bound }) }))
      .optional(),
    blackboard: z.record(z.string(), MERGE_RULE).optional(),
  }) satisfies z.ZodType<Plan>,
);

/** What a program would do. */
export const PlanAnswer = named(
  "Planned",
  z.object({ plan: PlanSchema, warnings: z.array(DiagnosticAnswer) }),
);
