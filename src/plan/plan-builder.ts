import type { Diagnostic, Span } from "../shared/diagnostic.ts";
import { hashJson } from "../shared/hash.ts";
import { LIMITS } from "../shared/limits.ts";
import type { Result } from "../shared/result.ts";
import type { ToolCatalogue } from "../shared/tool-names.ts";
import type { TemplateRegistry } from "../templates/registry.ts";
import type { AgentKind, BudgetLimits, Step, StepAlternative, Template } from "../templates/template.ts";
import { BoardRules } from "./board-rules.ts";
import type { ModelCatalogue } from "./models.ts";
import type { AgentNode, Capacity, GroupNode, PlanNode } from "./plan.ts";
import { type Assigned, type Route, Router } from "./routing/router.ts";

/** What a compilation depends on beside the text and the templates. */
export type PlanSettings = {
  readonly capacity: Capacity;
  /** Commands within commands, counted from 1; design: 6. */
  readonly maxDepth: number;
  /** How many siblings must be ready at the same time to be gathered in a fork. */
  readonly forkThreshold: number;
  /** Performers that exist, in no order; an agent kind's preferences choose among them. */
  readonly performers: readonly string[];
  /** Performers that ask a model; only these cost calls, tokens and money. */
  readonly modelPerformers: readonly string[];
  /** Those of them that have a model only where a step or an agent kind names one; absent: none. */
  readonly modelNeeded?: readonly string[];
  /** The models that can be asked; absent: nothing is known of them. */
  readonly models?: ModelCatalogue;
  /** What the calls of models below all commands of a template may take together, by the template's name; absent: nothing is said. */
  readonly templateBudgets?: ReadonlyMap<string, BudgetLimits>;
  /** Effort put into a shorter schedule, in nominal ms (a count of steps, so that plans stay the same); absent: 0. */
  readonly improveMs?: number;
  /** Longest time of a run, ms. */
  readonly runTimeoutMs: number;
  /** Who does what; absent: as agent kinds and their order of performers say. */
  readonly router?: Router;
  /** Agents that other plans under way have given to each candidate; absent: none. */
  readonly assigned?: ReadonlyMap<string, number>;
  /** Names of the merge functions that a blackboard may use; absent: none. */
  readonly merges?: readonly string[];
  /** The tools that there are; absent: none. */
  readonly tools?: ToolCatalogue;
};

/** Made once for all plans: templates never change, and who registers another version registers other objects. */
const contentHashes = new WeakMap<AgentKind, WeakMap<Step | StepAlternative, string>>();

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** A group whose children are still being found. */
export type GroupDraft = Mutable<Omit<GroupNode, "children" | "needs">> & {
  readonly children: string[];
  needs: readonly string[];
};

/**
 * Purpose: collect the nodes of a plan and what is wrong with it.
 * Owns: nodes in depth-first order, names in use, diagnostics. Does not own: what the text means.
 * Invariants:
 * B1 no two nodes have the same path.
 * B2 a group stands before its children.
 */
export class PlanBuilder {
  readonly registry: TemplateRegistry;
  readonly settings: PlanSettings;
  readonly errors: Diagnostic[] = [];
  readonly warnings: Diagnostic[] = [];
  readonly board: BoardRules;
  readonly #nodes: PlanNode[] = [];
  readonly #taken = new Set<string>();
  /** The last number that each base was claimed with. */
  readonly #counts = new Map<string, number>();
  readonly #spans = new Map<string, Span>();
  readonly #router: Router;
  readonly #assigned: Assigned;
  #full = false;
  /** The step of a template whose nodes are being added. */
  #step: string | null = null;
  /** What was told already, as text. */
  readonly #reported = new Set<string>();

  constructor(registry: TemplateRegistry, settings: PlanSettings) {
    this.registry = registry;
    this.settings = settings;
    const { performers, modelNeeded = [] } = settings;
    this.#router = settings.router ?? new Router({ registry, performers, modelNeeded });
    this.#assigned = new Map(settings.assigned);
    this.board = new BoardRules(settings.merges ?? []);
  }

