import type { Task } from "../../actors/ports.ts";
import { type Json, type JsonObject, objectsIn } from "../../shared/json.ts";
import { parseSpanMs } from "../../shared/quantity.ts";
import { textSimilarity } from "../../shared/text-similarity.ts";
import { addWorkdays, firstDay, isoDate } from "./dates.ts";
import { type Concern, domain, SIDES, type Side } from "./domains/domain.ts";
import {
  contextLines,
  describe,
  domainOf,
  numberOf,
  previousOf,
  stepData,
  textOf,
  valueNamed,
} from "./drafting.ts";
import { findingsOf } from "./findings.ts";
import { titleOf } from "./markdown.ts";

/** What an open concern costs a side's score, by priority; half when the material speaks of it already. */
export const PENALTY: Readonly<Record<Concern["priority"], number>> = { P0: 24, P1: 12, P2: 6 };

const COMMON = domain({
  id: "common",
  words: "",
  noun: "",
  parts: [],
  options: [],
  criteria: [],
  measures: [],
  concerns: [
    "security|P1|secrets stand in configuration or logs|move secrets to a vault, rotate them once and scan for them in CI|7|8|2",
    "security|P1|dependencies with known faults stay unnoticed|check the lock file for advisories on every build and fix within a week|6|9|1",
    "performance|P1|no budget says how fast is fast enough|agree p99 budgets and fail the build when a benchmark passes them|6|8|2",
    "performance|P2|allocation and copies grow with the payload|profile the main path at ten times the payload|5|7|2",
    "reliability|P0|calls to others have no timeout|set timeouts, bounded retries with backoff and breakers on every call|8|8|2",
    "reliability|P1|nobody is told before users are|alert on the share of failed requests and on the age of the oldest work|7|8|2",
    "scalability|P1|the first limit under growth is not known|raise the load until something gives and write down what|7|8|2",
    "scalability|P2|data grows without an end|set retention for each kind of data and prove the deletion|5|8|2",
  ],
});

/** A concern that is open; `known`: the material speaks of it already, so that something is under way. */
export type OpenConcern = Concern & { readonly known?: boolean };

/** One ranked action; `score` = impact x feasibility / effort, one decimal. */
export type Action = Concern & {
  readonly id: string;
  readonly score: number;
  readonly sides: readonly Side[];
  /** Everything that it settles. */
  readonly settles: readonly { readonly side: Side; readonly risk: string }[];
  /** What those who ask for it say differently of it, and what was taken. */
  readonly contradictions: readonly string[];
};

/**
 * The open concerns of one side: as its own step or the analysis before it named them, however few; where neither has, the
 * domain's own, the common ones, and findings of others that speak of it.
 */
export function concernsOf(task: Task, side: Side): readonly OpenConcern[] {
  const handed = handedFor(task, side);
  if (handed)
    return objectsIn(handed.findings)
      .map((one) => concernFrom(one, handed.step === side ? side : undefined))
      .filter((one): one is OpenConcern => one?.side === side);
  const known = domainOf(task).concerns.filter((c) => c.side === side);
  const found = findingsOf(task)
    .filter((text) => sideOf(text) === side)
    .slice(0, 3)
    .map((text): Concern => {
      const action = `settle the finding: ${text}`;
      return { side, priority: "P1", risk: text, action, impact: 7, feasibility: 7, effort: 2 };
    });
  return [...known, ...found, ...COMMON.concerns.filter((c) => c.side === side)].map((concern) =>
    spokenOf(task, concern) ? { ...concern, known: true } : concern,
  );
}

/** What a side's own step found, or the analysis before it; null where neither has found anything. */
function handedFor(task: Task, side: Side): { readonly step: string; readonly findings: Json[] } | null {
  for (const [step, name] of [
    [side, "findings"],
    ["analyse", "concerns"],
  ] as const) {
    const findings = stepData(task, step)[name];
    if (Array.isArray(findings)) return { step, findings };
  }
  return null;
}

/** The titles of those whose findings `concernsOf` gives for any side, as the plan orders them, for a sentence. */
export function mergedFrom(task: Task): string {
  const steps = new Set(SIDES.map((side) => handedFor(task, side)?.step));
  return ["analyse", ...SIDES]
    .filter((step) => steps.has(step))
    .map((step) => `"${titleOf(task.steps[step]!.output)}"`)
    .join(", ");
}

