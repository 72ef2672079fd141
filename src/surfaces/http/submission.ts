import type { RunOrigin } from "../../engine/engine.ts";
import { sha3 } from "../../shared/hash.ts";
import type { Accepted } from "../abyssal.ts";
import type { Batch } from "../batch.ts";
import type { ExecuteOptions } from "../execute-options.ts";
import { Refusal } from "./problem.ts";

/** What is asked for when a run is submitted. */
export type Submission = {
  readonly tenant: string;
  readonly by: string;
  readonly program: string | Batch;
  readonly options: ExecuteOptions;
  /** The caller's idempotency key. */
  readonly key?: string | undefined;
  /** SHA3-256 of what was asked for; with a key only. */
  readonly requestHash?: string;
};

export type Submitted = {
  readonly runId: string;
  readonly isNew: boolean;
  readonly warnings: Accepted["warnings"];
};

const ID_LENGTH = 16;

/** The run that a tenant's key stands for (D5): as many bits as a random id has, in the same letters. */
export function keyedRunId(tenant: string, key: string): string {
  const digits = BigInt(`0x${sha3(JSON.stringify([tenant, key]))}`).toString(36);
  return `r_${digits.slice(-ID_LENGTH).padStart(ID_LENGTH, "0")}`;
}

/** Of a key that is known. Throws Refusal IDEMPOTENCY_CONFLICT. */
export function repeated(
  runId: string,
  origin: RunOrigin | undefined,
  requestHash: string | undefined,
): Submitted {
  if (origin?.requestHash === requestHash) return { runId, isNew: false, warnings: [] };
  throw new Refusal(409, "IDEMPOTENCY_CONFLICT", "this key was used before, for another request");
}
