import type { Clock } from "../../shared/clock.ts";
import type { Log } from "../log.ts";
import type { Service } from "../service.ts";
import { EventFeed } from "./event-feed.ts";
import { EventReader, type EventSink } from "./event-reader.ts";
import { Refusal } from "./problem.ts";

/** How often the records are looked at for those who read them, ms. */
const LOOK_EVERY_MS = 50;

/** Who may read at the same time, and of how many runs. */
const READERS_MAX = 512;
const FEEDS_MAX = 128;

/** Looks that fail one after another before a run's readers are let go. */
const FAILURES_MAX = 20;

type Open = { readonly feed: EventFeed; readonly readers: Set<EventReader>; failures: number };

/**
 * Purpose: let many read what happens in runs, wherever those are driven.
 * Owns: a feed for each run that is read, and who reads it. Does not own: the records.
 * Invariants:
 * U1 a run that nobody reads has no feed, and costs nothing.
 * U2 readers beyond a limit are refused; none is ever kept waiting for a place.
 */
export class EventFeeds {
  readonly #service: Service;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #stallMs: () => number;
  readonly #open = new Map<string, Open>();
  #readers = 0;
  #disarm: (() => void) | null = null;

  constructor(service: Service, stallMs: () => number, clock: Clock, log: Log) {
    this.#service = service;
    this.#stallMs = stallMs;
    this.#clock = clock;
    this.#log = log;
  }

  get readers(): number {
    return this.#readers;
  }

  /** Reads a run from after the event `lastId`. Throws Refusal READERS_FULL, AbyssalError RUN_UNKNOWN, JOURNAL_*. */
  read(runId: string, lastId: string | undefined, sink: EventSink): EventReader {
    if (this.#readers >= READERS_MAX || (this.#open.size >= FEEDS_MAX && !this.#open.has(runId)))
      throw new Refusal(429, "READERS_FULL", "so many read events already that no more are let in", {
        retryAfterS: 5,
      });
    const open = this.#open.get(runId) ?? this.#start(runId);
    this.#readers++;
    const reader: EventReader = new EventReader(open.feed, open.feed.after(lastId), sink, {
      clock: this.#clock,
      stallMs: this.#stallMs(),
      // A feed that is whole closes its reader before there is one.
      closed: () => this.#left(runId, open, () => reader),
    });
    if (!open.feed.isWhole || open.feed.frames.length > 0) open.readers.add(reader);
    this.#arm();
    return reader;
  }

  /** Lets everybody go. */
  close(): void {
    for (const { readers } of [...this.#open.values()]) for (const reader of [...readers]) reader.dismiss();
  }

  #start(runId: string): Open {
    const { observatory } = this.#service.abyssal;
    const feed = new EventFeed(
      runId,
      (observe) => {
        const followed = this.#service.engine.follow(runId, observe);
        observatory.learn(followed.accepted.plan);
        return followed;
      },
      (value) => observatory.secrets.json(value),
    );
    const open: Open = { feed, readers: new Set(), failures: 0 };
    this.#open.set(runId, open);
    return open;
  }

  #left(runId: string, open: Open, reader: () => EventReader): void {
    this.#readers--;
    this.#clock.nextTurn(() => {
      open.readers.delete(reader());
      if (open.readers.size > 0 || this.#open.get(runId) !== open) return;
      this.#open.delete(runId);
      if (this.#open.size > 0) return;
      this.#disarm?.();
      this.#disarm = null;
    });
  }

  #arm(): void {
    this.#disarm ??= this.#clock.at(this.#clock.nowMs() + LOOK_EVERY_MS, () => {
      this.#disarm = null;
      for (const [runId, open] of [...this.#open]) this.#look(runId, open);
      if (this.#open.size > 0) this.#arm();
    });
  }

  #look(runId: string, open: Open): void {
    try {
      open.feed.catchUp();
      open.failures = 0;
    } catch (error) {
      if (++open.failures < FAILURES_MAX) return;
      this.#log.error({ event: "feed.lost", runId, err: error }, "events of a run cannot be read");
      for (const reader of [...open.readers]) reader.dismiss();
      return;
    }
    for (const reader of [...open.readers]) reader.pump();
  }
}
