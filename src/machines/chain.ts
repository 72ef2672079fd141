import { and } from "xstate";
import { groupContext, groupOutput, groupSetup, recordGroup } from "./group.ts";

/**
 * Purpose: run children in the order of their needs; what is ready at the same time runs at once (rule R4).
 * Owns: how many children ended and how. Does not own: who needs whom, the children's work, their results.
 * Invariants:
 * C1 it ends only when every child has ended.
 * C2 it succeeds if and only if every child is satisfied and it was not cancelled.
 * C3 a set of children that can never start is reported as failed (`group.stalled`), not waited for.
 * C4 after `cancel` no child is started, and every live child is told.
 */
export const chainMachine = groupSetup.createMachine({
  id: "chain",
  context: groupContext,
  entry: ["enlist", "spawnSupervisor"],
  initial: "advancing",
  output: groupOutput,
  on: { "children.skipped": { actions: "noteSkipped" } },
  states: {
    advancing: {
      always: [
        { guard: "hasReady", target: "running", actions: ["spawnChildren", "noteSpawned"] },
        { guard: and(["allEnded", "isCancelled"]), target: "cancelled" },
        { guard: and(["allEnded", "meetsThreshold"]), target: "succeeded" },
        { guard: "allEnded", target: "failed" },
        { guard: "hasLive", target: "running" },
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
      on: {
        "children.ready": { guard: "hasUnstarted", actions: ["spawnChildren", "noteSpawned"] },
        "xstate.done.actor.*": { target: "advancing", actions: ["dropChild", "noteEnded"] },
        cancel: { target: "advancing", actions: ["settleUnstarted", "noteUnstarted", "cancelChildren"] },
        "group.stalled": { target: "advancing", actions: ["settleUnstarted", "noteUnstarted"] },
        "supervision.exceeded": {
          target: "advancing",
          actions: ["settleUnstarted", "noteUnstarted", "cancelChildren"],
        },
      },
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
