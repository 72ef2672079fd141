import type { Draft } from "../../../src/engine/journal.ts";
import { SimulatedJournal } from "../simulated-journal.ts";
import { RUN_ID } from "../world.ts";
import type { Mutant } from "./mutant.ts";

/** A journal that changes what it is given before it keeps it. */
function altering(alter: (drafts: readonly Draft[]) => readonly Draft[]): Mutant["wiring"] {
  return {
    journal: (host, disk) => {
      class Altering extends SimulatedJournal {
        override commit(drafts: readonly Draft[], done: readonly number[]): readonly string[] {
          return super.commit(alter(drafts), done);
        }
      }
      return new Altering(host, disk);
    },
  };
}

class DeafToLeases extends SimulatedJournal {
  protected override holds(): boolean {
    return true;
  }
}

class Forgetful extends SimulatedJournal {
  override requests(): readonly [] {
    return [];
  }
}

class Hasty extends SimulatedJournal {
  override commit(drafts: readonly Draft[], done: readonly number[]): readonly string[] {
    this.disk.write([{ table: "requests", drop: done }]);
    this.disk.sync();
    return super.commit(drafts, done);
  }
}

class HeadFirst extends SimulatedJournal {
  override commit(drafts: readonly Draft[], done: readonly number[]): readonly string[] {
    const head = this.disk.heads.get(RUN_ID);
    if (head) this.disk.heads.set(RUN_ID, { ...head, count: head.count + drafts.length });
    return super.commit(drafts, done);
  }
}

const bodyOf = (draft: Draft, change: (body: Record<string, unknown>) => object): Draft => ({
  ...draft,
  body: JSON.stringify(change(JSON.parse(draft.body) as Record<string, unknown>)),
});

/** What may be wrong with a disk, or with what keeps records on it. */
export const STORE_MUTANTS: readonly Mutant[] = [
  {
    name: "acknowledged before durable",
    what: "a commit returns without having synced",
    wiring: { sync: () => {} },
  },
  {
    name: "record lost in a crash",
    what: "a power cut takes the newest synced record, head and all",
    wiring: { cut: (disk) => disk.forgetLast(RUN_ID) },
  },
  {
    name: "torn record accepted",
    what: "recovery keeps the first half of a transaction that was cut in two",
    wiring: { torn: "keep" },
  },
  {
    name: "lease ignored",
    what: "a process writes to and takes runs that another one drives",
    wiring: { journal: (host, disk) => new DeafToLeases(host, disk) },
  },
  {
    name: "requests never read",
    what: "what other processes ask for is not seen",
    wiring: { journal: (host, disk) => new Forgetful(host, disk) },
  },
  {
    name: "request done before its record",
    what: "a request is deleted in a transaction of its own, before the record that answers it",
    wiring: { journal: (host, disk) => new Hasty(host, disk) },
  },
  {
    name: "head before the commit",
    what: "the head is moved on before the records are there",
    wiring: { journal: (host, disk) => new HeadFirst(host, disk) },
  },
  {
    name: "wrong end hash",
    what: "the end names another answer than was given",
    wiring: altering((drafts) =>
      drafts.map((draft) =>
        draft.kind === "ended" ? bodyOf(draft, (body) => ({ ...body, resultHash: "0" })) : draft,
      ),
    ),
  },
  {
    name: "record without its failure",
    what: "what is recorded of a failed attempt is not what was applied",
    wiring: altering((drafts) =>
      drafts.map((draft) =>
        draft.body.startsWith('{"type":"agent.failed"')
          ? bodyOf(draft, (body) => ({ ...body, failure: { code: "?", message: "?", retryable: true } }))
          : draft,
      ),
    ),
  },
  {
    name: "records in another order",
    what: "the facts of one turn are recorded the other way round",
    wiring: altering((drafts) => drafts.toReversed()),
  },
  {
    name: "end recorded twice",
    what: "the end of a run is written twice",
    wiring: altering((drafts) =>
      drafts.flatMap((draft) => (draft.kind === "ended" ? [draft, draft] : [draft])),
    ),
  },
];
