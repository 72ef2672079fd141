import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createActor } from "xstate";
import { chainMachine } from "../../src/machines/chain.ts";
import { forkMachine } from "../../src/machines/fork.ts";
import {
  type ChildStart,
  type GroupEvent,
  type GroupInput,
  meetsThreshold,
  startingChildren,
} from "../../src/machines/group.ts";
import { EMPTY_TALLY } from "../../src/machines/preparation.ts";

type Kind = "fork" | "chain";
const KINDS: readonly Kind[] = ["fork", "chain"];

/** A group alone: its children are only counted, what it asks for is written down. */
function lone(kind: Kind, input: Partial<GroupInput> & { readonly total: number }) {
  const asked: string[] = [];
  const machine = (kind === "fork" ? forkMachine : (chainMachine as unknown as typeof forkMachine)).provide({
    actions: {
      spawnChildren: ({ context, event }) =>
        void asked.push(...startingChildren(context, event).map(({ path }) => `spawn ${path}`)),
      cancelChildren: () => void asked.push("cancelChildren"),
      settleUnstarted: ({ event }) => void asked.push(`settleUnstarted ${event.type}`),
      recordGroup: (_, { status }) => void asked.push(`record ${status}`),
    },
  });
  const actor = createActor(machine, {
    input: { path: "g", ready: [], settled: EMPTY_TALLY, threshold: 1, shard: false, ...input },
  }).start();
  return { actor, asked };
}

function children(count: number, from = 0): ChildStart[] {
  return Array.from({ length: count }, (_, index) => ({ kind: "agent", path: `${from + index}` }));
}

function ended(satisfied: boolean): GroupEvent {
  const tally = { total: 1, satisfied: satisfied ? 1 : 0, cancelled: 0 };
  return { type: "xstate.done.actor.0", actorId: "0", output: { path: "c", tally } };
}

const CANCEL: GroupEvent = { type: "cancel", reason: "enough" };
const STALLED: GroupEvent = { type: "group.stalled" };

describe.each(KINDS)("a %s", (kind) => {
  test(`ends only when every child has ended, in one terminal state (${kind === "fork" ? "F1" : "C1"})`, () => {
    const ends = fc.array(fc.boolean(), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(ends, fc.nat(20), (all, first) => {
        const now = Math.min(first, all.length);
        const { actor, asked } = lone(kind, { total: all.length, ready: children(now) });
        if (now < all.length)
          actor.send({ type: "children.ready", children: children(all.length - now, now) });
        for (const satisfied of all) {
          expect(actor.getSnapshot().status).toBe("active");
          actor.send(ended(satisfied));
        }
        expect(actor.getSnapshot().status).toBe("done");
        expect(asked.filter((what) => what.startsWith("record"))).toHaveLength(1);
        expect(asked.filter((what) => what.startsWith("spawn"))).toHaveLength(all.length);
      }),
    );
  });

  test(`starts no child after it was cancelled, and tells those that live (${kind === "fork" ? "F3" : "C4"})`, () => {
    const { actor, asked } = lone(kind, { total: 3, ready: children(1) });
    actor.send(CANCEL);
    expect(asked).toEqual(["spawn 0", "settleUnstarted cancel", "cancelChildren"]);
    actor.send({ type: "children.ready", children: children(1, 1) });
    actor.send(ended(true));
    expect(asked.slice(3)).toEqual(["record cancelled"]);
    expect(actor.getSnapshot().context.tally).toEqual({ total: 3, satisfied: 1, cancelled: 2 });
  });

  test("that is cancelled before any child could start ends at once", () => {
    const { actor, asked } = lone(kind, { total: 2 });
    actor.send(CANCEL);
    expect(asked).toEqual(["settleUnstarted cancel", "record cancelled"]);
    expect(actor.getSnapshot().output!.tally).toEqual({ total: 1, satisfied: 0, cancelled: 1 });
  });

  test("counts children that were skipped before or after it started", () => {
    const settled = { total: 1, satisfied: 1, cancelled: 0 };
    const { actor } = lone(kind, { total: 3, ready: children(1), settled });
    actor.send({ type: "children.skipped", tally: { total: 1, satisfied: 1, cancelled: 0 } });
    actor.send(ended(true));
    expect(actor.getSnapshot().value).toBe("succeeded");
  });

  test("reports children that can never start as not satisfied instead of waiting for them (C3)", () => {
    const { actor, asked } = lone(kind, { total: 2, ready: children(1) });
    actor.send(ended(true));
    expect(actor.getSnapshot().status).toBe("active");
    actor.send(STALLED);
    expect(asked.slice(1)).toEqual(["settleUnstarted group.stalled", "record failed"]);
  });

  test("without children succeeds", () => {
    expect(lone(kind, { total: 0 }).actor.getSnapshot().value).toBe("succeeded");
  });
});

describe("how many children must end well", () => {
  test("a fork succeeds exactly when its share of satisfied children reaches the threshold (F2)", () => {
    const shares = fc.record({
      total: fc.integer({ min: 1, max: 1_000 }),
      percent: fc.integer({ min: 1, max: 100 }),
      satisfied: fc.nat(1_000),
    });
    fc.assert(
      fc.property(shares, ({ total, percent, satisfied }) => {
        const well = Math.min(satisfied, total);
        // Whole numbers only: well / total >= percent / 100.
        const expected = well * 100 >= percent * total;
        expect(meetsThreshold({ total, satisfied: well, cancelled: 0 }, percent / 100)).toBe(expected);
      }),
      { numRuns: 2_000 },
    );
  });

  test.each([
    [4, 5, 0.8, "succeeded"],
    [3, 5, 0.8, "failed"],
    [8, 10, 0.8, "succeeded"],
    [799, 1_000, 0.8, "failed"],
    [2, 3, 2 / 3, "succeeded"],
    [7, 10, 0.7, "succeeded"],
    [0, 3, 0.01, "failed"],
    [3, 3, 1, "succeeded"],
  ] as const)("%i of %i at a threshold of %f: %s (F2)", (well, total, threshold, status) => {
    const { actor } = lone("fork", { total, ready: children(total), threshold });
    for (let child = 0; child < total; child++) actor.send(ended(child < well));
    expect(actor.getSnapshot().value).toBe(status);
  });

  test("a chain succeeds only when every child is satisfied (C2)", () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 1, maxLength: 10 }), (all) => {
        const { actor } = lone("chain", { total: all.length, ready: children(all.length) });
        for (const satisfied of all) actor.send(ended(satisfied));
        expect(actor.getSnapshot().value).toBe(all.every(Boolean) ? "succeeded" : "failed");
      }),
    );
  });

  test("a shard passes on how its children ended, so that the fork counts them one by one (F2)", () => {
    const { actor } = lone("fork", { total: 3, ready: children(3), shard: true });
    for (const satisfied of [true, false, true]) actor.send(ended(satisfied));
    expect(actor.getSnapshot().output!.tally).toEqual({ total: 3, satisfied: 2, cancelled: 0 });
    const whole = lone("fork", { total: 5, ready: children(5), threshold: 0.6 });
    const tally = { total: 3, satisfied: 2, cancelled: 0 };
    whole.actor.send({ type: "xstate.done.actor.1", actorId: "1", output: { path: "g", tally } });
    whole.actor.send(ended(true));
    whole.actor.send(ended(false));
    expect(whole.actor.getSnapshot().value).toBe("succeeded");
  });
});
