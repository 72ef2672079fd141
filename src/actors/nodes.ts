import type { AgentEvent, AgentInput } from "../machines/agent.ts";
import { isUnsure } from "../machines/escalation.ts";
import type { ChildStart, GroupEvent, GroupInput, GroupStatus } from "../machines/group.ts";
import { addTally, EMPTY_TALLY, type Preparation, type Tally } from "../machines/preparation.ts";
import { escalationOf } from "../plan/alternatives.ts";
import { type AgentResult, isUsable } from "../plan/outcome.ts";
import type { AgentNode, PlanNode } from "../plan/plan.ts";
import { HUMAN, type SupervisionPolicy } from "../templates/template.ts";
import { AgentDesk, answered } from "./agent-desk.ts";
import { isUnsureResult, unstartedResult } from "./agent-result.ts";
import { asSure } from "./as-sure.ts";
import type { BoardDesk, BoardWritten } from "./board-desk.ts";
import type { BudgetDesk, CallRequested, CallSettled } from "./budget-desk.ts";
import type { DeadLetterReason } from "./dead-letters.ts";
import type { Dispatcher } from "./dispatcher.ts";
import type { Ledger } from "./ledger.ts";
import type { AgentRef, GroupRef, Place, Settlement } from "./place.ts";
import { type PlanIndex, ROOT_PATH } from "./plan-index.ts";
import type { EffectPort } from "./ports.ts";
import { asksOf, type Question } from "./question.ts";
import type { Results } from "./results.ts";
import type { Notify } from "./run-events.ts";
import type { Scopes } from "./scope.ts";
import { blockedReason, endOf, type UnstartedEnd, unstartedEnd } from "./unstarted-end.ts";
import { Wards } from "./wards.ts";

/** What the nodes of one run share; `clock` gives the time of the fact that is being applied. */
export type NodesPorts = {
  readonly index: PlanIndex;
  readonly ledger: Ledger;
  readonly results: Results;
  readonly scopes: Scopes;
  readonly dispatcher: Dispatcher;
  readonly boards: BoardDesk;
  readonly budgets: BudgetDesk;
  readonly effects: EffectPort;
  readonly clock: { nowMs(): number };
  readonly run: { readonly runId: string; startedAtMs(): number };
  readonly publish: (result: AgentResult) => void;
  readonly notify: Notify;
};

/**
 * Purpose: connect plan nodes with the actors that live for them: who may start, who is told, how each one ended.
 * Owns: the live actors, in the places of their nodes. Does not own: their states (machines), results, slots, timers.
 * Invariants:
 * N1 a node has at most one live actor; an ended one is forgotten.
 * N2 every node settles once: by its actor's final state, or without one when it is never started.
 * N3 nothing is started below a group that has ended or was told to cancel.
 * N4 an agent before which nothing stands but its slot has no actor until it is granted: of a wide fork only those at
 *    work are alive.
 */
export class Nodes {
  readonly desk: AgentDesk;
  readonly wards: Wards;
  readonly #ports: NodesPorts;
  #usable = 0;

  constructor(ports: NodesPorts) {
    this.#ports = ports;
    this.desk = new AgentDesk(ports, (result, satisfied) => {
      ports.index.place(result.path).agent = undefined;
      ports.boards.forget(result.path);
      this.wards.left(result.path);
      this.#settleAgent(result, satisfied);
    });
    this.wards = new Wards({
      ...ports,
      raise: (then) => this.desk.raise(then),
      raiseFirst: (thens) => this.desk.raiseFirst(thens),
      giveUp: (path, failure) =>
        ports.index.place(path).group?.send({ type: "supervision.exceeded", failure }),
    });
  }

  enlistAgent(path: string, ref: AgentRef): void {
    this.#ports.index.place(path).agent = ref;
    this.wards.enlist(path, ref);
  }

  enlistGroup(path: string, ref: GroupRef): void {
    this.#ports.index.place(path).group = ref;
  }

