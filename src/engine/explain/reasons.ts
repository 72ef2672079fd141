import { meetsThreshold } from "../../machines/group.ts";
import { workAt } from "../../plan/alternatives.ts";
import type { AgentNode } from "../../plan/plan.ts";
import type { Cause, Doer, Reason } from "./explanation.ts";
import type { RunHistory } from "./run-history.ts";

/** Why a settled node ended as it did; undefined for one that has not. */
export function reasonOf(history: RunHistory, path: string): Reason | undefined {
  const settled = history.settled(path);
  if (!settled) return undefined;
  const { status, failure, alternative, stands, at } = settled;
  const node = history.node(path);
  if (status === "cancelled") return { kind: "stopped", stop: history.stopAt(at.seq) };
  if (status === "skipped") return skipReason(history, path);
  if (node.kind !== "agent" && !failure) return childrenReason(history, path) ?? unreadable(path);
  const fact = history.fact(at.seq);
  if (stands && node.kind === "agent")
    return { kind: "unsure", by: doerOf(workAt(node, alternative)), failure };
  if (alternative > 0 && node.kind === "agent") {
    const cached = fact?.type === "agent.completed" && fact.cached === true;
    return { kind: "alternative", alternative, by: doerOf(workAt(node, alternative)), failure, cached };
  }
  if (failure) return { kind: "failure", failure, origin: originOf(history, path) };
  if (fact?.type === "agent.completed" && fact.path === path)
    return { kind: "completed", cached: fact.cached === true, shared: fact.outcome.shared === true };
  return status === "succeeded" ? { kind: "answered" } : unreadable(path);
}

/** Who does a piece of work. */
export function doerOf({ agent, performer, model }: AgentNode): Doer {
  return { agent, performer, ...(model === undefined ? {} : { model }) };
}

/** What a node that did not end well puts it down to: other nodes, the earliest first; none when it is a cause itself. */
export function blames(history: RunHistory, path: string): readonly string[] {
  const reason = reasonOf(history, path);
  if (reason?.kind === "needs") return inOrder(history, reason.broken);
  if (reason?.kind !== "children") return [];
  return inOrder(
    history,
    history.children(path).filter((child) => history.settled(child) && !history.isSatisfied(child)),
  );
}

/** The roots of why nodes did not end well, the earliest first of each; those beyond `limit` are counted. */
export function rootCauses(
  history: RunHistory,
  paths: readonly string[],
  limit: number,
): { readonly causes: readonly Cause[]; readonly more: number } {
  const visited = new Set<string>();
  const causes: Cause[] = [];
  let more = 0;
  const pending = [...paths].reverse().map((path) => [path]);
  for (let trail = pending.pop(); trail; trail = pending.pop()) {
    const path = trail.at(-1)!;
    if (visited.has(path) || !history.settled(path) || history.isSatisfied(path)) continue;
    visited.add(path);
    const blamed = blames(history, path);
    for (const next of [...blamed].reverse()) pending.push([...trail, next]);
    if (blamed.length > 0) continue;
    if (causes.length === limit) more++;
    else causes.push(causeOf(history, trail));
  }
  return { causes, more };
}

/** The one cause that each node is put down to: the earliest of what it blames, and so on. */
export class FirstCauses {
  readonly #history: RunHistory;
  readonly #known = new Map<string, string>();

  constructor(history: RunHistory) {
    this.#history = history;
  }

  of(path: string): string {
    const trail = new Set<string>();
    let at = path;
    for (;;) {
      const known = this.#known.get(at);
      if (known !== undefined) {
        at = known;
        break;
      }
      trail.add(at);
      const next = blames(this.#history, at)[0];
      if (next === undefined || trail.has(next)) break;
      at = next;
    }
    for (const passed of trail) this.#known.set(passed, at);
    return at;
  }
}

function causeOf(history: RunHistory, trail: readonly string[]): Cause {
  const path = trail.at(-1)!;
  const { status, at } = history.settled(path)!;
  return { path, status, reason: reasonOf(history, path)!, at, via: trail };
}

function skipReason(history: RunHistory, path: string): Reason {
  const skip = history.skipOf(path)!;
  const { origin } = skip;
  if (skip.kind === "condition")
    return { kind: "condition", when: history.node(origin).when ?? null, origin };
  if (skip.kind === "needs") return { kind: "needs", broken: skip.broken, origin };
  return { kind: "blocked", waitsFor: skip.waitsFor, circle: circleFrom(history, origin), origin };
}

/** A group that ran: by its children's tally; undefined for one that failed although enough of them ended well. */
function childrenReason(history: RunHistory, path: string): Reason | undefined {
  const node = history.node(path);
  if (node.kind === "agent") return undefined;
  const children = history.children(path);
  const satisfied = children.filter((child) => history.isSatisfied(child)).length;
  const total = children.length;
  const isMet = meetsThreshold({ total, satisfied, cancelled: 0 }, node.successThreshold);
  if (history.settled(path)!.status === "failed" && isMet) return undefined;
  let needed = Math.floor(total * node.successThreshold);
  while (needed < total && !meetsThreshold({ total, satisfied: needed, cancelled: 0 }, node.successThreshold))
    needed++;
  return { kind: "children", satisfied, total, needed };
}

/** The outermost group that a failure was decided for before anything in it was started. */
function originOf(history: RunHistory, path: string): string {
  const own = history.settled(path)!;
  if (history.of(path).length > 1) return path;
  const decided = history.lineage(path).filter((at) => {
    const around = history.settled(at);
    const node = history.node(at);
    const canBeInvalid = node.kind !== "agent" && (node.when !== undefined || node.forEach !== undefined);
    return around?.status === "failed" && around.at.seq === own.at.seq && canBeInvalid;
  });
  const isOwn = history.node(path).kind === "agent" && history.node(path).when !== undefined;
  return isOwn ? path : (decided.at(-1) ?? path);
}

/** The first circle of needs that one meets from a node; null when there is none. */
function circleFrom(history: RunHistory, path: string): readonly string[] | null {
  const trail: string[] = [path];
  for (;;) {
    const at = trail.at(-1)!;
    const skip = history.skipOf(at);
    const around = history.lineage(at).flatMap((one) => history.node(one).needs);
    const next = skip?.kind === "blocked" ? (skip.waitsFor[0] ?? around[0]) : around[0];
    if (next === undefined || history.isSatisfied(next)) return null;
    const seen = trail.indexOf(next);
    if (seen >= 0) return [...trail.slice(seen), next];
    trail.push(next);
  }
}

function inOrder(history: RunHistory, paths: readonly string[]): readonly string[] {
  return [...paths].sort((a, b) => history.settled(a)!.order - history.settled(b)!.order);
}

/** The records say that it failed and not why: a list or condition that cannot be read, with nothing below it. */
function unreadable(path: string): Reason {
  const message = "its condition, list or parameters could not be read";
  return { kind: "failure", failure: { code: "EXPRESSION_FAILED", message, retryable: false }, origin: path };
}
