import { groupContext, groupOutput, groupSetup, recordGroup } from "./group.ts";

/**
 * Purpose: run children at once and join them at a synchronisation point (rule R3).
 * Owns: how many children ended and how. Does not own: the children's work, their results.
 * Invariants:
 * F1 it joins only when every child has ended.
 * F2 it succeeds if and only if satisfied / total >= threshold (an empty fork does) and it was not cancelled.
 * F3 after `cancel` no child is started, and every live child is told.
 */
export const forkMachine = groupSetup.createMachine({
  id: "fork",
  context: groupContext,
  entry: ["enlist", "spawnSupervisor"],
  initial: "spawning",
  output: groupOutput,
  on: { "children.skipped": { actions: "noteSkipped" } },
  states: {
    spawning: {
      always: [
        { guard: "hasReady", target: "running", actions: ["spawnChildren", "noteSpawned"] },
        { guard: "allEnded", target: "joining" },
      ],
      on: {
        "children.ready": {
          guard: "hasUnstarted",
          target: "running",
          actions: ["spawnChildren", "noteSpawned"],
        },
        cancel: { actions: ["settleUnstarted", "noteUnstarted"] },
        "group.stalled": { actions: ["settleUnstarted", "noteUnstarted"] },
        "supervision.exceeded": { actions: ["settleUnstarted", "noteUnstarted"] },
      },
    },
    running: {
      always: { guard: "allEnded", target: "joining" },
      on: {
        "children.ready": { guard: "hasUnstarted", actions: ["spawnChildren", "noteSpawned"] },
        "xstate.done.actor.*": { actions: ["dropChild", "noteEnded"] },
        cancel: { actions: ["settleUnstarted", "noteUnstarted", "cancelChildren"] },
        "group.stalled": { actions: ["settleUnstarted", "noteUnstarted"] },
        "supervision.exceeded": { actions: ["settleUnstarted", "noteUnstarted", "cancelChildren"] },
      },
    },
    joining: {
      always: [
        { guard: "isCancelled", target: "cancelled" },
        { guard: "meetsThreshold", target: "succeeded" },
        { target: "failed" },
      ],
    },
    succeeded: {
      type: "final",
      entry: recordGroup("succeeded"),
      output: { total: 1, satisfied: 1, cancelled: 0 },
    },
    failed: { type: "final", entry: recordGroup("failed"), output: { total: 1, satisfied: 0, cancelled: 0 } },
    cancelled: {
      type: "final",
      entry: recordGroup("cancelled"),
      output: { total: 1, satisfied: 0, cancelled: 1 },
    },
  },
});