  /** Delivers what is known of an agent to it; tells why when there is nobody whom it concerns. */
  deliver(path: string, event: AgentEvent): DeadLetterReason | undefined {
    const place = this.#ports.index.find(path);
    if (!place?.agent) return "agent.unknown";
    const { attempt, alternative } = place.agent.getSnapshot().context;
    if ("attempt" in event && attempt !== event.attempt) return "attempt.stale";
    const node = place.node as AgentNode;
    place.agent.send(
      this.#published(place.agent, node, asSure(node, alternative, event, this.#ports.results)),
    );
    return undefined;
  }

  /** Applies what an attempt writes while it works; tells why when there is nobody whom it concerns. */
  writeBoard(written: BoardWritten): DeadLetterReason | undefined {
    const stranger = this.#strangerAtWork(written);
    if (!stranger) this.#ports.boards.write(written);
    return stranger;
  }

  /** Applies what an attempt says of its calls; tells why when there is nobody whom it concerns. */
  accountCall(said: CallRequested | CallSettled): DeadLetterReason | undefined {
    const { budgets } = this.#ports;
    // A call that ends while its attempt is to stop has ended well.
    if (said.type === "call.settled") return budgets.settle(said) ? undefined : "attempt.over";
    const stranger = this.#strangerAtWork(said);
    if (!stranger) budgets.request(said);
    return stranger;
  }

