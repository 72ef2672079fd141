import { leafAgent } from "../plan/node-graph.ts";
import type { Failure } from "../plan/outcome.ts";
import type { AgentNode, Plan } from "../plan/plan.ts";
import { Replanner } from "../plan/replanner.ts";
import { ResourcePool } from "../plan/resource-pool.ts";
import type { Place, Request } from "./place.ts";
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
  readonly #pool: ResourcePool<Request>;
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

  /** Whether an agent has been granted what it asked for. */
  holds(path: string): boolean {
    return this.#index.place(path).request?.state === "working";
  }

  request(place: Place<AgentNode>): void {
    const { path, resources } = place.node;
    const claim = this.#pool.shapeOf(resources);
    const request: Request = { place, claim, state: "waiting" };
    place.request = request;
    this.#pool.wait(claim, this.#rankOf(request), request);
    this.#replanner?.report("ready", path, this.#clock.nowMs());
  }

  withdraw(path: string): void {
    const { request } = this.#index.place(path);
    if (request?.state !== "waiting") return;
    request.state = "withdrawn";
    request.place.request = undefined;
  }

  /** The next agent that may start, its claim taken; `undefined` when none fits. */
  grant(): Place<AgentNode> | undefined {
    if (this.#ended) this.#reconsider();
    for (let request = this.#pool.grant(); request; request = this.#pool.grant()) {
      if (request.state === "waiting") {
        request.state = "working";
        this.#working++;
        this.#replanner?.report("started", request.place.node.path, this.#clock.nowMs());
        return request.place;
      }
      this.#pool.release(request.claim);
    }
    return undefined;
  }

  release(path: string): void {
    const { request } = this.#index.place(path);
    if (request?.state !== "working") throw new Error(`dispatcher: ${path} holds nothing`);
    request.place.request = undefined;
    this.#working--;
    this.#pool.release(request.claim);
    this.#replanner?.report("ended", path, this.#clock.nowMs());
    this.#ended = true;
  }

  #reconsider(): void {
    this.#ended = false;
    // One that waits alone starts when it fits, in whatever order.
    const ranks = this.#pool.waiting > 1 ? this.#replanner?.ranks(this.#clock.nowMs()) : undefined;
    if (!ranks) return;
    for (const [path, rank] of ranks) this.#index.place(path).rank = rank;
    this.#pool.rerank((request) => this.#rankOf(request));
  }

  /** Copies made at run time stand where their fork stands. */
  #rankOf({ place: { rank, node } }: Request): number {
    return rank ?? this.#index.place(this.#index.parentOf(node)).rank ?? this.#plan.nodes.length;
  }
}
