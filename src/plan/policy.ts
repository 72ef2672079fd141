import type { Diagnostic } from "../shared/diagnostic.ts";
import { thrownWords } from "../shared/thrown-words.ts";
import type { Plan } from "./plan.ts";

/** What a plan must keep to before any of it runs; `hash` names the policy in every result that was made under it. */
export type Policy = {
  readonly hash: string;
  /** Judges a plan, at once and without touching it: errors forbid it, warnings are shown. The same plan, the same findings. */
  readonly judge: (plan: Plan) => readonly Diagnostic[];
};

/**
 * What a policy finds in a plan; when it forbids it, POLICY_REFUSED comes first. A judge that throws, or that answers with
 * anything but a list of diagnostics (a promise, too), forbids the plan: what could not be judged must not run.
 */
export function judgePlan(policy: Policy, plan: Plan): readonly Diagnostic[] {
  const findings = findingsOf(policy, plan);
  return findings.some(({ severity }) => severity === "error") ? [refusal(policy), ...findings] : findings;
}

function findingsOf(policy: Policy, plan: Plan): readonly Diagnostic[] {
  let findings: unknown;
  try {
    findings = policy.judge(plan);
  } catch (error) {
    return [broken(policy, thrownWords(error))];
  }
  if (Array.isArray(findings) && findings.every(isFinding)) return findings as readonly Diagnostic[];
  return [broken(policy, findings instanceof Promise ? "a promise" : "something else")];
}

function refusal({ hash }: Policy): Diagnostic {
  return {
    code: "POLICY_REFUSED",
    severity: "error",
    place: "policy",
    message: "the policy forbids this plan; nothing was started",
    expected: `a plan that policy ${hash} allows`,
    hint: "what it forbids is listed with it",
  };
}

function isFinding(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const { code, severity, message } = value as Partial<Record<keyof Diagnostic, unknown>>;
  return (
    typeof code === "string" &&
    typeof message === "string" &&
    (severity === "error" || severity === "warning")
  );
}

function broken({ hash }: Policy, got: string): Diagnostic {
  return {
    code: "POLICY_BROKEN",
    severity: "error",
    place: "policy",
    message: `policy ${hash} could not judge the plan, so the plan is refused`,
    expected: "a list of diagnostics, at once",
    got,
  };
}
