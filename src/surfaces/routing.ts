import type { RunEnd } from "../engine/engine.ts";
import type { ExperienceBook } from "../engine/experience-book.ts";
import { type AnswerSums, Calibrations, fadedAnswers } from "../plan/calibration.ts";
import { correctedPlan } from "../plan/corrected-plan.ts";
import type { Plan } from "../plan/plan.ts";
import type { PlanSettings } from "../plan/plan-builder.ts";
import { checkRules, type RulePlace } from "../plan/routing/check-rules.ts";
import { type Experience, Figures, faded } from "../plan/routing/experience.ts";
import { Router } from "../plan/routing/router.ts";
import type { RoutingRule, RoutingSettings } from "../plan/routing/routing.ts";
import type { Clock } from "../shared/clock.ts";
import { AbyssalError, type Diagnostic } from "../shared/diagnostic.ts";
import type { Result } from "../shared/result.ts";
import type { TemplateRegistry } from "../templates/registry.ts";
import { AUTO, HUMAN } from "../templates/template.ts";
import { checkedAnswersOf } from "./checked-answers.ts";
import { observationsOf } from "./observations.ts";

/** Figures fade in so many steps to a half-life: between two of them the same program gives the same plan. */
const STEPS_OF_HALF_LIFE = 16;

export type RoutingParts = {
  readonly registry: TemplateRegistry;
  readonly performers: readonly string[];
  readonly modelNeeded: readonly string[];
  readonly settings: RoutingSettings;
  readonly halfLifeMs: number;
  /** Whether confidence is corrected by what came of earlier answers. */
  readonly calibrates: boolean;
  readonly book: ExperienceBook;
  readonly clock: Clock;
  /** Rules as a caller gives them. Error: OPTION_INVALID. */
  readonly readRules: (given: unknown) => Result<readonly RoutingRule[], Diagnostic[]>;
};

/** How often a node's route was decided already when it was planned, and how often it had to be. */
export type RoutingStats = { readonly hits: number; readonly misses: number };

/**
 * Purpose: give plans a router and runs their corrections, and learn from runs.
 * Owns: the rules, the router of the moment, the plans under way. Does not own: what was learned (the book's).
 * Invariants:
 * T1 where nothing can be chosen, nothing of who does well is read, learned or kept; nor of answers where confidence is not corrected.
 * T2 rules take effect with the next plan; those of which one means nothing are refused together.
 * T3 a run teaches once, when it ends.
 */
export class Routing {
  readonly #parts: RoutingParts;
  #underWay = new Set<ReadonlyMap<string, number>>();
  readonly #hasAuto: boolean;
  #settings: RoutingSettings;
  #router: { readonly router: Router; readonly version: string } | null = null;
  #past: RoutingStats = { hits: 0, misses: 0 };
  #calibrations: { readonly calibrations: Calibrations; readonly version: number } | null = null;

  /** `placeOf` says where a name in the rules stands. Throws AbyssalError ROUTE_RULE_UNKNOWN. */
  constructor(parts: RoutingParts, placeOf: PlaceOf = inOptions) {
    this.#parts = parts;
    this.#settings = parts.settings;
    this.#check(parts.settings.rules, placeOf);
    this.#hasAuto = parts.registry
      .list()
      .some(({ steps }) => steps.some(({ work }) => work.kind === "agent" && work.agent === AUTO));
  }

  /** The rules that the next plan goes by. */
  get rules(): readonly RoutingRule[] {
    return this.#settings.rules;
  }

  /** Takes other rules, for the plans to come. Throws AbyssalError OPTION_INVALID, ROUTE_RULE_UNKNOWN; then the old ones stay. */
  setRules(rules: readonly RoutingRule[]): void {
    const read = this.#parts.readRules(rules);
    if (!read.ok) throw new AbyssalError(read.error);
    this.#check(read.value, inOptions);
    this.#settings = { ...this.#settings, rules: read.value };
    this.#retire();
  }

