import type { NodeStatus } from "../../../src/plan/outcome.ts";
import {
  type AttemptEnd,
  type PlacedNode,
  type PlanSpec,
  placeNodes,
  surerOf,
  type WorkSpec,
} from "./plan-spec.ts";

export type Expected = {
  readonly status: NodeStatus;
  readonly satisfied: boolean;
  /** Attempts that are dispatched; 0 for groups and for work that is never started. */
  readonly attempts: number;
  readonly kind: "agent" | "group";
  /** Whether it had an actor of its own. */
  readonly started: boolean;
  readonly parent: string | null;
  readonly work?: WorkSpec;
  /** Which of its attempts, from 1, says what its result says; absent: a person or nobody does. */
  readonly speaker?: number;
};

/**
 * One attempt of a piece of work: what it is at (0: its own work, then the alternatives from 1), and how it ends. `isKept`: its answer was not
 * sure enough, and another is asked.
 */
export type Attempt = { readonly alternative: number; readonly end: AttemptEnd; readonly isKept: boolean };

/** The attempts that a piece of work makes when nobody stops it, in order; the last one ends well or is all there was. */
export function attemptsOfWork(work: WorkSpec): readonly Attempt[] {
  const { alternatives = [] } = work;
  const surer = surerOf(work);
  const made: Attempt[] = [];
  let isAnyKept = false;
  for (const [alternative, { ends, attempts }] of [work, ...alternatives].entries()) {
    // Beside an answer only what may be surer is tried.
    if (isAnyKept && alternative > surer) break;
    const isLast = alternative === (isAnyKept ? surer : alternatives.length);
    for (let failures = 0, at = 0; failures < attempts; at++) {
      const end = endAt(ends, at);
      const isKept = end === "unsure" && alternative < surer;
      made.push({ alternative, end, isKept });
      if (isAnswer(made.at(-1)!)) return made;
      isAnyKept ||= isKept;
      // What is shut for a while is not waited for where something else can do the work.
      if (isKept || end === "fatal" || (end === "shut" && !isLast)) break;
      if (end !== "asks") failures++;
    }
  }
  return made;
}

function endAt(ends: WorkSpec["ends"], at: number): AttemptEnd {
  const end = ends[Math.min(at, ends.length - 1)]!;
  return end === "asks" && at >= ends.length ? "ok" : end;
}

function isAnswer({ end, isKept }: Attempt): boolean {
  return end === "ok" || (end === "unsure" && !isKept);
}

/** An attempt of a piece of work, from 1; where something else has made it go on for longer, the last one stands for the rest. */
export function attemptAt(work: WorkSpec, attempt: number): Attempt {
  const made = attemptsOfWork(work);
  return made[Math.min(attempt, made.length) - 1]!;
}

/** How the attempt of a piece of work ends. */
export function attemptEnd(work: WorkSpec, attempt: number): AttemptEnd {
  return attemptAt(work, attempt).end;
}

/**
 * How every node of a plan must end when nobody stops the run: computed from the rules alone, whatever the order in which
 * things happen. Knows nothing of machines or actors.
 */
export function expectedEnds(spec: PlanSpec): ReadonlyMap<string, Expected> {
  const placed = placeNodes(spec);
  const ends = new Map<string, Expected>();
  // A node's needs and the groups around it are written before it, but how a group ends is known only after its children.
  const endOf = (path: string): Expected => {
    const known = ends.get(path);
    if (known) return known;
    const node = placed.get(path)!;
    const end = unstarted(node) ?? ended(node);
    ends.set(path, end);
    return end;
  };
  const unstarted = (node: PlacedNode): Expected | null => {
    const kind = node.spec.kind === "agent" ? "agent" : "group";
    const { parent } = node;
    const around = parent === null ? null : unstarted(placed.get(parent)!);
    if (around) return { ...around, kind, parent };
    const base = { attempts: 0, kind, started: false, parent } as const;
    if (node.needs.some((need) => !endOf(need).satisfied))
      return { ...base, status: "skipped", satisfied: false };
    if (node.spec.when === "never") return { ...base, status: "skipped", satisfied: true };
    if (node.spec.when === "broken") return { ...base, status: "failed", satisfied: false };
    if (node.spec.kind === "each" && node.spec.copies < 0)
      return { ...base, status: "failed", satisfied: false };
    return null;
  };
  const ended = ({ path, spec: one, parent }: PlacedNode): Expected => {
    if (one.kind === "agent") return workEnd(one.work, parent);
    const children = childPaths(path, placed);
    if (one.kind === "each") {
      for (let copy = 0; copy < one.copies; copy++) {
        ends.set(`${path}.${copy}`, workEnd(one.work, path));
        children.push(`${path}.${copy}`);
      }
    }
    const well = children.filter((child) => endOf(child).satisfied).length;
    const percent = one.kind === "chain" ? 100 : one.thresholdPercent;
    // Whole numbers, so that no rounding decides: well / all >= percent / 100.
    const satisfied = well * 100 >= percent * children.length;
    const status = satisfied ? "succeeded" : "failed";
    return { status, satisfied, attempts: 0, kind: "group", started: true, parent };
  };
  for (const path of placed.keys()) endOf(path);
  return ends;
}

function childPaths(path: string, placed: ReadonlyMap<string, PlacedNode>): string[] {
  return [...placed.values()].filter(({ parent }) => parent === path).map((child) => child.path);
}

function workEnd(work: WorkSpec, parent: string | null): Expected {
  const base = { kind: "agent", started: true, parent, work } as const;
  const giveUp = (attempts: number): Expected =>
    work.fallback
      ? { ...base, status: "degraded", satisfied: true, attempts }
      : { ...base, status: "failed", satisfied: false, attempts };
  if (work.approval === "no" || work.approval === "silence") return giveUp(0);
  if (work.approval === "answer") return { ...base, status: "succeeded", satisfied: true, attempts: 0 };
  const made = attemptsOfWork(work);
  const attempts = made.length;
  const [firstKept] = made.filter(({ isKept }) => isKept);
  const last = made.at(-1)!;
  if (isAnswer(last)) {
    // What follows an answer does not stand in for failed work.
    const isReplaced = (firstKept ?? last).alternative > 0;
    const status = isReplaced ? "degraded" : "succeeded";
    return { ...base, status, satisfied: true, attempts, speaker: attempts };
  }
  if (!firstKept) return giveUp(attempts);
  const speaker = made.findLastIndex(({ isKept }) => isKept) + 1;
  return { ...base, status: "degraded", satisfied: true, attempts, speaker };
}

/** How a run that nobody stops must end. */
export function expectedRunStatus(ends: ReadonlyMap<string, Expected>): "succeeded" | "partial" | "failed" {
  const roots = [...ends.values()].filter(({ parent }) => parent === null);
  if (roots.every(({ satisfied }) => satisfied)) return "succeeded";
  return anyUsable(ends) ? "partial" : "failed";
}

function anyUsable(ends: ReadonlyMap<string, Expected>): boolean {
  return [...ends.values()].some(
    ({ kind, status }) => kind === "agent" && (status === "succeeded" || status === "degraded"),
  );
}
