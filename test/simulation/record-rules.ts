import type { Fact } from "../../src/actors/ports.ts";
import type { StoredRecord } from "../../src/engine/journal.ts";
import type { Invariant } from "./book.ts";
import type { SimCase } from "./sim-case.ts";
import { outputOf } from "./simulated-work.ts";

type Kept = Pick<StoredRecord, "kind" | "body">;

type End = { readonly commit: number; readonly atMs: number; readonly by: "answer" | "timeout" };

type RecordPorts = {
  readonly say: (invariant: Invariant, detail: string) => void;
  /** How long ago the newest call for an attempt was made. */
  readonly workedMs: (key: string) => number;
};

/** What must hold of the records, and what is known from them; they are read as they are committed. */
export class RulesOfRecords {
  readonly #case: SimCase;
  readonly #say: RecordPorts["say"];
  readonly #workedMs: RecordPorts["workedMs"];
  #ends = new Map<string, End[]>();
  #pauses = new Map<string, number>();
  #sureness = new Map<string, number>();
  #stops = new Map<string, number>();
  #startedAtMs: number | null = null;
  #lastMs = 0;
  #count = 0;
  #commits = 0;
  /** Facts of this commit that have been read. */
  #read = 0;
  #over = false;
  /** Whether the records say that the run was told to stop. */
  stopped = false;

  constructor(one: SimCase, ports: RecordPorts) {
    this.#case = one;
    this.#say = ports.say;
    this.#workedMs = ports.workedMs;
  }

  committed(records: readonly Kept[]): void {
    this.#commits++;
    this.#read = 0;
    for (const record of records) this.#take(record);
  }

