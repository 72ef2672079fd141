import { type BudgetLimits, type PlanBudget, scopeWords } from "../plan/budget.ts";
import type { ModelTerms } from "../plan/model-bounds.ts";
import type { Plan } from "../plan/plan.ts";
import type { Diagnostic } from "../shared/diagnostic.ts";

/** Every budget of a run, its own first, with what the plan may make of it. */
export function budgetsOf(
  { bounds, budgets = [] }: Plan,
  limits: BudgetLimits | undefined,
): readonly PlanBudget[] {
  return limits ? [{ scope: { kind: "run" }, limits, bounds }, ...budgets] : budgets;
}

/**
 * What is known of budgets before anything runs. Errors, for which it is refused: BUDGET_EXCEEDED, where not even the least
 * fits; MODEL_PRICE_UNKNOWN, where nobody can tell what limited money would be spent on. Warning: BUDGET_TIGHT, where what is
 * expected does not fit.
 */
export function judgeBudgets(
  budgets: readonly PlanBudget[],
  model: ModelTerms | null,
): readonly Diagnostic[] {
  return budgets.flatMap((budget) => {
    const { scope, limits } = budget;
    const place = (limit: string): string => (scope.kind === "run" ? limit : `${scopeWords(scope)}, budget`);
    const isAsked = budget.bounds.calls.atMost > 0;
    const unpriced = model !== null && isAsked && model.price === null && limits.maxCostMicros !== undefined;
    return [
      ...(unpriced ? [priceUnknown(place("maxCostMicros"))] : []),
      ...judged(place("maxCostMicros"), "costMicros", budget, limits.maxCostMicros, model),
      ...judged(place("maxTokens"), "tokens", budget, limits.maxTokens, model),
    ];
  });
}

function judged(
  place: string,
  what: "tokens" | "costMicros",
  { scope, bounds }: PlanBudget,
  limit: number | undefined,
  model: ModelTerms | null,
): readonly Diagnostic[] {
  if (limit === undefined) return [];
  const { atLeast, expected } = bounds[what];
  const oneCall = bounds.calls.atLeast > 0 ? leastOfCall(model, what) : 0;
  const unit = what === "tokens" ? "tokens" : "micro-USD";
  const least = Math.max(atLeast, oneCall);
  if (least > limit)
    return [
      {
        code: "BUDGET_EXCEEDED",
        severity: "error",
        place,
        message: `not even the least that the plan takes fits the budget of ${scopeWords(scope)}`,
        expected: `at most ${limit} ${unit}`,
        got: oneCall > atLeast ? `up to ${oneCall} for the answer of one call` : `at least ${atLeast}`,
        hint: "raise the budget, lower models.max_output_tokens, or let the program do less",
      },
    ];
  if (expected <= limit) return [];
  return [
    {
      code: "BUDGET_TIGHT",
      severity: "warning",
      place,
      message: `the plan is expected to take more than the budget of ${scopeWords(scope)}; calls that do not fit will not be made`,
      expected: `at most ${limit} ${unit}`,
      got: `about ${expected}`,
    },
  ];
}

/** What any call is held to take at least while it is under way. */
function leastOfCall(model: ModelTerms | null, what: "tokens" | "costMicros"): number {
  if (!model) return 0;
  if (what === "tokens") return model.maxOutputTokens;
  return Math.ceil((model.maxOutputTokens * (model.price?.outputMicros ?? 0)) / 1e6);
}

function priceUnknown(place: string): Diagnostic {
  return {
    code: "MODEL_PRICE_UNKNOWN",
    severity: "error",
    place,
    message: "money is limited, and nobody knows what the configured model takes",
    hint: "say so in `models.prices`; a model of your own may take 0",
  };
}
