import type { Clock } from "../../shared/clock.ts";
import type { EventFeed } from "./event-feed.ts";

/** The part of a response that a reader needs. */
export interface EventSink {
  /** False: no more should be written until `drain`. */
  write(text: string): boolean;
  end(): void;
  destroy(): void;
}

/** Characters handed to a reader at once. */
const CHUNK_CHARACTERS = 64 * 1024;

/** How often somebody who is told nothing is told that, ms: whoever stands between would close the connection. */
const BEAT_MS = 15_000;

export type ReaderPorts = {
  readonly clock: Clock;
  /** How long a reader may take nothing before it is dropped, ms. */
  readonly stallMs: number;
  readonly closed: () => void;
};

/**
 * Purpose: hand one reader a feed's frames as fast as it takes them.
 * Owns: how far the reader is. Does not own: the frames (the feed's, shared), the connection.
 * Invariants:
 * Q1 a reader that takes nothing costs its place in the feed and one chunk, however much happens meanwhile.
 * Q2 a reader that takes nothing for `stallMs` is dropped; it can come again with the id it had last.
 */
export class EventReader {
  readonly #feed: EventFeed;
  readonly #sink: EventSink;
  readonly #ports: ReaderPorts;
  #next: number;
  #isFull = false;
  #disarm: () => void;
  #isClosed = false;

  constructor(feed: EventFeed, from: number, sink: EventSink, ports: ReaderPorts) {
    this.#feed = feed;
    this.#sink = sink;
    this.#ports = ports;
    this.#next = from;
    this.#disarm = this.#beatLater();
    this.pump();
  }

  /** Writes what there is, until the reader has enough. */
  pump(): void {
    while (!this.#isFull && !this.#isClosed && this.#next < this.#feed.frames.length) {
      let chunk = "";
      while (this.#next < this.#feed.frames.length && chunk.length < CHUNK_CHARACTERS)
        chunk += this.#feed.frames[this.#next++];
      this.#write(chunk);
    }
    if (this.#isFull || this.#isClosed || !this.#feed.isWhole) return;
    this.close();
    this.#sink.end();
  }

  /** The reader takes more. */
  drained(): void {
    if (!this.#isFull || this.#isClosed) return;
    this.#isFull = false;
    this.#disarm();
    this.#disarm = this.#beatLater();
    this.pump();
  }

  /** Tells the reader that the server goes; it comes again when there is one. */
  dismiss(): void {
    if (this.#isClosed) return;
    if (!this.#isFull) this.#sink.write("event: dismissed\ndata: {}\n\n");
    this.close();
    this.#sink.end();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#disarm();
    this.#ports.closed();
  }

  #write(text: string): void {
    this.#disarm();
    this.#isFull = !this.#sink.write(text);
    this.#disarm = this.#isFull ? this.#dropLater() : this.#beatLater();
  }

  #beatLater(): () => void {
    const { clock } = this.#ports;
    return clock.at(clock.nowMs() + BEAT_MS, () => this.#write(": nothing new\n\n"));
  }

  #dropLater(): () => void {
    const { clock, stallMs } = this.#ports;
    return clock.at(clock.nowMs() + stallMs, () => {
      this.close();
      this.#sink.destroy();
    });
  }
}
