import type { Clock } from "../../shared/clock.ts";
import { AbyssalError } from "../../shared/diagnostic.ts";
import type { Log } from "../log.ts";
import type { Service } from "../service.ts";
import type { EventSink } from "./event-reader.ts";
import { Refusal } from "./problem.ts";
import type { RunDesk } from "./run-desk.ts";

/** How often lists are looked at for those who watch them, ms. */
const LOOK_EVERY_MS = 500;

/** How often somebody who is told nothing is told that, ms: whoever stands between would close the connection. */
const BEAT_MS = 15_000;

/** Who may watch at the same time, and runs of a list. */
const READERS_MAX = 256;
const RUNS_MAX = 50;

export type HistoryPorts = {
  /** How long a reader may take nothing before it is dropped, ms. */
  readonly stallMs: () => number;
  readonly clock: Clock;
  readonly log: Log;
};

/** Somebody who watches; of each run the line that they were told last. */
type Reader = {
  readonly tenant: string;
  readonly sink: EventSink;
  told: ReadonlyMap<string, string>;
  frames: number;
  isFull: boolean;
  writtenAtMs: number;
};

/** A list as it stands: each run as JSON text, the newest first. */
type Lines = { readonly next: string | null; readonly lines: ReadonlyMap<string, string> };

/** One who watches, for its connection. */
export type Watching = { drained(): void; close(): void };

/**
 * Purpose: tell those who watch the list of a tenant's runs what changes in it, whichever process drives these.
 * Owns: who watches. Does not own: the runs.
 * Invariants:
 * N1 a reader is told of a run when its line is another one than it was told before, and of nothing else.
 * N2 a list is read once for all who watch it, and not at all while nobody does.
 * N3 a reader that takes nothing costs one frame, however much happens meanwhile, and is dropped after `stallMs`; whoever comes again is
 *    told everything.
 */
export class HistoryFeed {
  readonly #service: Pick<Service, "abyssal">;
  readonly #desk: Pick<RunDesk, "list">;
  readonly #ports: HistoryPorts;
  readonly #readers = new Set<Reader>();
  #disarm: (() => void) | null = null;

  constructor(service: Pick<Service, "abyssal">, desk: Pick<RunDesk, "list">, ports: HistoryPorts) {
    this.#service = service;
    this.#desk = desk;
    this.#ports = ports;
  }

  /** Watches from now on; the newest runs are told at once. Throws Refusal READERS_FULL, AbyssalError JOURNAL_*. */
  watch(tenant: string, sink: EventSink): Watching {
    if (this.#readers.size >= READERS_MAX)
      throw new Refusal(429, "READERS_FULL", "so many watch already that no more are let in", {
        retryAfterS: 5,
      });
    const lines = this.#linesOf(tenant);
    const writtenAtMs = this.#ports.clock.nowMs();
    const reader: Reader = { tenant, sink, told: new Map(), frames: 0, isFull: false, writtenAtMs };
    this.#readers.add(reader);
    this.#tell(reader, lines);
    this.#arm();
    return {
      drained: () => {
        reader.isFull = false;
      },
      close: () => this.#leave(reader),
    };
  }

  /** Lets everybody go; they come again when there is a server. */
  close(): void {
    for (const reader of [...this.#readers]) {
      if (!reader.isFull) reader.sink.write("event: dismissed\ndata: {}\n\n");
      this.#leave(reader);
      reader.sink.end();
    }
  }

  #arm(): void {
    const { clock } = this.#ports;
    this.#disarm ??= clock.at(clock.nowMs() + LOOK_EVERY_MS, () => {
      this.#disarm = null;
      this.#look();
      if (this.#readers.size > 0) this.#arm();
    });
  }

  #look(): void {
    const { log } = this.#ports;
    for (const [tenant, readers] of Map.groupBy(this.#readers, (reader) => reader.tenant)) {
      const takers = readers.filter((reader) => !this.#dropStalled(reader));
      if (takers.length === 0) continue;
      try {
        const lines = this.#linesOf(tenant);
        for (const reader of takers) this.#tell(reader, lines);
      } catch (error) {
        // A busy disk passes; what was told stays true until then.
        if (!(error instanceof AbyssalError)) throw error;
        log.warn({ event: "history.unread", err: error }, "the list of runs cannot be read");
      }
    }
  }

  /** Whether a reader takes nothing now; drops it when that has lasted too long. */
  #dropStalled(reader: Reader): boolean {
    const { clock, stallMs } = this.#ports;
    if (!reader.isFull) return false;
    if (clock.nowMs() - reader.writtenAtMs >= stallMs()) {
      this.#leave(reader);
      reader.sink.destroy();
    }
    return true;
  }

  #linesOf(tenant: string): Lines {
    const { secrets } = this.#service.abyssal.observatory;
    const { runs, next } = this.#desk.list(tenant, { limit: RUNS_MAX });
    return { next, lines: new Map(runs.map((run) => [run.runId, secrets.json(run)])) };
  }

  #tell(reader: Reader, { next, lines }: Lines): void {
    const changed = [...lines].filter(([runId, line]) => reader.told.get(runId) !== line);
    const nowMs = this.#ports.clock.nowMs();
    const isQuiet = changed.length === 0 && reader.frames > 0;
    if (isQuiet && nowMs - reader.writtenAtMs < BEAT_MS) return;
    reader.told = lines;
    reader.writtenAtMs = nowMs;
    if (isQuiet) {
      reader.isFull = !reader.sink.write(": nothing new\n\n");
      return;
    }
    const runs = changed.map(([, line]) => line).join(",");
    const data = `{"type":"runs","runs":[${runs}],"next":${JSON.stringify(next)}}`;
    reader.isFull = !reader.sink.write(`id: ${++reader.frames}\ndata: ${data}\n\n`);
  }

  #leave(reader: Reader): void {
    this.#readers.delete(reader);
    if (this.#readers.size > 0) return;
    this.#disarm?.();
    this.#disarm = null;
  }
}
