import { buildNodeGraph } from "./node-graph.ts";
import type { Plan } from "./plan.ts";
import { planProblem } from "./plan-problem.ts";
import { Reorder } from "./scheduling/reorder.ts";

/** Runs of larger plans keep their order: trying the rest of them again would cost more than it gains. */
const REPLANNED_NODES_MAX = 500;

type Report = { readonly what: "ready" | "started" | "ended"; readonly path: string; readonly atMs: number };

/**
 * Purpose: order what has not started anew when a run's durations turn out other than planned (P3).
 * Owns: what was reported of each agent, and the order that holds. Does not own: slots, or the agents.
 * Invariants:
 * Q1 the same reports in the same order give the same ranks: they come from recorded facts, so a replay orders alike.
 */
export class Replanner {
  readonly #plan: Plan;
  /** Reports that came before ranks were asked for. */
  readonly #reports: Report[] = [];
  #order: Order | undefined;

  /** `undefined` for a plan that keeps its order: too large, of equals only, or with forks whose agents only a run knows. */
  static of(plan: Plan): Replanner | undefined {
    if (plan.nodes.length > REPLANNED_NODES_MAX || isUniform(plan)) return undefined;
    if (plan.nodes.some((node) => node.kind !== "agent" && node.forEach !== undefined)) return undefined;
    return new Replanner(plan);
  }

  private constructor(plan: Plan) {
    this.#plan = plan;
  }

  report(what: Report["what"], path: string, atMs: number): void {
    const report = { what, path, atMs };
    if (this.#order) tell(this.#order, report);
    else this.#reports.push(report);
  }

  /** The ranks to go on with, the lowest first; `undefined` while those of before hold. */
  ranks(atMs: number): ReadonlyMap<string, number> | undefined {
    if (!this.#order) {
      this.#order = orderOf(this.#plan);
      for (const report of this.#reports) tell(this.#order, report);
      this.#reports.length = 0;
    }
    return this.#order.reorder.choose(atMs) ? ranksOf(this.#order) : undefined;
  }
}

/** Agents that need nobody and take equally long: any order is as good. */
function isUniform({ nodes, levels }: Plan): boolean {
  const durations = new Set(nodes.flatMap((node) => (node.kind === "agent" ? [node.durationMs] : [])));
  return levels.length <= 1 && durations.size <= 1;
}

type Order = { readonly reorder: Reorder; readonly activityOf: ReadonlyMap<string, number> };

function orderOf(plan: Plan): Order {
  const { problem, nodeOf, priority } = planProblem(buildNodeGraph(plan.nodes), plan.capacity);
  const rank = new Map(plan.schedule.entries.map(({ path }, at) => [path, at]));
  const paths = nodeOf.map((node) => plan.nodes[node]!.path);
  const planned = Float64Array.from({ length: problem.size }, (_, at) => rank.get(paths[at] ?? "") ?? 0);
  return {
    reorder: new Reorder(problem, planned, priority),
    activityOf: new Map(paths.map((path, activity) => [path, activity])),
  };
}

function tell({ reorder, activityOf }: Order, { what, path, atMs }: Report): void {
  const activity = activityOf.get(path);
  if (activity === undefined) return;
  if (what === "ready") reorder.ready(activity);
  else reorder[what](activity, atMs);
}

function ranksOf({ reorder, activityOf }: Order): ReadonlyMap<string, number> {
  return new Map([...activityOf].map(([path, activity]) => [path, reorder.ranks[activity]!]));
}