function sideOf(text: string): Side {
  if (/secur|secret|auth|inject|encrypt|token|password|privacy|gdpr|owasp/i.test(text)) return "security";
  if (/slow|latenc|perform|memory|cpu|p99|fast/i.test(text)) return "performance";
  if (/scal|growth|shard|capacity|load|throughput/i.test(text)) return "scalability";
  return "reliability";
}

/** Whether the material handed over speaks of a concern: two of its longer words appear in it. */
function spokenOf(task: Task, concern: Concern): boolean {
  const text = `${contextLines(task)
    .map((l) => `${l.name} ${l.text}`)
    .join(
      " ",
    )} ${describe(valueNamed(task, "findings") ?? null)} ${task.previous?.output.slice(0, 50_000) ?? ""}`.toLowerCase();
  const words = new Set(`${concern.risk} ${concern.action}`.toLowerCase().match(/[a-z]{6,}/g) ?? []);
  return [...words].filter((word) => text.includes(word)).length >= 2;
}

export type SideScore = { readonly side: Side; readonly score: number; readonly sum: string };

/** What an open concern costs its side. */
export function penaltyOf({ priority, known }: OpenConcern): number {
  return known ? PENALTY[priority] / 2 : PENALTY[priority];
}

/** 100 less the penalty of every concern of the side; never below 0. */
export function scoreOf(task: Task, side: Side): SideScore {
  const parts = concernsOf(task, side).map(penaltyOf);
  const score = Math.max(0, 100 - parts.reduce((a, b) => a + b, 0));
  return {
    side,
    score,
    sum: parts.length === 0 ? "100, nothing is open" : `100 - ${parts.join(" - ")} = ${score}`,
  };
}

/** The health given as a parameter, else the mean of the four sides, rounded. */
export function healthOf(task: Task): {
  readonly health: number;
  readonly sum: string;
  readonly given: boolean;
} {
  const scores = SIDES.map((side) => scoreOf(task, side).score);
  const mean = Math.round(scores.reduce((a, b) => a + b, 0) / scores.length);
  if (textOf(task, "health") !== undefined) {
    const health = Math.min(100, Math.max(0, numberOf(task, "health", mean)));
    return { health, sum: `given; the rules would say ${mean}`, given: true };
  }
  return { health: mean, sum: `(${scores.join(" + ")}) / 4 = ${mean}`, given: false };
}

/** From this likeness on (word pairs) two actions are one. */
const SAME_ACTION = 0.8;

/** Actions of all sides, P0 first, then by score; those that are worded alike are one, however many ask for it. */
export function actionsOf(task: Task): readonly Action[] {
  const groups: OpenConcern[][] = [];
  for (const concern of SIDES.flatMap((side) => concernsOf(task, side))) {
    const known = groups.find(([first]) => textSimilarity(first!.action, concern.action) >= SAME_ACTION);
    if (known) known.push(concern);
    else groups.push([concern]);
  }
  return groups
    .map(mergedAction)
    .sort(
      (a, b) => a.priority.localeCompare(b.priority) || b.score - a.score || (a.action < b.action ? -1 : 1),
    )
    .map((action, index) => ({ id: `A${index + 1}`, ...action }));
}

/** Of what is said differently the most urgent, the least feasible and the most laborious counts. */
function mergedAction(asked: readonly OpenConcern[]): Omit<Action, "id"> {
  const { known: _, ...first } = asked[0]!;
  const priority = asked.map((c) => c.priority).sort()[0]!;
  const impact = Math.max(...asked.map((c) => c.impact));
  const feasibility = Math.min(...asked.map((c) => c.feasibility));
  const effort = Math.max(...asked.map((c) => c.effort));
  const differing = (["priority", "impact", "feasibility", "effort"] as const).filter(
    (name) => new Set(asked.map((c) => c[name])).size > 1,
  );
  const taken = { priority, impact, feasibility, effort };
  return {
    ...first,
    ...taken,
    score: Math.round((impact * feasibility * 10) / effort) / 10,
    sides: [...new Set(asked.map(({ side }) => side))],
    settles: asked.map(({ side, risk }) => ({ side, risk })),
    contradictions: differing.map(
      (name) => `${name}: ${asked.map((c) => `${c.side} ${c[name]}`).join(", ")}; taken ${taken[name]}`,
    ),
  };
}

