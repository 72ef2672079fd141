import { workAt } from "../../plan/alternatives.ts";
import type { AgentNode } from "../../plan/plan.ts";
import type { At, AttemptEnd, Link } from "./explanation.ts";
import { doerOf, reasonOf } from "./reasons.ts";
import type { RunHistory, SeenAgent } from "./run-history.ts";

const READY_AFTER: Readonly<Record<string, "backoff" | "decision" | "restart">> = {
  "agent.backingOff": "backoff",
  "agent.awaitingApproval": "decision",
  "agent.held": "restart",
};

type Need = Extract<Link, { readonly kind: "need" }>;

/** What a node and the groups around it need, the outermost group's needs first, and how each one settled. */
export function needsOf(history: RunHistory, path: string): readonly Need[] {
  return [...history.lineage(path)].reverse().flatMap((of) =>
    history.node(of).needs.map((need): Need => {
      const settled = history.settled(need);
      return {
        kind: "need",
        need,
        of,
        status: settled?.status ?? null,
        satisfied: history.isSatisfied(need),
        at: settled?.at ?? null,
      };
    }),
  );
}

/** What an agent went through, link by link, as recorded. */
export function agentLinks(history: RunHistory, path: string): readonly Link[] {
  const seen = history.of(path).filter(({ event }) => event.type !== "group.ended");
  const links: Link[] = [...needsOf(history, path)];
  let alternative = 0;
  for (const [place, one] of seen.entries()) {
    const { event, seq } = one;
    const at = history.at(seq);
    const before = seen[place - 1];
    if (before?.event.type === "agent.awaitingApproval") links.push(...decision(history, before, one));
    if (event.type === "agent.awaitingApproval") links.push({ kind: "asked", question: event.question, at });
    else if (event.type === "agent.ready") {
      const after = event.instead ? "alternative" : (READY_AFTER[before?.event.type ?? ""] ?? "needs");
      if (event.instead) ({ alternative } = event.instead);
      links.push({ kind: "ready", after, at });
      links.push(...queued(history, path, one, seen[place + 1]));
    } else if (event.type === "agent.running")
      links.push(attempt(history, one, seen[place + 1], alternative));
    else if (event.type === "agent.backingOff")
      links.push({ kind: "backedOff", delayMs: event.untilMs - event.atMs, untilMs: event.untilMs, at });
    else if (event.type === "agent.stopping") {
      const fact = history.fact(seq);
      links.push({ kind: "stopping", after: fact && "path" in fact ? fact.path : null, at });
    } else if (event.type === "agent.held") links.push({ kind: "held", failure: event.failure, at });
    else if (event.type === "agent.ended")
      links.push({ kind: "ended", status: event.status, reason: reasonOf(history, path)!, at });
  }
  return links;
}

function decision(history: RunHistory, asked: SeenAgent, { event, seq }: SeenAgent): readonly Link[] {
  const fact = history.fact(seq);
  const at = history.at(seq);
  const isDecision = fact?.type === "approval.decided" && fact.path === event.path;
  const isDefault = fact?.type === "timer.fired" && fact.id.startsWith(`${event.path}#`);
  if (!isDecision && !isDefault) return [];
  const goesOn = isDecision ? fact.approved : defaultOf(asked);
  const approved = event.type === "agent.ended" ? event.status === "succeeded" : goesOn;
  const said = isDecision
    ? { by: fact.by ?? null, answer: fact.answer ?? null }
    : { by: "its default", answer: null };
  return [{ kind: "decided", approved, ...said, waitedMs: at.atMs - history.at(asked.seq).atMs, at }];
}

/** Whether a question's default lets the agent go on. */
function defaultOf({ event }: SeenAgent): boolean {
  return event.type === "agent.awaitingApproval" && event.otherwise !== "reject";
}

