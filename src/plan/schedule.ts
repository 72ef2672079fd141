import { Heap } from "../shared/heap.ts";
import type { Resources } from "../templates/template.ts";
import { isLeaf, leafAgent, type NodeGraph, ownDurationMs } from "./node-graph.ts";
import type { Capacity, Schedule } from "./plan.ts";
import { type Amounts, ResourcePool } from "./resource-pool.ts";

/** What one agent takes from the pool while it works: its resources and one agent slot. */
export function claimOf(resources: Resources): Amounts {
  return { agents: 1, ...resources };
}

type Ending = { readonly atMs: number; readonly node: number };

/**
 * Parallel schedule generation (Kolisch 1996): time moves from end to end, and whenever something is free the waiting
 * agent with the longest tail goes first (the mirror of latest finish time). Never overbooks `capacity`.
 */
export function scheduleAgents(graph: NodeGraph, tail: Float64Array, capacity: Capacity): Schedule {
  const pool = new ResourcePool<number>(capacity);
  const missing = new Int32Array(graph.after.length);
  for (const targets of graph.after) for (const to of targets) missing[to]!++;
  const entries: { path: string; startMs: number; endMs: number }[] = [];
  const running = new Heap<Ending>((a, b) => a.atMs < b.atMs);
  let nowMs = 0;

  const reach = (first: number): void => {
    const moments = [first];
    // In order of discovery, so that equals wait in the order in which they were written.
    for (const moment of moments) {
      const node = graph.nodes[moment >> 1]!;
      const works = moment % 2 === 0 && isLeaf(node);
      if (works)
        pool.wait(claimOf(leafAgent(node)!.resources), rankOf(node.priority, tail[moment]!), moment >> 1);
      for (const next of graph.after[moment]!) {
        if (works && next === moment + 1) continue;
        missing[next]!--;
        if (missing[next] === 0) moments.push(next);
      }
    }
  };

  const starts = [...missing.keys()].filter((moment) => missing[moment] === 0);
  for (const moment of starts) reach(moment);
  for (;;) {
    for (let node = pool.grant(); node !== undefined; node = pool.grant()) {
      const endMs = nowMs + ownDurationMs(graph.nodes[node]!);
      entries.push({ path: graph.nodes[node]!.path, startMs: nowMs, endMs });
      running.push({ atMs: endMs, node });
    }
    const ending = running.pop();
    if (!ending) break;
    nowMs = ending.atMs;
    finish(ending.node);
    while (running.peek()?.atMs === nowMs) finish(running.pop()!.node);
  }
  entries.sort((a, b) => a.startMs - b.startMs || graph.indexOf.get(a.path)! - graph.indexOf.get(b.path)!);
  return { makespanMs: nowMs, entries };

  function finish(node: number): void {
    pool.release(claimOf(leafAgent(graph.nodes[node]!)!.resources));
    missing[2 * node + 1]!--;
    if (missing[2 * node + 1] === 0) reach(2 * node + 1);
  }
}

/** Rank in the queue: declared priority first, then the longest tail. Lower goes first. */
export function rankOf(priority: number, tailMs: number): number {
  return -(priority * 1e12 + tailMs);
}
