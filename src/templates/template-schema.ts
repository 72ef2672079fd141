import { z } from "zod";
import { LIMITS } from "../shared/limits.ts";
import { parseMemoryMb, parseSpanMs } from "../shared/quantity.ts";
import { AUTO } from "./template.ts";

/**
 * The forms of a template file and an agent-kind file, as they are written. The JSON Schemas for editors come from
 * here; what a schema cannot say (needs, cycles, expressions) is judged in check-template.ts.
 */

/** Names of steps, parameters and loop variables: what LiquidJS reads as one name. */
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
const STEP_NAME = /^[A-Za-z_][A-Za-z0-9_-]*$/;
const KIND_NAME = /^[a-z][a-z0-9_]*$/;
const SEMVER = /^\d+\.\d+\.\d+(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?(\+[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?$/;
const SPAN_WORDS = 'a span of time such as "30s", "5m" or "500ms"';
const SPAN = /^\s*\d+(\.\d+)?[\s_-]*[A-Za-z]+\s*$/;
const MEMORY_WORDS = "a memory size such as 512MB, or a number of MiB";
const MEMORY = /^\s*\d+(\.\d+)?\s*[KMGTkmgt][Ii]?[Bb]?\s*$/;

/** How often one step's work may be tried. */
const ATTEMPTS_MAX = 100;
/** What may stand in for one step's work. */
const ALTERNATIVES_MAX = 10;
/** Share that is above 0 and at most 1. */
const share = z.number().gt(0).max(1);
const text = z.string().min(1);

const span = z
  .string()
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

const resources = z
  .object({ cpu: z.number().min(0).optional().describe("Cores"), memory: memory.optional() })
  .catchall(z.number().min(0))
  .describe("Needed while one agent works; beside cpu and memory any named resource in its own unit");

const retry = z
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

const parameter = z.strictObject({
  type: z.enum(["string", "number", "integer", "boolean", "enum", "array", "object", "span", "any"]),
  description: z.string().optional(),
  values: z
    .array(text)
    .min(1)
    .optional()
    .describe("For an enum: its values; for another type: texts accepted beside it"),
  or_span: z.boolean().optional().describe("Also accept a span of time such as 12_months"),
  position: z.int().min(1).optional().describe("Place among the positional arguments, from 1"),
  required: z.boolean().optional(),
  default: z.unknown().optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  secret: z
    .boolean()
    .optional()
    .describe("Given as env:NAME: whoever does the work gets what the variable holds, nobody else sees it"),
});

/** Members are free beside `performer`: they are the performer's options. */
const run = z
  .object({
    performer: text.describe(
      "Who does the work, such as command or function; human: a person, with question, choices, within, default",
    ),
  })
  .catchall(z.unknown());

const supervision = z
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

const budget = z
  .strictObject({
    max_cost_usd: z.number().min(0).optional().describe("USD"),
    max_tokens: z.int().min(0).optional().describe("Tokens that models read and write"),
  })
  .describe("The most that calls of models may take together; held before each call");

const blackboard = z
  .record(
    z.string().regex(NAME, { message: "letters, digits and _, such as my_key" }),
    z.strictObject({
      merge: z
        .union([
          z.enum(["last_writer", "max", "min", "union"]),
          z.strictObject({ function: text.describe("The name of a function given to createAbyssal") }),
        ])
        .optional()
        .describe("How two writes become one value; default last_writer"),
    }),
  )
  .describe("Keys of the run's blackboard that the steps share, as board.KEY");

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

const synthesis = {
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

const alternative = z.strictObject({
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

const step = z.strictObject({
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

const phase = z.strictObject({
  name: text,
  steps: z.array(text).min(1).describe("The steps of this phase; every step stands in one"),
  order: z
    .enum(["parallel", "sequential"])
    .optional()
    .describe("sequential: each step waits for the one before it; default parallel"),
});

export const templateFile = z.strictObject({
  $schema: z.string().optional(),
  name: z
    .string()
    .regex(/^[A-Z][A-Z0-9_]*$/, { message: "capital letters, digits and _, such as MY_TEMPLATE" }),
  version: z.string().regex(SEMVER, { message: "a semantic version such as 1.0.0" }),
  description: text,
  category: z.string().regex(KIND_NAME, { message: "small letters, digits and _, such as planning" }),
  parameters: z
    .record(z.string().regex(NAME, { message: "letters, digits and _, such as my_name" }), parameter)
    .optional(),
  defaults: z
    .strictObject({
      resources: resources.optional(),
      duration: span.optional(),
      timeout: span.optional(),
      retry: retry.optional(),
    })
    .optional()
    .describe("For every step that does not say otherwise"),
  supervision: supervision.optional(),
  budget: budget.optional(),
  blackboard: blackboard.optional(),
  phases: z
    .array(phase)
    .min(1)
    .optional()
    .describe("One after the other: a phase begins when all steps of the one before have ended well"),
  steps: z
    .record(z.string().regex(STEP_NAME, { message: "letters, digits, _ and -, such as my_step" }), step)
    .refine((steps) => Object.keys(steps).length > 0, { message: "at least one step" }),
  synthesis: z
    .strictObject({
      ...synthesis,
      threshold: share.optional().describe("Share of a fork's agents that must succeed; default 0.8"),
      answer: z.array(z.string()).min(1).optional().describe("Steps that make up the answer; default all"),
    })
    .optional()
    .describe("How the results of the steps become one"),
});

export const agentKindFile = z.strictObject({
  $schema: z.string().optional(),
  name: z
    .string()
    .regex(KIND_NAME, { message: "small letters, digits and _, such as code_generator" })
    .refine((name) => name !== AUTO, { message: `another name: a step says ${AUTO} where any kind may do` }),
  description: text,
  capabilities: z.array(text),
  system: text.describe("The system prompt"),
  performers: z.array(text).min(1).describe("In order of preference; the first one available does the work"),
  temperature: z.number().min(0).max(2).optional(),
  model: text.optional().describe("The model that it asks, as provider/model; default: the run's"),
  tools: z.array(text).optional().describe("What it may use at most; steps may narrow it"),
});

export type TemplateFile = z.infer<typeof templateFile>;
export type StepFile = z.infer<typeof step>;
export type AlternativeFile = z.infer<typeof alternative>;
export type ParameterFile = z.infer<typeof parameter>;
export type SynthesisFile = NonNullable<StepFile["synthesis"]>;
export type PhaseFile = z.infer<typeof phase>;
export type RetryFile = z.infer<typeof retry>;
export type SupervisionFile = z.infer<typeof supervision>;
export type BudgetFile = z.infer<typeof budget>;
export type BlackboardFile = z.infer<typeof blackboard>;
export type ResourcesFile = z.infer<typeof resources>;

/** The JSON Schema (draft-07) of a template file, for editors; shipped as templates/template.schema.json. */
export function templateJsonSchema(): Record<string, unknown> {
  return withTitle(
    "Abyssal template",
    z.toJSONSchema(templateFile, { io: "input", target: "draft-7", override }),
  );
}

/** The JSON Schema (draft-07) of an agent-kind file; shipped as templates/agent-kind.schema.json. */
export function agentKindJsonSchema(): Record<string, unknown> {
  return withTitle("Abyssal agent kind", z.toJSONSchema(agentKindFile, { io: "input", target: "draft-7" }));
}

function withTitle(title: string, schema: object): Record<string, unknown> {
  return { title, ...schema };
}

/** Says in JSON Schema what is checked beyond the zod types: one kind of work for each step, one loop variable. */
function override({
  zodSchema,
  jsonSchema,
}: {
  zodSchema: unknown;
  jsonSchema: Record<string, unknown>;
}): void {
  if (zodSchema === alternative) {
    jsonSchema.anyOf = ["agent", "performer", "model", "run", "output"].map((key) => ({ required: [key] }));
  }
  if (zodSchema === step) {
    jsonSchema.oneOf = [
      { required: ["template"], not: { anyOf: [{ required: ["agent"] }, { required: ["prompt"] }] } },
      { required: ["run"], not: { anyOf: [{ required: ["template"] }, { required: ["prompt"] }] } },
      { required: ["agent"], not: { anyOf: [{ required: ["run"] }, { required: ["template"] }] } },
    ];
    const properties = jsonSchema.properties as Record<string, Record<string, unknown>>;
    Object.assign(properties.forEach!, { minProperties: 1, maxProperties: 1 });
  }
}
