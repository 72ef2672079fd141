import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import type { Draft } from "../../../src/engine/journal.ts";
import { Intake } from "../../../src/engine/local/intake.ts";
import { journalError } from "../../../src/engine/local/journal-error.ts";
import { ManualClock } from "../../support/manual-clock.ts";

const draft = (runId: string): Draft => ({ runId, kind: "accepted", body: "{}" });

type Group = {
  readonly runIds: readonly string[];
  readonly done: (...known: string[]) => void;
  readonly fail: (error: unknown) => void;
};

/** An intake whose writes are in the test's hands. */
function intake() {
  const clock = new ManualClock();
  const groups: Group[] = [];
  const failures: unknown[] = [];
  let begun = Promise.withResolvers<void>();
  const one = new Intake({
    clock,
    enrol: (drafts) =>
      new Promise((resolve, reject) => {
        groups.push({
          runIds: drafts.map(({ runId }) => runId),
          done: (...known) => resolve(drafts.filter(({ runId }) => known.includes(runId))),
          fail: reject,
        });
        begun.resolve();
      }),
    failed: (error) => {
      failures.push(error);
      one.stop(error);
    },
  });
  return {
    clock,
    groups,
    failures,
    intake: one,
    async nextGroup(): Promise<Group> {
      await begun.promise;
      begun = Promise.withResolvers();
      return groups.at(-1)!;
    },
  };
}

describe("what takes runs on", () => {
  test("K1 tells of a run after it was written, never before, and whether it is new", async () => {
    const { intake: one, nextGroup } = intake();
    const told: string[] = [];
    const added = ["a", "b"].map((id) => one.add(draft(id)).then((isNew) => told.push(`${id} ${isNew}`)));
    const group = await nextGroup();
    await nextTurn();
    expect([group.runIds, told]).toEqual([["a", "b"], []]);
    group.done("b");
    await Promise.all(added);
    expect(told).toEqual(["a true", "b false"]);
  });

  test("writes one group at a time: who comes meanwhile goes with the next, and who wants calm has it between the two", async () => {
    const { intake: one, groups, nextGroup } = intake();
    const first = one.add(draft("a"));
    const group = await nextGroup();
    const later = [one.add(draft("b")), one.add(draft("c"))];
    let calm = false;
    void one.calm().then(() => {
      calm = groups.length === 1;
    });
    await nextTurn();
    expect(groups).toHaveLength(1);
    group.done();
    await first;
    const next = await nextGroup();
    expect([next.runIds, calm]).toEqual([["b", "c"], true]);
    next.done();
    expect(await Promise.all(later)).toEqual([true, true]);
    await one.calm();
  });

  test("K2 bears with a lock and tries again, and after a failure tells everybody", async () => {
    const { clock, intake: one, nextGroup, failures } = intake();
    const first = one.add(draft("a"));
    (await nextGroup()).fail(journalError("JOURNAL_BUSY", "journal", "locked"));
    await nextTurn();
    clock.advance(25);
    const again = await nextGroup();
    const second = one.add(draft("b"));
    expect([again.runIds, failures]).toEqual([["a"], []]);
    const full = journalError("JOURNAL_WRITE_FAILED", "journal", "disk is full");
    again.fail(full);
    await expect(first).rejects.toBe(full);
    await expect(second).rejects.toBe(full);
    await expect(one.add(draft("c"))).rejects.toBe(full);
    expect(failures).toEqual([full]);
  });
});
