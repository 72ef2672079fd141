import { isJsonObject, type Json } from "../../shared/json.ts";
import { nearestName } from "../../shared/nearest-name.ts";
import { err, ok, type Result } from "../../shared/result.ts";

/** What the audit measures against; each is the most allowed, `documentedPercent` the least. */
export type Targets = { readonly [Name in keyof typeof DEFAULT_TARGETS]: number };

export const DEFAULT_TARGETS = {
  failedTests: 0,
  patternsPerThousandLines: 5,
  documentedPercent: 80,
  brokenLinks: 0,
  seriousAdvisories: 0,
  duplicatedPercent: 3,
  functionLines: 70,
  fileLines: 400,
  nestingDepth: 4,
  importCycles: 0,
};

/** The defaults overridden by the command's `targets`; an unknown name or a value that is no number is refused. */
export function readTargets(given: Json | undefined): Result<Targets, string> {
  const targets: Record<string, number> = { ...DEFAULT_TARGETS };
  if (given === undefined || given === null) return ok(targets as Targets);
  if (!isJsonObject(given)) return err("`targets` must be an object of numbers");
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(DEFAULT_TARGETS, name)) {
      const near = nearestName(name, Object.keys(DEFAULT_TARGETS));
      const hint = near ? `did you mean \`${near}\`?` : `known: ${Object.keys(DEFAULT_TARGETS).join(", ")}`;
      return err(`there is no target \`${name}\`; ${hint}`);
    }
    if (typeof value !== "number" || !Number.isFinite(value) || value < 0) {
      return err(`target \`${name}\` must be a number of 0 or more, got ${JSON.stringify(value)}`);
    }
    targets[name] = value;
  }
  return ok(targets as Targets);
}