  /** The same under other templates and settings: what was learned and who is busy stays. Throws as the constructor does. */
  renewed(parts: Pick<RoutingParts, "registry" | "settings" | "halfLifeMs" | "calibrates">): Routing {
    const next = new Routing({ ...this.#parts, ...parts });
    next.#underWay = this.#underWay;
    return next;
  }

  /** What was learned, faded to now. */
  learned(): readonly Experience[] {
    const { book, clock, halfLifeMs } = this.#parts;
    const nowMs = clock.nowMs();
    return book.known().experience.map((one) => faded(one, nowMs, halfLifeMs));
  }

  /** Counts since the runtime was made. */
  stats(): RoutingStats {
    const { hits, misses } = this.#router?.router.counts ?? { hits: 0, misses: 0 };
    return { hits: this.#past.hits + hits, misses: this.#past.misses + misses };
  }

  /** What the next plan is routed by. */
  forPlan(): Pick<PlanSettings, "router" | "assigned"> {
    const assigned = new Map<string, number>();
    for (const plan of this.#underWay)
      for (const [who, count] of plan) assigned.set(who, (assigned.get(who) ?? 0) + count);
    return { router: this.#current(), assigned };
  }

  /** A plan with the corrections that a run of it goes by when it starts now. */
  corrected(plan: Plan): Plan {
    return correctedPlan(plan, this.#corrections());
  }

  /** Counts a plan as under way until it is told its end: null when it has none. */
  begin(plan: Plan): (end: RunEnd | null) => void {
    const { calibrates } = this.#parts;
    const isOpen = this.#isOpen;
    if (!isOpen && !calibrates) return () => {};
    const assigned = isOpen ? assignedBy(plan) : new Map<string, number>();
    this.#underWay.add(assigned);
    return (end) => {
      if (!this.#underWay.delete(assigned) || !end) return;
      const atMs = this.#parts.clock.nowMs();
      this.#parts.book.note({
        work: isOpen ? observationsOf(end, atMs) : [],
        answers: calibrates ? checkedAnswersOf(end, atMs) : [],
      });
    };
  }

  /** What came of earlier answers, faded to now, and what is made of it. */
  answers(): readonly AnswerSums[] {
    const { book, clock, halfLifeMs } = this.#parts;
    const nowMs = clock.nowMs();
    return book.known().answers.map((one) => fadedAnswers(one, nowMs, halfLifeMs));
  }

  /** Lets go of what was learned; it is kept where runs are. */
  close(): void {
    this.#parts.book.close();
  }

  /** Whether there can be anything to choose. */
  get #isOpen(): boolean {
    return this.#hasAuto || this.#settings.performers === "learned" || this.#settings.rules.length > 0;
  }

  /** Undefined where nothing is known: a run is then as if nothing were ever learned. */
  #corrections(): Calibrations | undefined {
    const { calibrates, book, halfLifeMs } = this.#parts;
    if (!calibrates) return undefined;
    const { answers, version } = book.known();
    if (answers.length === 0) return undefined;
    if (this.#calibrations?.version !== version) {
      // As of the last answer: corrections change when something was learned, not because time has passed.
      const atMs = Math.max(...answers.map((one) => one.atMs));
      this.#calibrations = { calibrations: new Calibrations(answers, atMs, halfLifeMs), version };
    }
    return this.#calibrations.calibrations;
  }

  #current(): Router {
    const { registry, performers, modelNeeded, book, clock, halfLifeMs } = this.#parts;
    const input = { registry, performers, modelNeeded, settings: this.#settings };
    if (!this.#isOpen) {
      this.#router ??= {
        router: new Router(input),
        version: "",
      };
      return this.#router.router;
    }
    const { experience, version: known } = book.known();
    const stepMs = halfLifeMs / STEPS_OF_HALF_LIFE;
    const atMs = Math.floor(clock.nowMs() / stepMs) * stepMs;
    const version = `${known}@${atMs}`;
    if (this.#router?.version === version) return this.#router.router;
    this.#retire();
    const figures = new Figures(experience, atMs, halfLifeMs);
    const router = new Router({ ...input, figures });
    this.#router = { router, version };
    return router;
  }

  #retire(): void {
    this.#past = this.stats();
    this.#router = null;
  }

  #check(rules: readonly RoutingRule[], placeOf: PlaceOf): void {
    const found = checkRules(rules, this.#parts);
    if (found.length > 0)
      throw new AbyssalError(found.map(({ diagnostic, at }) => ({ ...diagnostic, ...placeOf(at) })));
  }
}

type PlaceOf = (at: RulePlace) => Pick<Diagnostic, "span" | "place">;

const inOptions: PlaceOf = (at) => ({ place: `rules.${at.join(".")}` });

function assignedBy({ nodes }: Plan): ReadonlyMap<string, number> {
  const assigned = new Map<string, number>();
  for (const node of nodes) {
    const agent = node.kind === "agent" ? node : node.forEach?.template;
    if (!agent || agent.performer === HUMAN) continue;
    const who = `${agent.agent}/${agent.performer}`;
    assigned.set(who, (assigned.get(who) ?? 0) + 1);
  }
  return assigned;
}
