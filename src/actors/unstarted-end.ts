import type { GroupEvent } from "../machines/group.ts";
import type { Preparation } from "../machines/preparation.ts";
import type { Failure, NodeStatus } from "../plan/outcome.ts";

/** How a node ends that was never started. */
export type UnstartedEnd = {
  readonly status: NodeStatus;
  readonly satisfied: boolean;
  readonly failure?: Failure;
};

/** How what was not started ends with its group. */
export function unstartedEnd(cause: GroupEvent, needs: readonly string[]): UnstartedEnd {
  if (cause.type === "cancel") return CANCELLED;
  if (cause.type === "supervision.exceeded")
    return { status: "skipped", satisfied: false, failure: cause.failure };
  return blocked(needs);
}

const CANCELLED: UnstartedEnd = {
  status: "cancelled",
  satisfied: false,
  failure: { code: "CANCELLED", message: "the run was cancelled before it could start", retryable: false },
};

/** Why something waits that can never start. */
export function blockedReason(needs: readonly string[]): string {
  return `blocked: waits for ${needs.join(", ")}, which can never end`;
}

function blocked(needs: readonly string[]): UnstartedEnd {
  return {
    status: "skipped",
    satisfied: false,
    failure: { code: "RUN_BLOCKED", message: blockedReason(needs), retryable: false },
  };
}

/** How a node ends that may not run. */
export function endOf(preparation: Exclude<Preparation, { kind: "run" }>): UnstartedEnd {
  if (preparation.kind === "invalid")
    return { status: "failed", satisfied: false, failure: preparation.failure };
  if (preparation.reason === "condition") return { status: "skipped", satisfied: true };
  return {
    status: "skipped",
    satisfied: false,
    failure: { code: "NEEDS_FAILED", message: preparation.reason, retryable: false },
  };
}
