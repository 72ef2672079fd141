import type { BudgetLimits } from "../plan/budget.ts";
import { AbyssalError, type Diagnostic } from "../shared/diagnostic.ts";
import type { TemplateRegistry } from "../templates/registry.ts";
import type { Config } from "./config.ts";

type Setting = { readonly maxCostUsd?: number | undefined; readonly maxTokens?: number | undefined };

/** The budget of one run: what is said for it goes before the configuration, limit by limit; undefined: there is none. */
export function runBudget(said: BudgetLimits, { budgets }: Config): BudgetLimits | undefined {
  const configured = limitsOf(budgets);
  return present({
    maxCostMicros: said.maxCostMicros ?? configured?.maxCostMicros,
    maxTokens: said.maxTokens ?? configured?.maxTokens,
  });
}

/** What all commands of a template may take together, by its name; of several settings for one the last one counts. */
export function templateBudgets({ budgets: { templates = [] } }: Config): ReadonlyMap<string, BudgetLimits> {
  return new Map(
    templates.flatMap(({ template, ...limits }) => {
      const known = limitsOf(limits);
      return known ? [[template, known] as const] : [];
    }),
  );
}

/** Throws AbyssalError TEMPLATE_UNKNOWN for every budget of a template that nobody has registered. */
export function checkTemplateBudgets(
  { budgets: { templates = [] } }: Config,
  registry: TemplateRegistry,
): void {
  const faults = templates.flatMap(({ template }, index): Diagnostic[] => {
    const found = registry.get(template);
    return found.ok ? [] : [{ ...found.error, place: `budgets.templates.${index}.template` }];
  });
  if (faults.length > 0) throw new AbyssalError(faults);
}

function limitsOf({ maxCostUsd, maxTokens }: Setting): BudgetLimits | undefined {
  return present({
    maxCostMicros: maxCostUsd === undefined ? undefined : Math.round(maxCostUsd * 1_000_000),
    maxTokens,
  });
}

function present({ maxCostMicros, maxTokens }: BudgetLimits): BudgetLimits | undefined {
  if (maxCostMicros === undefined && maxTokens === undefined) return undefined;
  return {
    ...(maxCostMicros === undefined ? {} : { maxCostMicros }),
    ...(maxTokens === undefined ? {} : { maxTokens }),
  };
}
