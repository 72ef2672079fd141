import { leafAgent } from "../plan/node-graph.ts";
import type { Failure } from "../plan/outcome.ts";
import type { AgentNode, Plan } from "../plan/plan.ts";
import { Replanner } from "../plan/replanner.ts";
import { ResourcePool } from "../plan/resource-pool.ts";
import type { Place } from "./place.ts";
import type { PlanIndex } from "./plan-index.ts";

/**
 * Purpose: let agents start in the order of the plan's schedule, within the plan's capacity (rule P3); in the order of the
 * replanner once durations turn out otherwise.
 * Owns: the queue of ready agents and what those at work hold. Does not own: their states.
 * Invariants:
 * D1 what agents at work hold never exceeds the capacity, nor their number the agent slots.
 * D2 a withdrawn request is never granted.
 */
export class Dispatcher {
  readonly #pool: ResourcePool<Place<AgentNode>>;
  readonly #plan: Plan;
  readonly #clock: { nowMs(): number };
  readonly #replanner: Replanner | undefined;
  readonly #index: PlanIndex;
  #working = 0;
  /** Something has ended since the last grant: time to look whether the order still is a good one. */
  #ended = false;

  /** `clock` gives the time of the fact that is being applied. */
  constructor(plan: Plan, index: PlanIndex, clock: { nowMs(): number }) {
    this.#plan = plan;
    this.#index = index;
    this.#clock = clock;
    this.#replanner = Replanner.of(plan);
    this.#pool = new ResourcePool(plan.capacity);
    let rank = 0;
    for (const { path } of plan.schedule.entries) index.place(path).rank = rank++;
  }

  /** Why this plan can never run within its capacity, if so. */
  refusal(): Failure | null {
    for (const node of this.#plan.nodes) {
      const agent = leafAgent(node);
      const [resource] = agent ? this.#pool.shapeOf(agent.resources).impossible : [];
      if (resource === undefined) continue;
      const message = `${node.path} needs ${agent?.resources[resource] ?? 1} ${resource}, there is ${this.#plan.capacity[resource] ?? 0}`;
      return { code: "PLAN_IMPOSSIBLE_RESOURCES", message, retryable: false };
    }
    return null;
  }

  get working(): number {
    return this.#working;
  }

  request(place: Place<AgentNode>): void {
    const { path, resources } = place.node;
    place.request = this.#pool.wait(this.#pool.shapeOf(resources), this.#rankOf(place), place);
    this.#replanner?.report("ready", path, this.#clock.nowMs());
  }

  withdraw(path: string): void {
    const place = this.#index.place(path);
    // It keeps its turn in the pool, and is passed over then.
    if (!place.request?.isGranted) place.request = undefined;
  }

  /** The next agent that may start, its claim taken; `undefined` when none fits. */
  grant(): Place<AgentNode> | undefined {
    if (this.#ended) this.#reconsider();
    for (let ticket = this.#pool.grant(); ticket; ticket = this.#pool.grant()) {
      const { item: place, shape } = ticket;
      if (place.request === ticket) {
        this.#working++;
        this.#replanner?.report("started", place.node.path, this.#clock.nowMs());
        return place;
      }
      this.#pool.release(shape);
    }
    return undefined;
  }

  release(path: string): void {
    const place = this.#index.place(path);
    if (!place.request?.isGranted) throw new Error(`dispatcher: ${path} holds nothing`);
    this.#working--;
    this.#pool.release(place.request.shape);
    place.request = undefined;
    this.#replanner?.report("ended", path, this.#clock.nowMs());
    this.#ended = true;
  }

  #reconsider(): void {
    this.#ended = false;
    // One that waits alone starts when it fits, in whatever order.
    const ranks = this.#pool.waiting > 1 ? this.#replanner?.ranks(this.#clock.nowMs()) : undefined;
    if (!ranks) return;
    for (const [path, rank] of ranks) this.#index.place(path).rank = rank;
    this.#pool.rerank((place) => this.#rankOf(place));
  }

  /** Copies made at run time stand where their fork stands. */
  #rankOf({ rank, node }: Place): number {
    return rank ?? this.#index.place(this.#index.parentOf(node)).rank ?? this.#plan.nodes.length;
  }
}
