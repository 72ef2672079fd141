import { describe, expect, test } from "vitest";
import type { Draft, Journal } from "../../../src/engine/journal.ts";
import { GroupCommit } from "../../../src/engine/local/group-commit.ts";
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
  const state = { error: null as Error | null, lost: [] as string[], isBarred: false };
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
  } as unknown as Journal;
  const ports = {
    clock,
    journal: () => journal,
    isBarred: () => state.isBarred,
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

  test("wait while a thread of ours writes, until they are flushed again (C1)", async () => {
    const { done, state, ports } = writing();
    state.isBarred = true;
    const commits = new GroupCommit(ports);
    commits.add({ ...draft("a"), committed: () => void done.push("told a") });
    await turn();
    expect(done).toEqual([]);
    state.isBarred = false;
    commits.flush();
    expect(done).toEqual(["commit a", "told a"]);
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
