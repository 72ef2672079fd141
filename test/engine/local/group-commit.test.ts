import { describe, expect, test } from "vitest";
import type { Draft, Journal } from "../../../src/engine/journal.ts";
import { GroupCommit } from "../../../src/engine/local/group-commit.ts";
import { Intake } from "../../../src/engine/local/intake.ts";
import { journalError } from "../../../src/engine/local/journal-error.ts";
import { ManualClock } from "../../support/manual-clock.ts";

const BUSY = journalError("JOURNAL_BUSY", "journal.db", "locked");
const FULL = journalError("JOURNAL_WRITE_FAILED", "journal.db", "full");

const draft = (runId: string): Draft => ({ runId, kind: "fact", body: "{}" });

/** The event loop's next turn, after what was armed for it. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A journal that takes what comes unless it is told otherwise, and says what was done in which order. */
function writing() {
  const done: string[] = [];
  const state = { error: null as Error | null, lost: [] as string[], known: [] as string[] };
  const clock = new ManualClock();
  const write = (what: string): void => {
    if (state.error) throw state.error;
    done.push(what);
  };
  const journal = {
    commit: (drafts: readonly Draft[]) => {
      write(`commit ${drafts.map(({ runId }) => runId)}`);
      return state.lost;
    },
    enrol: (drafts: readonly Draft[]) => {
      write(`enrol ${drafts.map(({ runId }) => runId)}`);
      return drafts.filter(({ runId }) => state.known.includes(runId));
    },
  } as unknown as Journal;
  const ports = {
    clock,
    journal: () => journal,
    lost: (runId: string) => void done.push(`lost ${runId}`),
    failed: (error: unknown) => void done.push(`failed ${String((error as { code?: string }).code)}`),
  };
  return { clock, done, state, ports };
}

describe("records", () => {
  test("of one turn are one commit, told of after it in their order; those of a lost lease are not (C1)", async () => {
    const { done, state, ports } = writing();
    state.lost = ["b"];
    const commits = new GroupCommit(ports);
    for (const runId of ["a", "b", "c"])
      commits.add({ ...draft(runId), committed: () => void done.push(`told ${runId}`) });
    expect(done).toEqual([]);
    await turn();
    expect(done).toEqual(["commit a,b,c", "told a", "told c", "lost b"]);
  });

  test("wait for a lock of another process; after a failure nothing is written or told (C2)", async () => {
    const { clock, done, state, ports } = writing();
    const commits = new GroupCommit(ports);
    const add = (runId: string): void =>
      commits.add({ ...draft(runId), committed: () => void done.push(`told ${runId}`) });
    state.error = BUSY;
    add("a");
    await turn();
    expect(done).toEqual([]);
    state.error = null;
    clock.advance(25);
    expect(done).toEqual(["commit a", "told a"]);
    state.error = FULL;
    add("b");
    await turn();
    state.error = null;
    add("c");
    await turn();
    commits.flush();
    expect(done.slice(2)).toEqual(["failed JOURNAL_WRITE_FAILED"]);
  });
});

describe("new runs", () => {
  test("of one turn are taken on together, and each is told whether it was new (K1)", async () => {
    const { done, state, ports } = writing();
    state.known = ["b"];
    const intake = new Intake(ports);
    const all = Promise.all(["a", "b"].map((runId) => intake.add(draft(runId))));
    expect(done).toEqual([]);
    expect(await all).toEqual([true, false]);
    expect(done).toEqual(["enrol a,b"]);
  });

  test("wait for a lock; after a failure, or once nothing is taken on, everybody is told (K2)", async () => {
    const { clock, done, state, ports } = writing();
    const intake = new Intake(ports);
    state.error = BUSY;
    const late = intake.add(draft("a"));
    await turn();
    state.error = null;
    clock.advance(25);
    expect(await late).toBe(true);
    state.error = FULL;
    await expect(intake.add(draft("b"))).rejects.toBe(FULL);
    state.error = null;
    await expect(intake.add(draft("c"))).rejects.toBe(FULL);
    expect(done).toEqual(["enrol a", "failed JOURNAL_WRITE_FAILED"]);

    const stopped = new Intake(writing().ports);
    const waiting = stopped.add(draft("d"));
    stopped.stop(BUSY);
    await expect(waiting).rejects.toBe(BUSY);
  });
});
