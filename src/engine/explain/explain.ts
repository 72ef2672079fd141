import { ROOT_PATH } from "../../actors/plan-index.ts";
import type { GroupNode } from "../../plan/plan.ts";
import { agentLinks, needsOf } from "./agent-links.ts";
import type {
  AgentExplanation,
  Cause,
  GroupExplanation,
  NodeState,
  Pending,
  RunExplanation,
} from "./explanation.ts";
import { FirstCauses, reasonOf, rootCauses } from "./reasons.ts";
import type { RunHistory } from "./run-history.ts";
import { timePathNow, timePathTo } from "./time-path.ts";

/** How many causes, or nodes under way, one explanation lists; the rest is counted. */
const LISTED = 20;

const UNDER_WAY: ReadonlySet<NodeState> = new Set([
  "ready",
  "running",
  "backingOff",
  "awaitingApproval",
  "stopping",
  "held",
]);

/** Why a node of a recorded run is where it is; the path must be one of the run's. */
export function explainNode(history: RunHistory, path: string): AgentExplanation | GroupExplanation {
  const node = history.node(path);
  return node.kind === "agent" ? explainAgent(history, path) : explainGroup(history, node);
}

function explainAgent(history: RunHistory, path: string): AgentExplanation {
  const node = history.index.agent(path);
  const writes = history.writesOf(path);
  return {
    kind: "agent",
    path,
    agent: node.agent,
    ...(node.model === undefined ? {} : { model: node.model }),
    ...(node.calibration ? { calibration: node.calibration } : {}),
    ...(node.routed ? { routed: { ...node.routed, performer: node.performer } } : {}),
    state: history.stateOf(path),
    links: agentLinks(history, path),
    ...(writes.length > 0 ? { writes } : {}),
    ...told(history, path),
  };
}

function explainGroup(history: RunHistory, node: GroupNode): GroupExplanation {
  const { path, kind, role, template, successThreshold } = node;
  const settled = history.settled(path);
  const children = history.children(path);
  const ended = children.filter((child) => history.settled(child));
  const inOrder = [...ended].sort((a, b) => history.settled(a)!.order - history.settled(b)!.order);
  const broken = inOrder.filter((child) => !history.isSatisfied(child));
  const deciding = settled?.status === "succeeded" || broken.length === 0 ? inOrder.slice(-1) : broken;
  return {
    kind: "group",
    path,
    group: kind,
    role,
    template,
    state: history.stateOf(path),
    needs: needsOf(history, path),
    reason: reasonOf(history, path) ?? null,
    at: settled?.at ?? null,
    children: counted(history, children),
    satisfied: ended.length - broken.length,
    total: children.length,
    threshold: successThreshold,
    deciding: deciding.slice(0, LISTED).map((child) => {
      const { status, at } = history.settled(child)!;
      return { path: child, status, at };
    }),
    ...told(history, path),
  };
}

/** Why a whole run is where it is. */
export function explainRun(history: RunHistory): RunExplanation {
  const { recorded } = history;
  const { runId, plan, policyHash, status, acceptedAtMs, stopped, endedAtMs, facts } = recorded;
  const agents = history.agents();
  const stopSeq = facts.findIndex(isStop) + 1;
  // What was cancelled with the whole run is put down to the one thing that stopped it.
  const suspects = agents.filter((agent) => history.settled(agent)?.status !== "cancelled");
  const { causes, more } = rootCauses(history, [ROOT_PATH, ...suspects], LISTED);
  const started = facts[0];
  const waitsOn = pendingOf(history, agents);
  return {
    kind: "run",
    runId,
    program: plan.program,
    planHash: plan.hash,
    policyHash,
    status,
    acceptedAtMs,
    startedAtMs: started?.atMs ?? null,
    endedAtMs,
    stopped,
    stop: stopped && stopSeq > 0 ? { ...history.stopAt(stopSeq), at: history.at(stopSeq) } : null,
    agents: counted(history, agents),
    causes,
    moreCauses: more,
    affected: affectedBy(history, causes, agents),
    ...waitsOn,
    timePath: runTimePath(history, waitsOn.waitsOn),
  };
}