/** The wait for a slot, if there was or is one. */
function queued(
  history: RunHistory,
  path: string,
  ready: SeenAgent,
  next: SeenAgent | undefined,
): readonly Link[] {
  if (next?.seq === ready.seq) return [];
  const holders = workingAfter(history, ready.seq);
  const fact = next && history.fact(next.seq);
  const isGranted = next?.event.type === "agent.running";
  const freedBy = isGranted && fact && "path" in fact && holders.includes(fact.path) ? fact.path : null;
  const from = history.at(ready.seq);
  const to = next ? history.at(next.seq) : null;
  return [{ kind: "queued", from, to, short: shortOf(history, path, holders), holders, freedBy }];
}

/** What an agent may do at work. */
const KEEPS_SLOT: ReadonlySet<string> = new Set(["agent.stopping", "board.changed"]);

/** Who was at work once a record had been applied. */
function workingAfter(history: RunHistory, seq: number): readonly string[] {
  const working = new Set<string>();
  for (const { event, seq: at } of history.recorded.seen) {
    if (at > seq) break;
    if (event.type === "agent.running") working.add(event.path);
    // One that is being stopped keeps its slot until it has done so.
    else if ("path" in event && !KEEPS_SLOT.has(event.type)) working.delete(event.path);
  }
  return [...working];
}

/** What there was too little of for one more agent; none when others merely stood before it. */
function shortOf(history: RunHistory, path: string, holders: readonly string[]): readonly string[] {
  const claim = claimAt(history, path);
  const { capacity } = history.recorded.plan;
  const used = new Map<string, number>();
  for (const holder of holders)
    for (const [name, amount] of Object.entries(claimAt(history, holder)))
      used.set(name, (used.get(name) ?? 0) + amount);
  return Object.entries(claim).flatMap(([name, amount]) =>
    amount > 0 && (used.get(name) ?? 0) + amount > (capacity[name] ?? 0) + 1e-9 ? [name] : [],
  );
}

/** What an agent holds while an attempt is under way: a slot, and its resources. */
function claimAt(history: RunHistory, path: string): Readonly<Record<string, number>> {
  return { agents: 1, ...(history.node(path) as AgentNode).resources };
}

function attempt(
  history: RunHistory,
  running: SeenAgent,
  next: SeenAgent | undefined,
  alternative: number,
): Link {
  const { event, seq } = running;
  const node = history.node(event.path) as AgentNode;
  const work = workAt(node, alternative);
  const number = event.type === "agent.running" ? event.attempt : 0;
  const to: At | null = next ? history.at(next.seq) : null;
  return {
    kind: "attempt",
    attempt: number,
    ...(alternative > 0
      ? { alternative: { index: alternative, of: node.alternatives?.length ?? 0, by: doerOf(work) } }
      : {}),
    from: history.at(seq),
    to,
    end: attemptEnd(history, number, next, work.timeoutMs),
  };
}

function attemptEnd(
  history: RunHistory,
  number: number,
  next: SeenAgent | undefined,
  timeoutMs: number,
): AttemptEnd {
  if (!next) return { kind: "underWay" };
  const { event, seq } = next;
  const fact = history.fact(seq);
  if (fact?.type === "timer.fired" && fact.id === `${event.path}#${number}/timeout`)
    return { kind: "timedOut", timeoutMs };
  if (event.type === "agent.awaitingApproval") return { kind: "asked" };
  if (event.type === "agent.ready" && event.instead) {
    const { failure } = event.instead;
    const { confidence, least } = failure.detail ?? {};
    if (failure.code === "CONFIDENCE_LOW" && typeof confidence === "number" && typeof least === "number")
      return { kind: "unsure", confidence, least };
    return { kind: "failed", failure };
  }
  if (event.type === "agent.ended" && (event.status === "succeeded" || event.alternative))
    return { kind: "completed", cached: fact?.type === "agent.completed" && fact.cached === true };
  if (event.type === "agent.ended" && event.status === "cancelled")
    return { kind: "stopped", stop: history.stopAt(seq) };
  if (event.type === "agent.held" && event.failure) return { kind: "failed", failure: event.failure };
  if (event.type === "agent.ended" || event.type === "agent.backingOff")
    return { kind: "failed", failure: event.failure ?? null };
  return { kind: "stopped", stop: history.stopAt(seq) };
}
