import type { MergeFunction } from "../actors/blackboard.ts";
import type { Fact } from "../actors/ports.ts";
import type { Run } from "../actors/run.ts";
import type { RunEvent } from "../actors/run-events.ts";
import { type Accepted, type Ended, type Head, type Journal, readRun, type StoredRecord } from "./journal.ts";
import { type PendingEffects, type Replayed, replay, replayFact } from "./replay.ts";

/**
 * Purpose: know a run that others may drive, from its records alone, as far as they have got.
 * Owns: a replay of the run. Does not own: the records; it neither leases the run nor carries anything out.
 * Invariants:
 * Y1 every record is read, verified and applied once; `catchUp` costs what is new.
 * Y2 an event is told with the number of the record that brought it about.
 */
export class FollowedRun {
  readonly runId: string;
  readonly accepted: Accepted;
  /** `facts[seq - 1]` is record `seq`. */
  readonly facts: Fact[] = [];
  readonly #journal: Pick<Journal, "read">;
  readonly #replayed: Replayed;
  #ended: Ended | null = null;
  #head: Head;
  #seq = 0;

  constructor(
    runId: string,
    journal: Pick<Journal, "read">,
    observe: (event: RunEvent, seq: number) => void = () => {},
    merges: Readonly<Record<string, MergeFunction>> = {},
  ) {
    this.runId = runId;
    this.#journal = journal;
    const records = journal.read(runId);
    const { accepted, facts, ended } = readRun(records);
    this.accepted = accepted;
    this.#replayed = replay(accepted.plan, [], {
      runId,
      timeoutMs: accepted.timeoutMs,
      ...(accepted.budget ? { budget: accepted.budget } : {}),
      merges,
      observe: (event) => observe(event, this.#seq),
    });
    this.#head = headOf(records);
    this.#apply(facts, ended);
  }

  get run(): Run {
    return this.#replayed.run;
  }

  /** What it has asked for and not got. */
  get pending(): PendingEffects {
    return this.#replayed.pending;
  }

  /** Null while its end is not recorded. */
  get ended(): Ended | null {
    return this.#ended;
  }

  /** Applies what was recorded since; false when that is nothing. Throws AbyssalError JOURNAL_*. */
  catchUp(): boolean {
    const records = this.#journal.read(this.runId, this.#head);
    if (records.length === 0) return false;
    this.#head = headOf(records);
    const facts = records.filter(({ kind }) => kind === "fact").map(({ body }) => JSON.parse(body) as Fact);
    const last = records.at(-1)!;
    this.#apply(facts, last.kind === "ended" ? (JSON.parse(last.body) as Ended) : null);
    return true;
  }

  #apply(facts: readonly Fact[], ended: Ended | null): void {
    for (const fact of facts) {
      this.facts.push(fact);
      this.#seq = this.facts.length;
      replayFact(this.#replayed, fact, this.accepted.version);
    }
    this.#ended = ended;
  }
}

function headOf(records: readonly StoredRecord[]): Head {
  const { seq, hash } = records.at(-1)!;
  return { count: seq + 1, hash };
}