function told(history: RunHistory, path: string) {
  const { runId } = history.recorded;
  const settled = history.settled(path);
  const { causes, more } = rootCauses(history, [path], LISTED);
  const waitsOn = settled ? NOTHING : pendingOf(history, leavesBefore(history, path));
  const longest = waitsOn.waitsOn[0];
  const timePath = settled
    ? timePathTo(history, settled.at.seq)
    : longest
      ? timePathNow(history, longest.path)
      : [];
  return { runId, causes, moreCauses: more, ...waitsOn, timePath };
}

const NOTHING = { waitsOn: [], moreWaitsOn: 0 } as const;

function runTimePath(history: RunHistory, waitsOn: readonly Pending[]): RunExplanation["timePath"] {
  const end = history.recorded.seen.findLast(({ event }) => event.type === "run.ended");
  if (end) return timePathTo(history, end.seq);
  return waitsOn[0] ? timePathNow(history, waitsOn[0].path) : [];
}

/** The agents among these that are under way, those first that have been at it the longest. */
function pendingOf(
  history: RunHistory,
  agents: readonly string[],
): { readonly waitsOn: readonly Pending[]; readonly moreWaitsOn: number } {
  const found = agents.flatMap((path): readonly Pending[] => {
    const state = history.stateOf(path);
    const last = history.of(path).at(-1);
    if (!last || !UNDER_WAY.has(state)) return [];
    const { event } = last;
    const untilMs = event.type === "agent.backingOff" ? event.untilMs : null;
    const question = event.type === "agent.awaitingApproval" ? event.question : null;
    return [{ path, state, sinceMs: history.at(last.seq).atMs, untilMs, question }];
  });
  // Who waits for a slot or for a supervisor waits for those at work.
  const rank = ({ state }: Pending): number => (state === "ready" || state === "held" ? 1 : 0);
  found.sort((a, b) => rank(a) - rank(b) || a.sinceMs - b.sinceMs);
  return { waitsOn: found.slice(0, LISTED), moreWaitsOn: Math.max(0, found.length - LISTED) };
}

/** The agents that have to end before a node can: those below it, and those it needs, directly or not. */
function leavesBefore(history: RunHistory, path: string): readonly string[] {
  const visited = new Set<string>();
  const leaves: string[] = [];
  const pending = [path];
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    if (visited.has(at) || history.settled(at)) continue;
    visited.add(at);
    const node = history.node(at);
    if (node.kind === "agent" && history.stateOf(at) !== "waiting") leaves.push(at);
    else pending.push(...history.lineage(at).flatMap((around) => history.node(around).needs));
    if (node.kind !== "agent") pending.push(...history.children(at));
  }
  return leaves;
}

/** How many agents were skipped for each cause; an agent counts for the earliest one only. */
function affectedBy(
  history: RunHistory,
  causes: readonly Cause[],
  agents: readonly string[],
): readonly number[] {
  const first = new FirstCauses(history);
  const counts = new Map<string, number>();
  for (const path of agents) {
    if (history.settled(path)?.status !== "skipped" || history.isSatisfied(path)) continue;
    const cause = first.of(path);
    if (cause !== path) counts.set(cause, (counts.get(cause) ?? 0) + 1);
  }
  return causes.map(({ path }) => counts.get(path) ?? 0);
}

function counted(history: RunHistory, paths: readonly string[]): Partial<Record<NodeState, number>> {
  const counts: Partial<Record<NodeState, number>> = {};
  for (const path of paths) {
    const state = history.stateOf(path);
    counts[state] = (counts[state] ?? 0) + 1;
  }
  return counts;
}

function isStop({ type, ...fact }: { readonly type: string; readonly id?: string }): boolean {
  return type === "run.cancelRequested" || (type === "timer.fired" && fact.id === "run/deadline");
}
