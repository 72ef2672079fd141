import { z } from "zod";
import type { Task } from "../actors/ports.ts";
import type { CompletedOutcome, Outcome } from "../plan/outcome.ts";
import { hashJson } from "../shared/hash.ts";
import type { JsonObject } from "../shared/json.ts";
import { schemaFaults } from "../shared/schema-faults.ts";

const schemas = new Map<string, z.ZodType>();
const SCHEMAS_KEPT = 256;

/**
 * Holds a performer's outcome to its step's contract: data by the step's JSON Schema, confidence from 0 to 1, artifact
 * paths that stay inside the output folder. What breaks it is a failure (OUTPUT_INVALID), which may be tried again.
 */
export function checkOutcome(task: Task, outcome: CompletedOutcome): Outcome {
  const { confidence, artifacts, data } = outcome;
  if (!(confidence.value >= 0 && confidence.value <= 1)) {
    return invalid(`the confidence is ${confidence.value}, and no number from 0 to 1`);
  }
  const stray = artifacts?.find((artifact) => !staysBelow(artifact.path));
  if (stray)
    return invalid(`the artifact path ${JSON.stringify(stray.path)} leads out of the answer's folder`);
  if (task.outputSchema) {
    const parsed = schemaOf(task.outputSchema).safeParse(data ?? null);
    if (!parsed.success) return invalid(`the data breaks the step's schema: ${schemaFaults(parsed.error)}`);
  }
  return outcome;
}

/** Whether a relative POSIX path names something below the folder it is resolved in. */
export function staysBelow(path: string): boolean {
  if (path === "" || path.includes("\0") || path.includes("\\") || /^([a-z]:|\/)/i.test(path)) return false;
  return path.split("/").every((segment) => segment !== "" && segment !== "." && segment !== "..");
}

function schemaOf(schema: JsonObject): z.ZodType {
  const key = hashJson(schema);
  const known = schemas.get(key);
  if (known) return known;
  if (schemas.size >= SCHEMAS_KEPT) schemas.clear();
  const made = z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]);
  schemas.set(key, made);
  return made;
}

function invalid(message: string): Outcome {
  return { kind: "failed", failure: { code: "OUTPUT_INVALID", message, retryable: true } };
}
