import type { Task } from "../../actors/ports.ts";
import { isJsonObject } from "../../shared/json.ts";
import { parseSpanMs } from "../../shared/quantity.ts";
import { addWorkdays, firstDay, isoDate } from "./dates.ts";
import { type Concern, domain, SIDES, type Side } from "./domains/domain.ts";
import {
  contextLines,
  describe,
  domainOf,
  numberOf,
  objectsIn,
  stepData,
  textOf,
  upstreamOf,
  valueNamed,
} from "./drafting.ts";
import { findingsOf } from "./findings.ts";

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

/** One ranked action; `score` = impact x feasibility / effort, one decimal. */
export type Action = Concern & {
  readonly id: string;
  readonly score: number;
  readonly sides: readonly Side[];
};

/** The open concerns of one side: as an earlier step named them, else the domain's own, the common ones, and findings of others that speak of it. */
export function concernsOf(task: Task, side: Side): readonly Concern[] {
  for (const [step, name] of [
    [side, "findings"],
    ["analyse", "concerns"],
  ] as const) {
    const handed = objectsIn(stepData(task, step)[name]).map(concernFrom);
    const own = handed.filter((c): c is Concern => c?.side === side);
    if (own.length > 0) return own;
  }
  const known = domainOf(task).concerns.filter((c) => c.side === side);
  const found = findingsOf(task)
    .filter((text) => sideOf(text) === side)
    .slice(0, 3)
    .map((text): Concern => {
      const action = `settle the finding: ${text}`;
      return { side, priority: "P1", risk: text, action, impact: 7, feasibility: 7, effort: 2 };
    });
  return [...known, ...found, ...COMMON.concerns.filter((c) => c.side === side)];
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

/** 100 less the penalty of every concern of the side, halved when the material speaks of it; never below 0. */
export function scoreOf(task: Task, side: Side): SideScore {
  const parts = concernsOf(task, side).map((c) =>
    spokenOf(task, c) ? PENALTY[c.priority] / 2 : PENALTY[c.priority],
  );
  const score = Math.max(0, 100 - parts.reduce((a, b) => a + b, 0));
  const scores = stepData(task, "analyse").scores;
  const handed = stepData(task, side).score ?? (isJsonObject(scores) ? scores[side] : undefined);
  if (typeof handed === "number" && handed >= 0 && handed <= 100 && handed !== score) {
    return { side, score: handed, sum: `${handed}, as the steps before have it` };
  }
  return { side, score, sum: `100 - ${parts.join(" - ")} = ${score}` };
}

/** The health given, else the mean of the four sides, rounded. */
export function healthOf(task: Task): {
  readonly health: number;
  readonly sum: string;
  readonly given: boolean;
} {
  const { health: handed, given: wasGiven } = stepData(task, "analyse");
  if (typeof handed === "number") {
    return { health: handed, sum: `${handed}, as the analysis has it`, given: wasGiven === true };
  }
  const scores = SIDES.map((side) => scoreOf(task, side).score);
  const mean = Math.round(scores.reduce((a, b) => a + b, 0) / scores.length);
  if (textOf(task, "health") !== undefined) {
    const health = Math.min(100, Math.max(0, numberOf(task, "health", mean)));
    return { health, sum: `given; the rules would say ${mean}`, given: true };
  }
  return { health: mean, sum: `(${scores.join(" + ")}) / 4 = ${mean}`, given: false };
}

/** Actions of all sides, P0 first, then by score; those that several sides ask for are one. */
export function actionsOf(task: Task): readonly Action[] {
  const all = SIDES.flatMap((side) => concernsOf(task, side));
  const merged = new Map<string, { concern: Concern; sides: Side[] }>();
  for (const concern of all) {
    const known = merged.get(concern.action);
    if (known) known.sides.push(concern.side);
    else merged.set(concern.action, { concern, sides: [concern.side] });
  }
  return [...merged.values()]
    .map(({ concern, sides }) => ({
      ...concern,
      sides,
      score: Math.round((concern.impact * concern.feasibility * 10) / concern.effort) / 10,
    }))
    .sort(
      (a, b) => a.priority.localeCompare(b.priority) || b.score - a.score || (a.action < b.action ? -1 : 1),
    )
    .map((action, index) => ({ id: `A${index + 1}`, ...action }));
}

function concernFrom(value: Readonly<Record<string, unknown>>): Concern | undefined {
  const { side, priority, risk, action, impact, feasibility, effort } = value;
  const isSide = SIDES.find((s) => s === side);
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

/** Each planned action closes impact / 20 of the gap between its side's score and 100, in rank order. */
export function project(task: Task): readonly Projection[] {
  const { slots } = planSlots(task);
  const byRank = [...slots].sort((a, b) => Number(a.action.id.slice(1)) - Number(b.action.id.slice(1)));
  return SIDES.map((side) => {
    const now = scoreOf(task, side).score;
    const used = byRank.filter((s) => s.action.sides.includes(side)).map((s) => s.action);
    const values = [now];
    for (const action of used) {
      const last = values.at(-1)!;
      values.push(last + ((100 - last) * action.impact) / 20);
    }
    const shown = values.map((v) => Math.round(v * 10) / 10);
    return { side, now, after: shown.at(-1)!, steps: shown.join(" -> "), actions: used.map((a) => a.id) };
  });
}

/** The titles of what stands upstream, for a sentence. */
export function readFrom(task: Task): string {
  return upstreamOf(task)
    .map((u) => `"${u.title}"`)
    .join(", ");
}
