import type { Diagnostic } from "../../shared/diagnostic.ts";
import { err, ok, type Result } from "../../shared/result.ts";
import type { TemplateRegistry } from "../../templates/registry.ts";
import { type AgentKind, AUTO, type Step } from "../../templates/template.ts";
import { Figures } from "./experience.ts";
import { lacksCapability, nobodyFits } from "./no-route.ts";
import {
  type Candidate,
  type Judged,
  judgeCandidates,
  rankCandidates,
  shownCandidate,
} from "./rank-candidates.ts";
import {
  DEFAULT_ROUTING,
  isMeant,
  type Routed,
  type RoutingRule,
  type RoutingSettings,
  type Target,
  targetOf,
} from "./routing.ts";

/** How many candidates a plan lists for one agent. */
const LISTED = 5;

/** Who does an agent's work, and why where there was a choice. `performer` is undefined when none that it has is here. */
export type Route = {
  readonly kind: AgentKind;
  readonly performer: string | undefined;
  readonly routed?: Routed;
};

/** What a step's own content, the rules and the figures say about it: the same for all of its nodes. */
type Decision =
  | { readonly kind: "settled"; readonly route: Route; readonly who: string }
  | {
      readonly kind: "ranked";
      readonly judged: readonly Judged[];
      readonly kinds: ReadonlyMap<string, AgentKind>;
      /** The rule that names who does it; null for none. */
      readonly forced: number | null;
      /** The rule that avoids somebody; null for none. */
      readonly avoiding: number | null;
    }
  | { readonly kind: "refused"; readonly diagnostic: Diagnostic };

export type RouterInput = {
  readonly registry: TemplateRegistry;
  /** Performers that exist here. */
  readonly performers: readonly string[];
  /** Those of them that can work only where the step or the kind names a model; absent: none. */
  readonly modelNeeded?: readonly string[];
  readonly settings?: RoutingSettings;
  readonly figures?: Figures;
};

/** Agents that each candidate has already, by `AGENT/PERFORMER`. */
export type Assigned = Map<string, number>;

/** The work that somebody is to do. */
export type Sought = {
  readonly step: Step;
  /** `NAME@VERSION` */
  readonly template: string;
  /** Whether the step itself names the model that is asked. */
  readonly namesModel: boolean;
};

/**
 * Purpose: choose who does the work of a step: its agent kind where it says `auto`, and the kind's performer.
 * Owns: decisions, one for each step, with and without a model of its own. Does not own: rules and figures, which it is made with and which never change in it.
 * Invariants:
 * R1 the same step, settings, figures and assignments give the same route.
 * R2 without rules and figures a step that names its kind gets the first of the kind's performers that exists here.
 * R3 a candidate that a rule prefers stands before all others, one that it avoids after them, whatever their scores.
 */
