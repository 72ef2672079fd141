import { z } from "zod";
import {
  budget,
  NAME,
  resources,
  retry,
  share,
  span,
  step,
  supervision,
  synthesis,
  text,
} from "./step-schema.ts";
import { AUTO } from "./template.ts";

/**
 * The forms of a template file and an agent-kind file, as they are written; editor-schema.ts makes JSON Schemas of them. What
 * a schema cannot say (needs, cycles, expressions) is judged in check-template.ts.
 */

const STEP_NAME = /^[A-Za-z_][A-Za-z0-9_-]*$/;
const KIND_NAME = /^[a-z][a-z0-9_]*$/;
const SEMVER = /^\d+\.\d+\.\d+(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?(\+[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?$/;

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
export type ParameterFile = z.infer<typeof parameter>;
export type PhaseFile = z.infer<typeof phase>;
export type BlackboardFile = z.infer<typeof blackboard>;
