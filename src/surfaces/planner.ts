import { type ParsedProgram, parseProgram } from "../dsl/parse-program.ts";
import type { PlanBudget } from "../plan/budget.ts";
import { type Compiled, compilePlan } from "../plan/compile-plan.ts";
import type { Plan } from "../plan/plan.ts";
import type { PlanSettings } from "../plan/plan-builder.ts";
import { judgePlan } from "../plan/policy.ts";
import { AbyssalError, type Diagnostic, hasErrors } from "../shared/diagnostic.ts";
import type { TemplateRegistry } from "../templates/registry.ts";
import type { Template } from "../templates/template.ts";
import type { PlannerParts } from "./abyssal-parts.ts";
import { budgetsOf, judgeBudgets } from "./budget.ts";
import { runBudget } from "./budget-settings.ts";
import { checkPlan, checkText, vouched } from "./check-start.ts";
import type { Config } from "./config.ts";
import type { ExecuteOptions } from "./execute-options.ts";
import type { Observatory } from "./observatory.ts";
import { planSettings } from "./plan-settings.ts";
import type { Routing } from "./routing.ts";

/** What reads programs and templates, judges plans, and runs nothing. Bad input throws AbyssalError. */
export class Planner {
  readonly config: Config;
  readonly templates: TemplateRegistry;
  readonly workingFolder: string;
  /** Who does which work: the rules, and what was learned. */
  readonly routing: Routing;
  /** Whoever watches: metrics, and what must not be shown. */
  readonly observatory: Observatory;
  readonly #parts: PlannerParts;

  constructor(parts: PlannerParts) {
    this.#parts = parts;
    this.config = parts.config;
    this.templates = parts.registry;
    this.workingFolder = parts.workingFolder;
    this.routing = parts.routing;
    this.observatory = parts.observatory;
  }

  listTemplates(): readonly Template[] {
    return this.templates.list();
  }

  /** Every diagnostic of a program, warnings too, and what the policy finds in its plan; nothing runs. */
  check(text: string, options: ExecuteOptions = {}): readonly Diagnostic[] {
    const parsed = this.#read(text, options);
    if (hasErrors(parsed.diagnostics)) return parsed.diagnostics;
    const compiled = compilePlan(parsed.program, text, this.templates, this.settings(options));
    if (!compiled.ok) return [...parsed.diagnostics, ...compiled.error];
    return [...parsed.diagnostics, ...compiled.value.warnings, ...this.judge(vouched(compiled.value.plan))];
  }

  /** What a program would do, with the warnings about it; throws AbyssalError. */
  compile(text: string, options: ExecuteOptions = {}): Compiled {
    const parsed = this.#read(text, options);
    if (hasErrors(parsed.diagnostics)) throw new AbyssalError(parsed.diagnostics);
    const compiled = compilePlan(parsed.program, text, this.templates, this.settings(options));
    if (!compiled.ok) throw new AbyssalError([...compiled.error, ...parsed.diagnostics]);
    const { plan, warnings } = compiled.value;
    return { plan: vouched(plan), warnings: [...parsed.diagnostics, ...warnings] };
  }

  plan(text: string, options: ExecuteOptions = {}): Plan {
    return this.compile(text, options).plan;
  }

  /** What the policy finds in a plan; POLICY_REFUSED comes first when it forbids it. Empty without a policy. */
  judge(plan: Plan): readonly Diagnostic[] {
    checkPlan(plan);
    const { policy } = this.#parts;
    return policy ? judgePlan(policy, plan) : [];
  }

  /** Every budget that a run of a plan would have, its own first, with what the plan may make of it. */
  budgetsOf(plan: Plan, options: ExecuteOptions = {}): readonly PlanBudget[] {
    checkPlan(plan);
    return budgetsOf(plan, runBudget(options, this.config));
  }

  /**
   * What is known of a plan's budgets before it runs. Errors, for which it would be refused: BUDGET_EXCEEDED, MODEL_PRICE_UNKNOWN; warning:
   * BUDGET_TIGHT.
   */
  judgeBudgets(plan: Plan, options: ExecuteOptions = {}): readonly Diagnostic[] {
    return judgeBudgets(plan, this.budgetsOf(plan, options), this.#parts.models);
  }

  /** Resolves when the servers of tools are gone, without which this process would not end. */
  async close(): Promise<void> {
    this.routing.close();
    this.observatory.close();
    await this.#parts.tools.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** What a plan of now is made with. */
  protected settings(options: ExecuteOptions): PlanSettings {
    return planSettings(this.#parts, options);
  }

  #read(text: string, options: ExecuteOptions): ParsedProgram {
    checkText(text, options);
    return parseProgram(text, options.source);
  }
}
