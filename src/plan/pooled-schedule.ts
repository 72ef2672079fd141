import { Heap } from "../shared/heap.ts";
import { isLeaf, leafAgent, type NodeGraph, ownDurationMs } from "./node-graph.ts";
import type { Capacity } from "./plan.ts";
import { ResourcePool, type Shape } from "./resource-pool.ts";

/** Start of each agent by its node, in ms, and when the last one ends. */
export type NodeStarts = { readonly startMs: ReadonlyMap<number, number>; readonly makespanMs: number };

type Ending = { readonly atMs: number; readonly node: number };

/**
 * Parallel schedule generation (Kolisch 1996) for plans of any size: time moves from end to end, and whenever something is
 * free the waiting agent of the lowest `rankOf` goes first, equals in order of arrival. Never overbooks `capacity`.
 */
export function pooledSchedule(
  graph: NodeGraph,
  capacity: Capacity,
  rankOf: (node: number) => number,
): NodeStarts {
  const pool = new ResourcePool<number>(capacity);
  const shapeOf = (node: number): Shape<number> => pool.shapeOf(leafAgent(graph.nodes[node]!)!.resources);
  const missing = new Int32Array(graph.after.length);
  for (const targets of graph.after) for (const to of targets) missing[to]!++;
  const startMs = new Map<number, number>();
  const running = new Heap<Ending>((a, b) => a.atMs < b.atMs);
  let nowMs = 0;

  const reach = (first: number): void => {
    const moments = [first];
    // In order of discovery, so that equals wait in the order in which they were written.
    for (const moment of moments) {
      const node = graph.nodes[moment >> 1]!;
      const works = moment % 2 === 0 && isLeaf(node);
      if (works) pool.wait(shapeOf(moment >> 1), rankOf(moment >> 1), moment >> 1);
      for (const next of graph.after[moment]!) {
        if (works && next === moment + 1) continue;
        missing[next]!--;
        if (missing[next] === 0) moments.push(next);
      }
    }
  };
  const finish = (node: number): void => {
    pool.release(shapeOf(node));
    missing[2 * node + 1]!--;
    if (missing[2 * node + 1] === 0) reach(2 * node + 1);
  };

  const starts = [...missing.keys()].filter((moment) => missing[moment] === 0);
  for (const moment of starts) reach(moment);
  for (;;) {
    for (let ticket = pool.grant(); ticket; ticket = pool.grant()) {
      const node = ticket.item;
      startMs.set(node, nowMs);
      running.push({ atMs: nowMs + ownDurationMs(graph.nodes[node]!), node });
    }
    const ending = running.pop();
    if (!ending) return { startMs, makespanMs: nowMs };
    nowMs = ending.atMs;
    finish(ending.node);
    while (running.peek()?.atMs === nowMs) finish(running.pop()!.node);
  }
}
