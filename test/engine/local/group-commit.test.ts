import { describe, expect, test } from "vitest";
import type { Draft } from "../../../src/engine/journal.ts";
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
  const state = { error: null as Error | null, lost: [] as string[] };
  const clock = new ManualClock();
  const write = (what: string): void => {
    if (state.error) throw state.error;
    done.push(what);
  };
  const ports = {
    clock,
    commit: (drafts: readonly Draft[]) => {
      write(`commit ${drafts.map(({ runId }) => runId)}`);
      return state.lost;
    },
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

  test("that a thread writes go one group at a time: what comes meanwhile waits for the next (C1)", async () => {
    const { done, ports } = writing();
    const groups: PromiseWithResolvers<readonly string[]>[] = [];
    const commit = (drafts: readonly Draft[]): Promise<readonly string[]> => {
      ports.commit(drafts);
      groups.push(Promise.withResolvers());
      return groups.at(-1)!.promise;
    };
    const commits = new GroupCommit({ ...ports, commit });
    const add = (runId: string): void =>
      commits.add({ ...draft(runId), committed: () => void done.push(`told ${runId}`) });
    add("a");
    await turn();
    add("b");
    add("c");
    const calm = commits.calm().then(() => done.push("calm"));
    await turn();
    expect(done).toEqual(["commit a"]);
    groups[0]!.resolve([]);
    await calm;
    await turn();
    expect(done).toEqual(["commit a", "told a", "calm", "commit b,c"]);
    groups[1]!.resolve(["b"]);
    await turn();
    expect(done.slice(4)).toEqual(["told c", "lost b"]);
  });

  test("that a thread writes wait for a lock; after its failure nothing is written or told, nor after the last commit (C2)", async () => {
    const { clock, done, ports } = writing();
    const errors = [BUSY, FULL];
    const commit = async (drafts: readonly Draft[]): Promise<readonly string[]> => {
      ports.commit(drafts);
      const error = errors.shift();
      if (error) throw error;
      return [];
    };
    const commits = new GroupCommit({ ...ports, commit });
    const told = (runId: string) => ({ ...draft(runId), committed: () => void done.push(`told ${runId}`) });
    commits.add(told("a"));
    await turn();
    commits.add(told("b"));
    await turn();
    expect(done).toEqual(["commit a"]);
    clock.advance(25);
    await turn();
    commits.add(told("c"));
    await turn();
    expect(done.slice(1)).toEqual(["commit a,b", "failed JOURNAL_WRITE_FAILED"]);
    const last = new GroupCommit({ ...ports, commit });
    last.add(told("d"));
    last.close();
    await turn();
    expect(done.slice(3)).toEqual(["commit d"]);
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
    expect(done.slice(2)).toEqual(["failed JOURNAL_WRITE_FAILED"]);
  });
});
