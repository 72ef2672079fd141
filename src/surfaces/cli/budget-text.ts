import { type BudgetStatus, type PlanBudget, scopeWords } from "../../plan/budget.ts";
import type { Bound } from "../../plan/plan.ts";
import { columns, type Paint } from "./style.ts";

/** The budgets of a plan, each beside what the plan may make of it; nothing where there are none. */
export function budgetsText(budgets: readonly PlanBudget[], paint: Paint): readonly string[] {
  if (budgets.length === 0) return [];
  const rows = budgets.flatMap(({ scope, limits: { maxCostMicros, maxTokens }, bounds }) => [
    ...(maxTokens === undefined
      ? []
      : [[scopeWords(scope), `${maxTokens} tokens`, ...cells(bounds.tokens, String)]]),
    ...(maxCostMicros === undefined
      ? []
      : [[scopeWords(scope), usdText(maxCostMicros), ...cells(bounds.costMicros, usdText)]]),
  ]);
  const head = ["", "limit", "at least", "expected", "at most"];
  return [
    `${paint("bold", "Budgets")} (held before each call)\n${columns([head, ...rows], { indent: "  ", right: [1, 2, 3, 4] })}`,
  ];
}

/** What was spent of a run's budgets, a line each. */
export function spentText(budgets: readonly BudgetStatus[]): readonly string[] {
  return budgets.map(({ scope, limits: { maxCostMicros, maxTokens }, tokens, costMicros }) => {
    const of = [
      ...(maxTokens === undefined ? [] : [`${tokens} of ${maxTokens} tokens`]),
      ...(maxCostMicros === undefined ? [] : [`${usdText(costMicros)} of ${usdText(maxCostMicros)}`]),
    ];
    return `${scopeWords(scope)}: ${of.join(", ")}`;
  });
}

/** An amount in USD: to the cent, or as small as it is. */
export function usdText(micros: number): string {
  return `$${(micros / 1_000_000).toFixed(micros % 10_000 === 0 || micros >= 10_000_000 ? 2 : 4)}`;
}

function cells({ atLeast, expected, atMost }: Bound, show: (value: number) => string): readonly string[] {
  return [show(atLeast), show(expected), show(atMost)];
}
