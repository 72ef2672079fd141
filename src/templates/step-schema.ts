import { z } from "zod";
import { LIMITS } from "../shared/limits.ts";
import { parseMemoryMb, parseSpanMs } from "../shared/quantity.ts";

/** The form of a template's step as it is written, and of what steps share with their template. */

/** Names of steps, parameters and loop variables: what LiquidJS reads as one name. */
export const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
const SPAN_WORDS = 'a span of time such as "30s", "5m" or "500ms"';
const SPAN = /^\s*\d+(\.\d+)?[\s_-]*[A-Za-z]+\s*$/;
const MEMORY_WORDS = "a memory size such as 512MB, or a number of MiB";
const MEMORY = /^\s*\d+(\.\d+)?\s*[KMGTkmgt][Ii]?[Bb]?\s*$/;

/** How often one step's work may be tried. */
const ATTEMPTS_MAX = 100;
/** What may stand in for one step's work. */
const ALTERNATIVES_MAX = 10;
/** Share that is above 0 and at most 1. */
export const share = z.number().gt(0).max(1);
export const text = z.string().min(1);

export const span = z
  .string({ error: SPAN_WORDS })
  .regex(SPAN, { message: SPAN_WORDS, abort: true })
  .refine((value) => parseSpanMs(value) !== undefined, {
    message: SPAN_WORDS,
  })
  .describe("A span of time with its unit: 500ms, 30s, 5m, 2h, 1d");

const memory = z
  .union([
    z
      .string()
      .regex(MEMORY, { message: MEMORY_WORDS, abort: true })
      .refine((value) => parseMemoryMb(value) !== undefined, { message: MEMORY_WORDS }),
    z.number().min(0),
  ])
  .describe("A memory size such as 512MB or 1GB, or a number of MiB");

export const resources = z
  .object({ cpu: z.number().min(0).optional().describe("Cores"), memory: memory.optional() })
  .catchall(z.number().min(0))
  .describe("Needed while one agent works; beside cpu and memory any named resource in its own unit");

export const retry = z
  .strictObject({
    attempts: z
      .int()
      .min(1)
      .max(ATTEMPTS_MAX)
      .optional()
      .describe("Tries in all, the first included; default 1"),
    backoff: z.enum(["none", "constant", "exponential"]).optional().describe("Default exponential"),
    delay: span.optional().describe("The first wait; default 500ms"),
    max_delay: span.optional().describe("The longest wait; default 30s"),
  })
  .describe("What to do after a failure");

const run = z
  .object({
    performer: text.describe(
      "Who does the work, such as command or function; human: a person, with question, choices, within, default",
    ),
  })
  .catchall(z.unknown());

export const supervision = z
  .strictObject({
    strategy: z
      .enum(["one_for_one", "one_for_all", "rest_for_one"])
      .optional()
      .describe("Which agents a crash concerns: the one, all, or it and those started after it"),
    restarts: z
      .strictObject({ max: z.int().min(0), within: span })
      .optional()
      .describe("Crashes met by restarts within a span of time; default 3 within 5m"),
    grace: span.optional().describe("Time to stop before an agent is left behind; default 5s"),
  })
  .describe("Starts crashed agents again; without it a crash is a failed attempt");

export const budget = z
  .strictObject({
    max_cost_usd: z.number().min(0).optional().describe("USD"),
    max_tokens: z.int().min(0).optional().describe("Tokens that models read and write"),
  })
  .describe("The most that calls of models may take together; held before each call");

const approval = z.strictObject({
  question: text.optional().describe("What the person is asked; default: whether the agent may run"),
  within: span.optional().describe("Time to decide; then the default holds"),
  default: z
    .union([z.enum(["approve", "reject"]), z.strictObject({ answer: text })])
    .optional()
    .describe("What holds when nobody has decided in time; with within"),
});

const rule = z.enum(["merge", "vote", "confidence", "judge"]);

const model = text.describe(
  "The model that is asked, as provider/model; default: the agent kind's, else the run's",
);

const judge = z.strictObject({
  agent: text.describe("The agent kind that judges"),
  model: model.optional(),
  prompt: z
    .string()
    .optional()
    .describe("What it is asked; expressions see candidates and conflicts. Default: a general one"),
});

export const synthesis = {
  mode: z.enum(["aggregate", "merge", "vote", "best"]).optional().describe("How the results become one"),
  resolve: z
    .union([rule, z.array(rule).min(1)])
    .optional()
    .describe(
      "What decides between results that contradict each other, in order; default merge, vote, confidence",
    ),
  judge: judge.optional().describe("With resolve: judge"),
};

