import type { RunEvent } from "../../actors/run-events.ts";
import type { FollowedRun } from "../../engine/followed-run.ts";
import { toRunResult } from "../run-result.ts";

/** Where an event stands in its run: the record that brought it about, and its place among that record's events. */
type EventId = { readonly seq: number; readonly place: number };

/** Characters of an agent's output that its event carries; the whole stands in the result. */
const OUTPUT_CHARACTERS = 2_000;

/**
 * Purpose: the events of one run as server-sent events, made once for all who read them.
 * Owns: the frames so far, in order. Does not own: the records, the readers.
 * Invariants:
 * V1 the same run has the same frames under the same ids, whichever process drives it and whenever it is read.
 * V2 a frame is made once, however many read it.
 */
export class EventFeed {
  readonly frames: string[] = [];
  readonly #ids: EventId[] = [];
  readonly #followed: FollowedRun;
  readonly #json: (value: object) => string;
  #seq = -1;
  #place = 0;
  #isWhole = false;

  /** `follow` reads the run's records, and tells its events; `json` writes what may be shown. Throws AbyssalError RUN_UNKNOWN, JOURNAL_*. */
  constructor(
    runId: string,
    follow: (observe: (event: RunEvent, seq: number) => void) => FollowedRun,
    json: (value: object) => string = JSON.stringify,
  ) {
    this.#json = json;
    const past: (readonly [RunEvent, number])[] = [];
    let observe = (event: RunEvent, seq: number): void => void past.push([event, seq]);
    this.#followed = follow((event, seq) => observe(event, seq));
    const { plan, atMs, budget } = this.#followed.accepted;
    this.#add(0, { type: "plan", runId, atMs, plan, ...(budget ? { budget } : {}) });
    for (const [event, seq] of past) this.#event(event, seq);
    observe = (event, seq) => this.#event(event, seq);
    this.#end();
  }

  /** Whether the run has ended and every frame is there. */
  get isWhole(): boolean {
    return this.#isWhole;
  }

  /** Makes frames of what was recorded since. Throws AbyssalError JOURNAL_*. */
  catchUp(): void {
    if (this.#isWhole) return;
    this.#followed.catchUp();
    this.#end();
  }

  /** The first frame after the one with this id; 0 for an id that is none. */
  after(id: string | undefined): number {
    const match = /^(\d{1,9})\.(\d{1,9})$/.exec(id ?? "");
    if (!match) return 0;
    const seq = Number(match[1]);
    const place = Number(match[2]);
    const next = this.#ids.findIndex((one) => one.seq > seq || (one.seq === seq && one.place > place));
    return next < 0 ? this.frames.length : next;
  }

  #event(event: RunEvent, seq: number): void {
    if (event.type !== "agent.ended") {
      this.#add(seq, event);
      return;
    }
    const fact = this.#followed.facts[seq - 1];
    const isIts = fact?.type === "agent.completed" && fact.path === event.path;
    if (!isIts) {
      this.#add(seq, event);
      return;
    }
    const { output = "", confidence, usage } = fact.outcome;
    const shown = output.length > OUTPUT_CHARACTERS ? `${output.slice(0, OUTPUT_CHARACTERS)}…` : output;
    this.#add(seq, { ...event, result: { output: shown, confidence, usage } });
  }

  #end(): void {
    const { ended, facts, accepted, run, runId } = this.#followed;
    if (this.#isWhole || !ended) return;
    this.#isWhole = true;
    const { plan, answer, stopped, board, budgets } = run;
    const { status, atMs: endedAtMs } = ended;
    const startedAtMs = facts[0]?.atMs ?? accepted.atMs;
    const policyHash = accepted.policyHash ?? null;
    const result = toRunResult({
      runId,
      plan,
      status,
      answer,
      stopped,
      startedAtMs,
      endedAtMs,
      policyHash,
      board,
      budgets,
    });
    this.#add(facts.length + 1, { type: "result", atMs: endedAtMs, result });
  }

  #add(seq: number, data: object): void {
    this.#place = seq === this.#seq ? this.#place + 1 : 0;
    this.#seq = seq;
    this.#ids.push({ seq, place: this.#place });
    // JSON text has no line breaks of its own, so that one `data` line holds it.
    this.frames.push(`id: ${seq}.${this.#place}\ndata: ${this.#json(data)}\n\n`);
  }
}
