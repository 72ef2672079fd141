import { z } from "zod";
import type { RoutingRule } from "../../plan/routing/routing.ts";
import type { Diagnostic } from "../../shared/diagnostic.ts";
import { err, ok, type Result } from "../../shared/result.ts";
import { mapping } from "./setting-forms.ts";

const TARGET = "`AGENT`, `AGENT/PERFORMER` or `*/PERFORMER`";
const target = z
  .string({ error: TARGET })
  .regex(/^([a-z][a-z0-9_]*(\/[^\s/*]+)?|\*\/[^\s/*]+)$/, { error: TARGET });
const targets = z.array(target, { error: `a list of ${TARGET}` }).min(1, { error: `a list of ${TARGET}` });
const name = z.string({ error: "a name" }).min(1, { error: "a name" });

const condition = z.strictObject(
  {
    template: name.optional().describe("The template's name, or NAME@VERSION."),
    step: name.optional().describe("The step's name."),
    capability: name.optional().describe("A capability that the step needs."),
    agent: name.optional().describe("The agent kind that the step names; auto where it names none."),
    priority: z.number({ error: "a number" }).optional().describe("The step's priority is at least this."),
  },
  { error: mapping },
);

const routingRule = z
  .strictObject(
    {
      when: condition.optional().describe("Steps that it is for: all that is given fits; without it, all."),
      use: target.optional().describe("Who does the work, whatever was learned."),
      prefer: targets.optional().describe("Who stands before all others."),
      avoid: targets.optional().describe("Who stands after all others."),
    },
    { error: mapping },
  )
  .refine(({ use, prefer, avoid }) => use ?? prefer ?? avoid, { error: "one of use, prefer and avoid" });

const rules = z
  .array(routingRule, { error: "a list of rules" })
  .max(1_000, { error: "at most 1000 rules" })
  .optional()
  .describe("Who does which work, as a list; of those that fit, later ones win.");

const WEIGHT = "a number from 0 to 1000";
const weight = (usual: number) =>
  z
    .number({ error: WEIGHT })
    .min(0, { error: WEIGHT })
    .max(1_000, { error: WEIGHT })
    .optional()
    .describe(`Default ${usual}.`);

const DAYS = "a number above 0, at most 36500";

/** The settings of the section `routing`. */
export const routingShape = {
  confidence: z
    .enum(["calibrated", "declared"], { error: "calibrated or declared" })
    .default("calibrated")
    .describe("Whether an agent's word for how sure it is is corrected by what came of earlier ones."),
  half_life_days: z
    .number({ error: DAYS })
    .positive({ error: DAYS })
    .max(36_500, { error: DAYS })
    .default(7)
    .describe("Time after which what was learned counts half, in days."),
  performers: z
    .enum(["preferred", "learned"], { error: "preferred or learned" })
    .default("preferred")
    .describe("Which of a kind's performers works: the first one available, or the one with the best score."),
  weights: z
    .strictObject(
      {
        capability: weight(1),
        priority: weight(1),
        load: weight(0.25),
        success: weight(2),
        duration: weight(0.25),
      },
      { error: mapping },
    )
    .optional()
    .describe("How much each part of a score counts."),
  rules,
};

/** Rules as a caller gives them. Error: OPTION_INVALID. */
export function readRules(given: unknown): Result<readonly RoutingRule[], Diagnostic[]> {
  const read = rules.safeParse(given);
  if (read.success) return ok(read.data ?? []);
  return err(
    read.error.issues.map((issue) => ({
      code: "OPTION_INVALID",
      severity: "error",
      place: ["rules", ...issue.path].map(String).join("."),
      message: "this routing rule cannot hold",
      expected: issue.code === "unrecognized_keys" ? "when, use, prefer and avoid" : issue.message,
      ...(issue.code === "unrecognized_keys" ? { got: issue.keys.join(", ") } : {}),
      hint: "see docs/reference/routing.md",
    })),
  );
}
