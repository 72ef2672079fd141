import type { BudgetLimits } from "../templates/template.ts";
import type { Charge } from "./outcome.ts";
import type { Bound } from "./plan.ts";

export type { BudgetLimits };

/** Whose calls a budget is for: all of the run, those below every command of a template, those of one node and below it. */
export type BudgetScope =
  | { readonly kind: "run" }
  | { readonly kind: "template"; readonly template: string }
  | { readonly kind: "node"; readonly path: string };

/** A budget of a plan, and what the plan may make of it. */
export type PlanBudget = {
  readonly scope: BudgetScope;
  readonly limits: BudgetLimits;
  readonly bounds: { readonly calls: Bound; readonly tokens: Bound; readonly costMicros: Bound };
};

/** How a budget stands: what was spent of it, calls whose usage nobody told at their bounds. */
export type BudgetStatus = { readonly scope: BudgetScope; readonly limits: BudgetLimits } & Charge;

/** A scope in words. */
export function scopeWords(scope: BudgetScope): string {
  switch (scope.kind) {
    case "run":
      return "the run";
    case "template":
      return `template ${scope.template}`;
    case "node":
      return scope.path;
  }
}

/** Both limits at once: of each kind the lower one. */
export function tighter(
  one: BudgetLimits | undefined,
  other: BudgetLimits | undefined,
): BudgetLimits | undefined {
  if (!one || !other) return one ?? other;
  const maxCostMicros = lower(one.maxCostMicros, other.maxCostMicros);
  const maxTokens = lower(one.maxTokens, other.maxTokens);
  return {
    ...(maxCostMicros === undefined ? {} : { maxCostMicros }),
    ...(maxTokens === undefined ? {} : { maxTokens }),
  };
}

function lower(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? (one ?? other) : Math.min(one, other);
}
