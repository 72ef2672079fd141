/** The no-op: one call is one agent's work. */
export type Agent = () => Promise<void>;

/** One shape of work; every agent is called exactly once in each run of it. */
export type Work =
  | { readonly shape: "fanOut"; readonly agents: number; readonly atOnce: number }
  /** Each agent after the one before it. */
  | { readonly shape: "chain"; readonly agents: number }
  /** `needs` names, for each agent by its number, the agents of the layer before that it waits for. */
  | { readonly shape: "graph"; readonly needs: readonly (readonly number[])[]; readonly atOnce: number }
  /** A fan-out, then one agent more that waits for all of it. */
  | { readonly shape: "fanOutThenOne"; readonly agents: number; readonly atOnce: number };

/** One library with everything prepared that it can prepare before a run. */
export type Prepared = { readonly run: () => Promise<unknown>; readonly close?: () => void };

/** A way to run the works; `null` where it has none. */
export type Contender = (work: Work, agent: Agent) => Prepared | null;

export const AT_ONCE = 20;
export const LAYERS = 10;
export const WIDTH = 100;

/** Layers of `WIDTH` agents; each one waits for three of the layer before: its own place and the next two, round. */
export function layeredGraph(): Work {
  const needs = Array.from({ length: LAYERS * WIDTH }, (_, agent) => {
    const layer = Math.floor(agent / WIDTH);
    if (layer === 0) return [];
    return [0, 1, 2].map((step) => (layer - 1) * WIDTH + ((agent + step) % WIDTH));
  });
  return { shape: "graph", needs, atOnce: AT_ONCE };
}

/** How many calls one run of a work makes. */
export function callsOf(work: Work): number {
  if (work.shape === "graph") return work.needs.length;
  return work.shape === "fanOutThenOne" ? work.agents + 1 : work.agents;
}

/** The numbers below `count`. */
export function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}
