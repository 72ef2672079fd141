import { worksOf } from "../plan/alternatives.ts";
import { type BudgetLimits, type BudgetScope, type PlanBudget, scopeWords } from "../plan/budget.ts";
import type { ModelCatalogue, ModelTerms } from "../plan/models.ts";
import { leafAgent } from "../plan/node-graph.ts";
import type { Plan, PlanNode } from "../plan/plan.ts";
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
  plan: Plan,
  budgets: readonly PlanBudget[],
  models: ModelCatalogue,
): readonly Diagnostic[] {
  return budgets.flatMap((budget) => {
    const { scope, limits } = budget;
    const place = (limit: string): string => (scope.kind === "run" ? limit : `${scopeWords(scope)}, budget`);
    const asked = modelsAsked(plan, scope).map((name) => ({ name, ...models.terms(name) }));
    const unpriced = limits.maxCostMicros === undefined ? [] : asked.filter(({ price }) => price === null);
    return [
      ...unpriced.map(({ name }) => priceUnknown(place("maxCostMicros"), name)),
      ...judged(place("maxCostMicros"), "costMicros", budget, limits.maxCostMicros, asked),
      ...judged(place("maxTokens"), "tokens", budget, limits.maxTokens, asked),
    ];
  });
}

/** The models that work within a budget's scope may ask, each once. */
function modelsAsked({ nodes }: Plan, scope: BudgetScope): readonly string[] {
  const governed = new Set<string>();
  const asked = new Set<string>();
  // A parent stands before its children.
  for (const node of nodes) {
    if (!belongsTo(node, scope) && !governed.has(node.parent ?? "")) continue;
    governed.add(node.path);
    const agent = leafAgent(node);
    for (const { model } of agent ? worksOf(agent) : []) if (model !== undefined) asked.add(model);
  }
  return [...asked];
}

function belongsTo({ path, template }: PlanNode, scope: BudgetScope): boolean {
  if (scope.kind === "run") return true;
  return scope.kind === "node" ? path === scope.path : template?.split("@")[0] === scope.template;
}

function judged(
  place: string,
  what: "tokens" | "costMicros",
  { scope, bounds }: PlanBudget,
  limit: number | undefined,
  asked: readonly ModelTerms[],
): readonly Diagnostic[] {
  if (limit === undefined) return [];
  const { atLeast, expected } = bounds[what];
  const oneCall = bounds.calls.atLeast > 0 ? leastOfCall(asked, what) : 0;
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

/** What any call is held to take at least while it is under way: of the models that are asked, the one that takes the least. */
function leastOfCall(asked: readonly ModelTerms[], what: "tokens" | "costMicros"): number {
  const least = asked.map(({ maxOutputTokens, price }) =>
    what === "tokens" ? maxOutputTokens : Math.ceil((maxOutputTokens * (price?.outputMicros ?? 0)) / 1e6),
  );
  return least.length === 0 ? 0 : Math.min(...least);
}

function priceUnknown(place: string, model: string): Diagnostic {
  return {
    code: "MODEL_PRICE_UNKNOWN",
    severity: "error",
    place,
    message: `money is limited, and nobody knows what ${model} takes`,
    hint: "say so in `models.prices`; a model of your own may take 0",
  };
}
