import { z } from "zod";
import type { Step, Template } from "../../../templates/template.ts";
import { anyJson, count, ms, named, share, texts } from "./answer-schemas.ts";

/** What stands in for work that has failed. */
export const FALLBACK = z.object({ output: z.string(), data: anyJson.optional() });

export const RETRY = z.object({
  attempts: count,
  backoff: z.enum(["none", "constant", "exponential"]),
  delayMs: ms,
  maxDelayMs: ms,
});

export const SUPERVISION = z.object({
  strategy: z.enum(["one_for_one", "one_for_all", "rest_for_one"]),
  restartsMax: count,
  withinMs: ms,
  graceMs: ms,
});

export const SYNTHESIS_MODE = z.enum(["aggregate", "merge", "vote", "best"]);
export const RESOLVE_RULE = z.enum(["merge", "vote", "confidence", "judge"]);
export const MERGE_RULE = z.union([
  z.enum(["last_writer", "max", "min", "union"]),
  z.object({ function: z.string() }),
]);

const members = z.record(z.string(), anyJson);
const limits = z.object({ maxCostMicros: count.optional(), maxTokens: count.optional() });
const approval = z.enum(["approve", "reject"]);

const Parameter = named(
  "Parameter",
  z.object({
    name: z.string(),
    type: z.enum(["string", "number", "integer", "boolean", "enum", "array", "object", "span", "any"]),
    values: texts.optional(),
    orSpan: z.boolean().describe("With `values`: a span of time is accepted as well."),
    minimum: z.number().optional(),
    maximum: z.number().optional(),
    secret: z.boolean().optional().describe("Given as `env:NAME`."),
    position: count.optional().describe("Among the positional arguments, from 1; absent: by name only."),
    required: z.boolean(),
    default: anyJson.optional(),
    description: z.string().optional(),
  }),
);

const AGENT_WORK = z.object({ kind: z.literal("agent"), agent: z.string(), prompt: z.string().optional() });
const RUN_WORK = z.object({
  kind: z.literal("run"),
  performer: z.string(),
  options: members,
  agent: z.string(),
});
const TEMPLATE_WORK = z.object({
  kind: z.literal("template"),
  template: z.string(),
  version: z.string().optional(),
  with: members,
});

const StepSchema: z.ZodType<Step> = named(
  "Step",
  z.object({
    name: z.string(),
    work: z.discriminatedUnion("kind", [AGENT_WORK, RUN_WORK, TEMPLATE_WORK]),
    model: z.string().optional(),
    needs: texts,
    phase: z.string().optional(),
    when: z.string().optional(),
    forEach: z.object({ variable: z.string(), items: anyJson }).optional(),
    parallelism: z.union([z.number(), z.literal("auto")]),
    get synthesis() {
      return Synthesis.optional();
    },
    minConfidence: share.optional(),
    alternatives: z
      .array(
        z.object({
          work: z.discriminatedUnion("kind", [AGENT_WORK, RUN_WORK]),
          performer: z.string().optional(),
          model: z.string().optional(),
          timeoutMs: ms,
          retry: RETRY,
        }),
      )
      .optional(),
    fallback: FALLBACK.optional(),
    approve: z.boolean(),
    ask: z
      .object({
        question: z.string().optional(),
        choices: anyJson.optional(),
        deadline: z
          .object({ withinMs: ms, default: z.union([approval, z.object({ answer: z.string() })]) })
          .optional(),
      })
      .optional(),
    resources: z.object({ cpu: z.number(), memoryMb: z.number() }).catchall(z.number()),
    durationMs: ms,
    timeoutMs: ms,
    retry: RETRY,
    cache: z.boolean(),
    output: members.optional(),
    tools: z
      .object({
        use: z.union([texts, z.string()]).optional(),
        autonomy: z.string().optional(),
        deadline: z.object({ withinMs: ms, default: approval }).optional(),
      })
      .optional(),
    capabilities: texts,
    priority: z.number(),
    successThreshold: share,
    supervision: SUPERVISION.optional(),
    budget: limits.optional(),
    publish: members.optional(),
  }),
);

const Synthesis = z.object({
  mode: SYNTHESIS_MODE,
  resolve: z.array(RESOLVE_RULE).optional(),
  judge: z.lazy(() => StepSchema).optional(),
});

const COMMON = {
  name: z.string(),
  version: z.string(),
  description: z.string(),
  category: z.string(),
  parameters: z.array(Parameter),
  hash: z.string(),
} as const;

/** One template whole. */
export const TemplateAnswer = named(
  "Template",
  z.object({
    ...COMMON,
    steps: z.array(StepSchema),
    synthesis: Synthesis.extend({ threshold: share, answer: texts.optional() }),
    supervision: SUPERVISION.optional(),
    budget: limits.optional(),
    blackboard: z.record(z.string(), MERGE_RULE).optional(),
  }) satisfies z.ZodType<Omit<Template, "source">>,
);

export const TemplatesAnswer = named(
  "Templates",
  z.object({ templates: z.array(z.object({ ...COMMON, steps: texts })) }),
);

export const RegisteredAnswer = named(
  "Registered",
  z.object({ name: z.string(), version: z.string(), state: z.enum(["registered", "unchanged"]) }),
);