  /** After a cut: what was not acknowledged may be there all the same. */
  reread(records: readonly Kept[]): void {
    if (records.length < this.#count) return;
    this.committed(records.slice(this.#count));
  }

  /** Whether the records hold an end of an attempt. */
  isOver(path: string, attempt: number): boolean {
    const key = `${path}#${attempt}`;
    return this.#ends.has(key) || this.#stops.has(key);
  }

  /** How sure the answer of an attempt was; undefined: it has given none. */
  surenessOf(path: string, attempt: number): number | undefined {
    return this.#sureness.get(`${path}#${attempt}`);
  }

  hasBackedOff(path: string, attempt: number): boolean {
    return this.#pauses.has(`${path}#${attempt}`);
  }

  #take({ kind, body }: Kept): void {
    this.#count++;
    if (this.#over) this.#say("one end", `${kind} is recorded after the end`);
    if (kind === "ended") this.#over = true;
    if (kind !== "fact") return;
    const fact = JSON.parse(body) as Fact;
    if (fact.atMs < this.#lastMs)
      this.#say("in time", `${fact.type} was recorded before what came before it`);
    this.#lastMs = Math.max(this.#lastMs, fact.atMs);
    this.#learn(fact);
    this.#read++;
    this.#checkDeadline(fact);
  }

  #learn(fact: Fact): void {
    switch (fact.type) {
      case "run.started":
        if (this.#startedAtMs !== null) this.#say("one end", "the run was started twice");
        this.#startedAtMs = fact.atMs;
        return;
      case "agent.completed":
      case "agent.failed": {
        const key = `${fact.path}#${fact.attempt}`;
        const isFirst = !this.#ends.has(key) && !this.#stops.has(key);
        this.#end(key, { commit: this.#commits, atMs: fact.atMs, by: "answer" });
        if (isFirst && fact.type === "agent.completed")
          this.#sureness.set(key, fact.outcome.confidence.value);
        if (fact.type === "agent.completed" && fact.outcome.output !== outputOf(fact.path, fact.attempt))
          this.#say("one end", `${key} was recorded with ${fact.outcome.output}`);
        return;
      }
      case "agent.asked":
        this.#end(`${fact.path}#${fact.attempt}`, { commit: this.#commits, atMs: fact.atMs, by: "answer" });
        return;
      case "agent.stopped":
        this.#stop(`${fact.path}#${fact.attempt}`);
        return;
      case "run.cancelRequested":
        this.stopped = true;
        return;
      case "timer.fired":
        this.#fired(fact.id, fact.atMs);
    }
  }

  #fired(id: string, atMs: number): void {
    if (id === "run/deadline") {
      // After what came before it in one commit, people may be all that is waited for: then it finds nobody.
      if (this.#read === 0 || !this.#waits) this.stopped = true;
      return;
    }
    const key = id.slice(0, id.lastIndexOf("/"));
    if (id.endsWith("/timeout")) {
      this.#end(key, { commit: this.#commits, atMs, by: "timeout" });
      this.#checkSpan(id, this.#workedMs(key));
      return;
    }
    if (id.endsWith("/grace")) this.#stop(key);
    if (!id.endsWith("/backoff")) return;
    const failed = this.#ends.get(key)?.[0];
    if (!failed) this.#say("in order", `${id} fired, but the attempt has not failed`);
    const pauseMs = this.#leastPauseMs(this.#attemptsAtWork(key));
    if (failed && !this.#hasJumped && atMs - failed.atMs < pauseMs)
      this.#say("in time", `${id} fired after ${atMs - failed.atMs} ms instead of ${pauseMs}`);
    this.#pauses.set(key, atMs);
  }

  /** A jump forth may end a span early; one back may lengthen it by less than a second while a process is up. */
  #checkSpan(id: string, workedMs: number): void {
    const { timeoutMs, faults } = this.#case;
    const jumpsForth = faults.some((fault) => fault.kind === "clock.jump" && fault.byMs > 0);
    const isUp = faults.every(({ kind }) => ["clock.jump", "cancel", "intrusion"].includes(kind));
    if (!jumpsForth && workedMs < timeoutMs) this.#say("in time", `${id} fired after ${workedMs} ms of work`);
    const jumps = faults.filter(({ kind }) => kind === "clock.jump").length;
    if (isUp && workedMs > timeoutMs + 1_000 * jumps)
      this.#say("in time", `${id} fired only after ${workedMs} ms of work`);
  }

  #stop(key: string): void {
    if (!this.#stops.has(key)) this.#stops.set(key, this.#commits);
  }

  #end(key: string, end: End): void {
    if ((this.#stops.get(key) ?? this.#commits) !== this.#commits)
      this.#say("one end", `${key} was recorded after it had stopped (${end.by})`);
    const ends = this.#ends.get(key) ?? [];
    this.#ends.set(key, [...ends, end]);
    if (ends.some(({ by }) => by === end.by)) this.#say("one end", `${key} was recorded twice (${end.by})`);
    // Both may come in one turn; what comes after the commit of the other must find nobody.
    else if (ends.some(({ commit }) => commit !== end.commit))
      this.#say("one end", `${key} was recorded again (${end.by})`);
  }

  #checkDeadline({ type, atMs }: Fact): void {
    const { deadlineMs, faults } = this.#case;
    if (deadlineMs === 0 || this.#startedAtMs === null || this.stopped) return;
    const undisturbed = faults.every(({ kind }) => kind === "cancel" || kind === "intrusion");
    if (undisturbed && !this.#waits && atMs > this.#startedAtMs + deadlineMs)
      this.#say("in time", `${type} is recorded after the deadline of the run`);
  }

  /** Whether people are waited for: the time of a run stands still while nothing else is. */
  get #waits(): boolean {
    return /"approval":"(?!none)|"asks"/.test(JSON.stringify(this.#case.spec));
  }

  get #hasJumped(): boolean {
    return this.#case.faults.some(({ kind }) => kind === "clock.jump");
  }

  /** How many attempts there were at the work of an attempt, itself included: nothing pauses before an alternative. */
  #attemptsAtWork(key: string): number {
    const at = key.lastIndexOf("#") + 1;
    const attempt = Number(key.slice(at));
    let count = 1;
    while (this.#pauses.has(`${key.slice(0, at)}${attempt - count}`)) count++;
    return count;
  }

  #leastPauseMs(attempt: number): number {
    const { backoff, delayMs } = this.#case;
    if (backoff === "none") return 0;
    const growth = backoff === "exponential" ? 2 ** (attempt - 1) : 1;
    return Math.floor(Math.min(1_000, delayMs * growth) / 2);
  }
}
