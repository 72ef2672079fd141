import type { ModelTerms } from "../plan/model-bounds.ts";
import type { Plan } from "../plan/plan.ts";
import type { Diagnostic } from "../shared/diagnostic.ts";

/** The most that a run may take: micro-USD, tokens; absent: no limit. */
export type Budget = {
  readonly maxCostMicros?: number | undefined;
  readonly maxTokens?: number | undefined;
};

/**
 * What a plan may go beyond: it is then refused before its first agent starts. Errors: BUDGET_EXCEEDED; MODEL_PRICE_UNKNOWN,
 * where nobody can tell what a limited amount would be spent on.
 */
export function overBudget(
  { bounds }: Plan,
  { maxCostMicros, maxTokens }: Budget,
  model: ModelTerms | null,
): readonly Diagnostic[] {
  const over = (what: string, atMost: number, limit: number | undefined): Diagnostic[] =>
    limit === undefined || atMost <= limit ? [] : [exceeded(what, atMost, limit)];
  const asked = model !== null && bounds.calls.atMost > 0;
  return [
    ...(asked && model.price === null && maxCostMicros !== undefined ? [unpriced()] : []),
    ...over("maxCostMicros", bounds.costMicros.atMost, maxCostMicros),
    ...over("maxTokens", bounds.tokens.atMost, maxTokens),
  ];
}

function exceeded(what: string, atMost: number, limit: number): Diagnostic {
  return {
    code: "BUDGET_EXCEEDED",
    severity: "error",
    place: what,
    message: "the plan may go beyond its budget",
    expected: `at most ${limit}`,
    got: `up to ${atMost}`,
    hint: "raise the budget, or let the program do less",
  };
}

function unpriced(): Diagnostic {
  return {
    code: "MODEL_PRICE_UNKNOWN",
    severity: "error",
    place: "maxCostMicros",
    message: "money is limited, and nobody knows what the configured model takes",
    hint: "say so in `models.prices`; a model of your own may take 0",
  };
}