  /** Why an attempt is none that is at work; undefined: it is. */
  #strangerAtWork(attempt: {
    readonly path: string;
    readonly attempt: number;
  }): DeadLetterReason | undefined {
    const agent = this.#ports.index.find(attempt.path)?.agent;
    if (!agent) return "agent.unknown";
    const { value, context } = agent.getSnapshot();
    if (context.attempt !== attempt.attempt) return "attempt.stale";
    return value === "running" ? undefined : "attempt.over";
  }

  /** An outcome counts once what its step publishes is on the blackboard; what the board refuses has failed. */
  #published(agent: AgentRef, node: AgentNode, event: AgentEvent): AgentEvent {
    const { boards } = this.#ports;
    if (!node.publish) return event;
    const { value, context } = agent.getSnapshot();
    if (event.type === "approval.decided") {
      if (!event.approved || node.performer !== HUMAN || value !== "awaitingApproval") return event;
      const refusal = boards.publish(node, answered(event));
      return refusal ? { ...event, approved: false, refusal } : event;
    }
    if (event.type !== "agent.completed" || (value !== "running" && value !== "stopping")) return event;
    const { attempt, outcome } = event;
    // It is not the step's word yet.
    if (value === "running" && isUnsure(context, outcome)) return event;
    const failure = boards.publish(node, outcome);
    if (!failure) return event;
    return { type: "agent.failed", attempt, failure, ...(outcome.usage ? { usage: outcome.usage } : {}) };
  }

  /** Whether nothing is under way that could bring a fact by itself. */
  get isQuiet(): boolean {
    return this.desk.isQuiet;
  }

  settlement(path: string): Settlement | undefined {
    return this.#ports.ledger.settlement(path);
  }

  get settledCount(): number {
    return this.#ports.ledger.settledCount;
  }

  /** Whether any agent's result can be used. */
  get anySucceeded(): boolean {
    return this.#usable > 0;
  }

  /** What people are asked and have not answered. */
  get questions(): readonly Question[] {
    return this.desk.questions;
  }

  question(path: string): Question | undefined {
    return this.desk.question(path);
  }

  /** What an agent's machine needs to know at its start. */
  agentInput(path: string): AgentInput {
    const place = this.#ports.index.place(path);
    const node = place.node as AgentNode;
    return {
      path,
      attemptsMax: node.retry.attempts,
      alternatives: node.alternatives?.map(({ retry }) => retry.attempts) ?? NONE,
      asks: asksOf(node),
      hasFallback: node.fallback !== undefined,
      escalation: escalationOf(node),
      supervised: this.wards.isSupervised(path),
      preparation: this.#preparation(place),
    };
  }

  #preparation(place: Place): Preparation | null {
    const { ledger, scopes } = this.#ports;
    if (place.request?.isGranted) return WITH_SLOT;
    return ledger.isDue(place) ? scopes.prepare(place.node.path) : null;
  }

  /** N4. False when more has to be settled about its start, or somebody else has a say in it. */
  #queue(place: Place): boolean {
    const { node } = place;
    if (node.kind !== "agent" || node.when !== undefined || asksOf(node) !== "nothing") return false;
    if (this.wards.isSupervised(node.path) || this.#ports.ledger.brokenNeeds(node).length > 0) return false;
    // A sibling that settled while its group was being started may have made it due twice over.
    if (!place.request) this.desk.queue(place as Place<AgentNode>);
    return true;
  }

  /** What a group's machine needs to know at its start; children that are due and not to run settle here. */
  groupInput(path: string): GroupInput {
    const group = this.#ports.index.group(path);
    const children = this.#ports.index.childPlaces(group);
    const ready: ChildStart[] = [];
    let settled = EMPTY_TALLY;
    for (const child of children) {
      const { kind, path: own } = child.node;
      if (!this.#ports.ledger.isDue(child)) {
        // A fork starts all its agents together: one that still waits does so in its own state `blocked`.
        if (group.kind === "fork" && kind === "agent") ready.push({ kind, path: own });
        continue;
      }
      if (this.#queue(child)) continue;
      const tally = kind === "agent" ? null : this.#settleUnlessRunnable(child);
      if (tally) settled = addTally(settled, tally);
      else ready.push({ kind, path: own });
    }
    return { path, total: children.length, ready, settled, threshold: group.successThreshold, shard: false };
  }

  /** How a group supervises the agents below it, if it does. */
  supervisionOf(path: string): SupervisionPolicy | undefined {
    return this.#ports.index.group(path).supervision;
  }

  recordGroup(path: string, status: GroupStatus): void {
    this.#ports.index.place(path).group = undefined;
    this.wards.supervision.close(path);
    this.#ports.ledger.settle(path, { status, satisfied: status === "succeeded" });
    this.#ports.notify(() => ({ type: "group.ended", path, status, atMs: this.#ports.clock.nowMs() }));
  }

  /** Settles the children of a group that will never be started now. */
  settleUnstarted(path: string, cause: GroupEvent): void {
    const { index } = this.#ports;
    for (const child of index.childPlaces(index.group(path)))
      if (!child.settlement && !isLive(child)) this.#settleTree(child, unstartedEnd(cause, child.node.needs));
  }

  /** Lets everything happen that the last fact has made possible; returns when nothing more follows from it. */
  settleDown(): void {
    for (;;) {
      if (this.desk.runRaised()) continue;
      const due = this.#ports.ledger.takeDue();
      if (due.length > 0) {
        this.#release(due);
        continue;
      }
      if (!this.#grant()) return;
    }
  }

  /** Lets those go on whom slots are granted; neighbours of one group begin together. False: there is nobody, or no slot. */
  #grant(): boolean {
    const { dispatcher, index } = this.#ports;
    let begun: ChildStart[] | null = null;
    let parent = "";
    let any = false;
    for (let place = dispatcher.grant(); place; place = dispatcher.grant()) {
      any = true;
      const { node, agent } = place;
      const group = agent ? null : index.parentOf(node);
      if (begun && group !== parent) {
        index.place(parent).group!.send({ type: "children.ready", children: begun });
        begun = null;
      }
      if (group === null) agent!.send({ type: "slot.granted" });
      else {
        parent = group;
        index.expect(place);
        const child: ChildStart = { kind: "agent", path: node.path };
        // Mostly it stays the only one.
        if (begun) begun.push(child);
        else begun = [child];
      }
    }
    if (begun) index.place(parent).group!.send({ type: "children.ready", children: begun });
    return any;
  }

  /** Ends what waits for something that can never come, and says for what (rule R4). */
  releaseBlocked(): void {
    const places = this.#ports.index.placesUnder(ROOT_PATH).filter(isLive);
    for (const place of places) {
      const reason = blockedReason(place.node.needs);
      place.agent?.send({ type: "needs.settled", preparation: { kind: "skip", reason } });
    }
    // Outermost first: all that waits is reported as waiting, before the end of one makes another's needs settled.
    const groups = places.filter(({ group }) => group !== undefined);
    groups.sort((a, b) => this.#depth(a) - this.#depth(b));
    for (const place of groups) place.group?.send({ type: "group.stalled" });
  }

  #depth({ node }: Place): number {
    const { index } = this.#ports;
    let depth = 0;
    for (let at: PlanNode = node; at.path !== ROOT_PATH; at = index.node(index.parentOf(at))) depth++;
    return depth;
  }

  #release(due: readonly Place[]): void {
    const { index, scopes } = this.#ports;
    const starts = new Map<string, ChildStart[]>();
    const skipped = new Map<string, Tally>();
    for (const place of due) {
      const { node, agent } = place;
      const { path } = node;
      const parent = index.parentOf(node);
      if (!index.place(parent).group || place.settlement) continue;
      // A sibling that settled while the parent was being started may have made it due twice over.
      if (place.group) continue;
      if (agent) {
        agent.send({ type: "needs.settled", preparation: scopes.prepare(path) });
        continue;
      }
      if (this.#queue(place)) continue;
      const tally = node.kind === "agent" ? null : this.#settleUnlessRunnable(place);
      if (tally) skipped.set(parent, addTally(skipped.get(parent) ?? EMPTY_TALLY, tally));
      else {
        const children = starts.get(parent);
        if (children) children.push({ kind: node.kind, path });
        else starts.set(parent, [{ kind: node.kind, path }]);
      }
    }
    for (const [parent, tally] of skipped)
      index.place(parent).group?.send({ type: "children.skipped", tally });
    for (const [parent, children] of starts)
      index.place(parent).group?.send({ type: "children.ready", children });
  }

  /** Settles a group that is due but not to run, and tells how it counts; null when it may run. */
  #settleUnlessRunnable(place: Place): Tally | null {
    const preparation = this.#ports.scopes.prepare(place.node.path);
    if (preparation.kind === "run") return null;
    const end = endOf(preparation);
    this.#settleTree(place, end);
    return { total: 1, satisfied: end.satisfied ? 1 : 0, cancelled: 0 };
  }

  /** Settles a node that was never started, and everything below it. */
  #settleTree({ node }: Place, end: UnstartedEnd): void {
    const { path } = node;
    if (node.kind === "agent") {
      this.#ports.dispatcher.withdraw(path);
      this.#settleAgent(unstartedResult(node, path, end), end.satisfied);
      return;
    }
    const children = this.#ports.index.childPlaces(node);
    // A fork whose agents were never made stands for them: how it ended is recorded under its own path.
    if (node.forEach && children.length === 0) this.#keep(unstartedResult(node.forEach.template, path, end));
    for (const child of children) this.#settleTree(child, end);
    this.#ports.ledger.settle(path, end);
    this.#ports.notify(() => ({
      type: "group.ended",
      path,
      status: end.status,
      atMs: this.#ports.clock.nowMs(),
    }));
  }

  #settleAgent(result: AgentResult, satisfied: boolean): void {
    this.#keep(result);
    this.#ports.ledger.settle(result.path, { status: result.status, satisfied });
  }

  #keep(result: AgentResult): void {
    this.#ports.results.keep(result);
    if (isUsable(result)) this.#usable++;
    this.#ports.publish(result);
    this.#ports.notify(() => ({
      type: "agent.ended",
      path: result.path,
      status: result.status,
      durationMs: result.durationMs,
      ...(result.cached ? { cached: true } : {}),
      ...(result.provenance.alternative ? { alternative: result.provenance.alternative } : {}),
      ...(isUnsureResult(result) ? { stands: true } : {}),
      ...(result.failure ? { failure: result.failure } : {}),
      ...(result.usage.calls > 0 ? { usage: result.usage } : {}),
      atMs: this.#ports.clock.nowMs(),
    }));
  }
}

/** One for all agents that have nothing else to try: most of them. */
const NONE: readonly number[] = [];
const WITH_SLOT: Preparation = { kind: "run", hasSlot: true };

function isLive({ agent, group }: Place): boolean {
  return agent !== undefined || group !== undefined;
}