  get nodes(): readonly PlanNode[] {
    return this.#nodes;
  }

  /** Whether the plan has become too large; nothing more is added then. */
  get full(): boolean {
    return this.#full;
  }

  /** A path that no node has: `base`, or `base.1`, `base.2` ... */
  claim(base: string): string {
    let path = base;
    let count = this.#counts.get(base) ?? 0;
    while (this.#taken.has(path)) path = `${base}.${++count}`;
    this.#taken.add(path);
    // What was tried is taken for ever: the next of ten thousand namesakes begins where this one has ended.
    if (count > 0) this.#counts.set(base, count);
    return path;
  }

  add(node: AgentNode | GroupDraft, span?: Span): void {
    if (this.#full) return;
    if (this.#nodes.length >= LIMITS.planNodes) {
      this.#full = true;
      this.error("PLAN_TOO_LARGE", "this program expands to too many nodes", span, {
        expected: `at most ${LIMITS.planNodes} nodes`,
        hint: "split it into several programs, or shorten the lists that it runs over",
      });
      return;
    }
    this.#nodes.push(node);
    if (span) this.#spans.set(node.path, span);
  }

  /** Where in the text a node comes from, by its nearest ancestor that the text names. */
  spanOf(path: string): Span | undefined {
    for (let at = path; at !== ""; at = at.slice(0, Math.max(0, at.lastIndexOf("/")))) {
      const span = this.#spans.get(at);
      if (span) return span;
    }
    return undefined;
  }

  /** Who does the work of one more node of an agent step; what this plan has given to whom counts. */
  route(step: Step, template: string, namesModel: boolean): Result<Route, Diagnostic> {
    return this.#router.route({ step, template, namesModel }, this.#assigned, this.settings.capacity.agents);
  }

  /** Whether a performer is here, and has a model where it needs one. */
  isHere(performer: string, { model }: AgentKind, namesModel: boolean): boolean {
    const { performers, modelNeeded = [] } = this.settings;
    if (!performers.includes(performer)) return false;
    return namesModel || model !== undefined || !modelNeeded.includes(performer);
  }

  /**
   * What of a step and the kind of its agent determines results: the work (its own, or an alternative's), the contract, the
   * kind; made once for both.
   */
  contentHash(step: Step, agentKind: AgentKind, whose: Step | StepAlternative = step): string {
    const ofKind = contentHashes.get(agentKind) ?? new WeakMap<Step | StepAlternative, string>();
    const known = ofKind.get(whose);
    if (known !== undefined) return known;
    const { source: _, ...kind } = agentKind;
    const { output, capabilities } = step;
    const { work } = whose;
    const hash = hashJson({ work, output, capabilities, kind });
    contentHashes.set(agentKind, ofKind.set(whose, hash));
    return hash;
  }

  /** What `work` finds is about this step where it names no other place: the text shows only the command that led to it. */
  within({ name }: Step, { source }: Template, work: () => void): void {
    const outer = this.#step;
    this.#step = `${source}, step ${name}`;
    work();
    this.#step = outer;
  }

  error(code: string, message: string, span: Span | undefined, details: Details = {}): void {
    this.report([{ code, severity: "error", message, ...details }], span);
  }

  /** Takes over findings that know no place in the text; the same of each of many elements is one. */
  report(diagnostics: readonly Diagnostic[], span: Span | undefined): void {
    for (const diagnostic of diagnostics) {
      const placed = { ...(this.#step === null ? {} : { place: this.#step }), ...diagnostic };
      const whole = diagnostic.span || !span ? placed : { ...placed, span };
      const text = JSON.stringify(whole);
      if (this.#reported.has(text)) continue;
      this.#reported.add(text);
      (diagnostic.severity === "error" ? this.errors : this.warnings).push(whole);
    }
  }
}

type Details = Pick<Diagnostic, "expected" | "got" | "hint" | "related" | "place">;