/** A concern as a step handed it over; `side`: whose step that was. */
function concernFrom(value: JsonObject, side: Side | undefined): OpenConcern | undefined {
  const { priority, risk, action, impact, feasibility, effort, known } = value;
  const isSide = side ?? SIDES.find((s) => s === value.side);
  const isPriority = (["P0", "P1", "P2"] as const).find((p) => p === priority);
  if (!isSide || !isPriority || typeof risk !== "string" || typeof action !== "string") return undefined;
  const bounded = (n: unknown, most: number): number =>
    typeof n === "number" && n > 0 ? Math.min(n, most) : 1;
  return {
    side: isSide,
    priority: isPriority,
    risk,
    action,
    impact: bounded(impact, 10),
    feasibility: bounded(feasibility, 10),
    effort: bounded(effort, 1_000),
    ...(known === true ? { known } : {}),
  };
}

export type Slot = {
  readonly action: Action;
  readonly person: number;
  readonly first: number;
  readonly last: number;
};

/** Assigns actions by rank to the person who is free first; what would end after the horizon is left over. Days count from 0. */
export function planSlots(task: Task): {
  readonly slots: readonly Slot[];
  readonly later: readonly Action[];
  readonly days: number;
  readonly people: number;
} {
  const weeks = (parseSpanMs(textOf(task, "horizon") ?? "4w") ?? 4 * 604_800_000) / 604_800_000;
  const days = Math.min(2_600, Math.max(1, Math.round(weeks * 5)));
  const people = Math.min(100, Math.max(1, Math.round(numberOf(task, "team_size", 2))));
  const free = Array.from({ length: people }, () => 0);
  const slots: Slot[] = [];
  const later: Action[] = [];
  for (const action of actionsOf(task)) {
    const person = free.indexOf(Math.min(...free));
    const first = free[person]!;
    const length = Math.ceil(action.effort);
    if (first + length > days) {
      later.push(action);
      continue;
    }
    slots.push({ action, person, first, last: first + length - 1 });
    free[person] = first + length;
  }
  return { slots, later, days, people };
}

/** The date of a day of the plan. */
export function dateOf(task: Task, day: number): string {
  return isoDate(addWorkdays(firstDay(task), day));
}

export type Projection = {
  readonly side: Side;
  readonly now: number;
  readonly after: number;
  readonly steps: string;
  readonly actions: readonly string[];
};

/**
 * What is left of each side's penalties once the plan is done: a planned action takes impact x feasibility / 100 of the
 * penalty of everything that it settles; an action after the horizon takes nothing.
 */
export function project(task: Task): readonly Projection[] {
  const planned = planSlots(task).slots.map(({ action }) => action);
  return SIDES.map((side) => {
    const used = new Set<string>();
    const left = concernsOf(task, side).map((concern) => {
      const action = planned.find(({ settles }) =>
        settles.some((one) => one.side === side && one.risk === concern.risk),
      );
      if (!action) return penaltyOf(concern);
      used.add(action.id);
      return Math.round(penaltyOf(concern) * (100 - action.impact * action.feasibility)) / 100;
    });
    const after = Math.round(Math.max(0, 100 - left.reduce((a, b) => a + b, 0)) * 10) / 10;
    const steps = left.length === 0 ? "100" : `100 - ${left.join(" - ")} = ${after}`;
    return { side, now: scoreOf(task, side).score, after, steps, actions: [...used] };
  });
}

/** In a sentence, the results in which findings are looked for where no step hands any over; empty: there are none. */
export function readFrom(task: Task): string {
  const titles = previousOf(task).map(({ title }) => `"${title}"`);
  return titles.length === 0 ? "" : `Read: ${titles.join(", ")}.`;
}

/** In a sentence, where the concerns of a side come from: nothing else enters its score. */
export function takenFrom(task: Task, side: Side): string {
  const handed = handedFor(task, side);
  return handed ? `Taken from "${titleOf(task.steps[handed.step]!.output)}".` : readFrom(task);
}