export class Router {
  readonly #input: Required<RouterInput>;
  readonly #targets: readonly RuleTargets[];
  readonly #decisions: Readonly<Record<"named" | "usual", Map<Step, Decision>>> = {
    named: new Map(),
    usual: new Map(),
  };
  #hits = 0;

  constructor(input: RouterInput) {
    this.#input = { settings: DEFAULT_ROUTING, figures: new Figures([], 0, 1), modelNeeded: [], ...input };
    this.#targets = this.#input.settings.rules.map(({ use, prefer = [], avoid = [] }) => ({
      use: use === undefined ? null : targetOf(use),
      prefer: prefer.map(targetOf),
      avoid: avoid.map(targetOf),
    }));
  }

  /** Nodes that were routed by a decision made before, and decisions that had to be made. */
  get counts(): { readonly hits: number; readonly misses: number } {
    return { hits: this.#hits, misses: this.#decisions.named.size + this.#decisions.usual.size };
  }

  /**
   * Who does the work of one more node of an `agent` step, which is added to `assigned`. Errors: AGENT_UNKNOWN,
   * ROUTE_NO_AGENT, ROUTE_CAPABILITY_MISSING.
   */
  route(sought: Sought, assigned: Assigned, capacity: number): Result<Route, Diagnostic> {
    const decisions = this.#decisions[sought.namesModel ? "named" : "usual"];
    const known = decisions.get(sought.step);
    const decision = known ?? this.#decide(sought);
    if (known) this.#hits++;
    else decisions.set(sought.step, decision);
    if (decision.kind === "refused") return err(decision.diagnostic);
    if (decision.kind === "settled") {
      assigned.set(decision.who, (assigned.get(decision.who) ?? 0) + 1);
      return ok(decision.route);
    }
    const { judged, kinds, forced, avoiding } = decision;
    const loadOf = (one: Judged): number => assigned.get(`${one.agent}/${one.performer}`) ?? 0;
    const ranked = rankCandidates(judged, this.#input.settings.weights, loadOf, capacity);
    const { agent, performer, tierBy } = ranked[0]!.judged;
    const rule = forced ?? tierBy ?? avoiding;
    assigned.set(`${agent}/${performer}`, loadOf(ranked[0]!.judged) + 1);
    const routed: Routed = {
      ...(rule === null ? { by: ranked.length === 1 ? "only" : "score" } : { by: "rule", rule }),
      candidates: ranked.slice(0, LISTED).map(shownCandidate),
      of: ranked.length,
    };
    return ok({ kind: kinds.get(agent)!, performer, routed });
  }

  #decide(sought: Sought): Decision {
    const { step, template } = sought;
    const { settings } = this.#input;
    const rules = settings.rules.flatMap((rule, index) => (fits(rule, step, template) ? [index] : []));
    const forced = rules.findLast((index) => this.#targets[index]!.use) ?? null;
    const use = forced === null ? null : this.#targets[forced]!.use;
    const named = use?.agent ?? (agentOf(step) === AUTO ? null : agentOf(step));
    const kinds = this.#kindsFor(step, template, named, use?.agent ? forced : null);
    if (!kinds.ok) return { kind: "refused", diagnostic: kinds.error };
    const all = kinds.value.flatMap((kind) => this.#candidates(kind, use, sought, rules));
    const [first] = kinds.value as readonly [AgentKind, ...AgentKind[]];
    if (all.length === 0)
      return { kind: "settled", route: { kind: first, performer: undefined }, who: first.name };
    const kept = settings.performers === "learned" ? all : firstOfEach(all);
    const avoiding = all.find(({ tier }) => tier < 0)?.tierBy ?? null;
    const isRuled = forced !== null || all.some(({ tier }) => tier !== 0);
    if (agentOf(step) !== AUTO && kept.length === 1 && !isRuled) {
      const { performer } = kept[0]!;
      return { kind: "settled", route: { kind: first, performer }, who: `${first.name}/${performer}` };
    }
    return {
      kind: "ranked",
      judged: judgeCandidates(kept),
      kinds: new Map(kinds.value.map((kind) => [kind.name, kind])),
      forced,
      avoiding,
    };
  }

  #kindsFor(
    step: Step,
    template: string,
    named: string | null,
    rule: number | null,
  ): Result<readonly AgentKind[], Diagnostic> {
    const { registry } = this.#input;
    if (named === null) {
      const able = registry.agentKinds().filter((kind) => missing(step, kind).length === 0);
      return able.length > 0 ? ok(able) : err(nobodyFits(step, template, registry.agentKinds()));
    }
    const kind = registry.agentKind(named);
    if (!kind.ok) return err(kind.error);
    const lacks = missing(step, kind.value);
    return lacks.length === 0
      ? ok([kind.value])
      : err(lacksCapability(step, template, { kind: kind.value, rule, lacks }, registry.agentKinds()));
  }

  #candidates(
    kind: AgentKind,
    use: Target | null,
    { step, template, namesModel }: Sought,
    rules: readonly number[],
  ): readonly Candidate[] {
    const { performers: here, modelNeeded, figures } = this.#input;
    const hasModel = namesModel || kind.model !== undefined;
    const able = (use?.performer ? [use.performer] : kind.performers).filter(
      (name) => here.includes(name) && (hasModel || !modelNeeded.includes(name)),
    );
    // The fewer things a kind does beside what is needed, the more it is made for it (Jaccard's index).
    const capability = specialisation(step, kind);
    return able.map((performer, position) => ({
      agent: kind.name,
      performer,
      ...this.#tierOf(kind.name, performer, rules),
      capability,
      priority: 1 / (1 + position),
      levels: figures.of({ agent: kind.name, performer, template, step: step.name }),
    }));
  }

  #tierOf(agent: string, performer: string, rules: readonly number[]): Pick<Candidate, "tier" | "tierBy"> {
    const means = (target: Target): boolean => isMeant(target, agent, performer);
    const last = rules.findLast((index) => {
      const { prefer, avoid } = this.#targets[index]!;
      return prefer.some(means) || avoid.some(means);
    });
    if (last === undefined) return { tier: 0, tierBy: null };
    return { tier: this.#targets[last]!.avoid.some(means) ? -1 : 1, tierBy: last };
  }
}

type RuleTargets = {
  readonly use: Target | null;
  readonly prefer: readonly Target[];
  readonly avoid: readonly Target[];
};

/** Of each kind's performers the first one, by tier and then as the kind lists them. */
function firstOfEach(candidates: readonly Candidate[]): readonly Candidate[] {
  const best = new Map<string, Candidate>();
  for (const candidate of candidates) {
    const known = best.get(candidate.agent);
    if (!known || candidate.tier > known.tier) best.set(candidate.agent, candidate);
  }
  return [...best.values()];
}

function agentOf({ name, work }: Step): string {
  if (work.kind !== "agent") throw new Error(`step ${name} is no agent's work`);
  return work.agent;
}

function fits({ when = {} }: RoutingRule, step: Step, template: string): boolean {
  return (
    (when.template === undefined || when.template === template || when.template === template.split("@")[0]) &&
    (when.step === undefined || when.step === step.name) &&
    (when.capability === undefined || step.capabilities.includes(when.capability)) &&
    (when.agent === undefined || when.agent === agentOf(step)) &&
    (when.priority === undefined || step.priority >= when.priority)
  );
}

function missing({ capabilities }: Step, kind: AgentKind): readonly string[] {
  return capabilities.filter((name) => !kind.capabilities.includes(name));
}

/** Needed and offered / needed or offered, where all that is needed is offered; 1 where nothing is needed. */
function specialisation({ capabilities }: Step, kind: AgentKind): number {
  return capabilities.length === 0 ? 1 : new Set(capabilities).size / new Set(kind.capabilities).size;
}