/** How long a person has to decide about a call of a tool. */
const toolApproval = z.strictObject({
  within: span.describe("Time to decide; then the default holds"),
  default: z.enum(["approve", "reject"]).describe("What holds when nobody has decided in time"),
});

const constant = z.strictObject({ output: z.string(), data: z.unknown().optional() });

export const alternative = z.strictObject({
  agent: text.optional().describe("Another kind of agent; with run: the kind that it counts as"),
  performer: text.optional().describe("Another performer for the same work"),
  model: model.optional().describe("Another model for the same work"),
  prompt: z.string().optional().describe("Default: the step's own"),
  run: run.optional().describe("Other work, done by a named performer"),
  timeout: span.optional().describe("Longest time of one attempt; default: the step's"),
  retry: retry.optional().describe("What it does not say is the step's"),
  output: z.string().optional().describe("The result when all else has failed; only last"),
  data: z.unknown().optional().describe("With output"),
});

export const step = z.strictObject({
  template: text.optional().describe("Kind 1: the name of a template to nest"),
  version: text.optional().describe("With template: a version or semver range"),
  with: z.record(z.string(), z.unknown()).optional().describe("With template: its parameters"),
  run: run.optional().describe("Kind 2: work done by a named performer"),
  agent: text
    .optional()
    .describe(
      "Kind 3: the agent kind that does the work, or auto: one that has the capabilities; with run: the kind that it counts as",
    ),
  prompt: z.string().optional().describe("With agent: what it is asked, with LiquidJS expressions"),
  model: model.optional(),
  needs: z
    .array(text)
    .optional()
    .describe("Steps that must have ended well before; without any the step starts at once"),
  when: text.optional().describe("A LiquidJS condition; when false the step is skipped"),
  forEach: z
    .record(z.string(), z.unknown())
    .optional()
    .describe("variable: expression that gives a list; one agent for each element"),
  parallelism: z
    .union([z.int().min(1).max(LIMITS.parallelismMax), z.literal("auto")])
    .optional()
    .describe("Agents on the same work: 1 to 10, or auto by complexity; default 1"),
  synthesis: z
    .strictObject(synthesis)
    .optional()
    .describe("How the results of several agents become one; default best, of a forEach aggregate"),
  fallback: z
    .union([constant, z.array(alternative).min(1).max(ALTERNATIVES_MAX)])
    .optional()
    .describe("The result when all attempts fail; or what is done in its place, in order"),
  min_confidence: z
    .number()
    .gt(0)
    .max(1)
    .optional()
    .describe(
      "With a list as fallback: an answer below it is kept, and the next one that asks a model is asked",
    ),
  approve: z
    .union([z.boolean(), approval])
    .optional()
    .describe("true, or how the person is asked: waits for a person first"),
  resources: resources.optional(),
  duration: span.optional().describe("Expected time, for the plan; default 30s"),
  timeout: span.optional().describe("Longest time of one attempt; default 5m"),
  retry: retry.optional(),
  cache: z
    .boolean()
    .optional()
    .describe("Whether a recorded result may be used again; default true, for run false"),
  output: z
    .record(z.string(), z.unknown())
    .optional()
    .describe("A JSON Schema (draft-07) for the result's data"),
  tools: z
    .union([z.array(text), text])
    .optional()
    .describe("With agent: what it may use, such as files.read or mcp:NAME/TOOL; default: what its kind has"),
  autonomy: text
    .optional()
    .describe(
      "With agent: low asks a person before every call, medium before those that may change something, high never",
    ),
  tool_approval: toolApproval.optional().describe("With agent: how long a person has to decide about a call"),
  capabilities: z
    .array(text)
    .optional()
    .describe("What the agent kind must be able to do; with agent: auto they choose it"),
  priority: z.number().optional().describe("Higher goes first among equals; default 0"),
  success_threshold: share.optional().describe("Share of this step's agents that must succeed"),
  supervision: supervision.optional(),
  budget: budget.optional(),
  publish: z
    .record(z.string().regex(NAME, { message: "letters, digits and _, such as my_key" }), z.unknown())
    .optional()
    .describe(
      "Written on the blackboard when the step has ended well; expressions see its own output, data ...",
    ),
});

export type StepFile = z.infer<typeof step>;
export type AlternativeFile = z.infer<typeof alternative>;
export type SynthesisFile = NonNullable<StepFile["synthesis"]>;
export type RetryFile = z.infer<typeof retry>;
export type SupervisionFile = z.infer<typeof supervision>;
export type BudgetFile = z.infer<typeof budget>;
export type ResourcesFile = z.infer<typeof resources>;
