import type { Clock } from "../../shared/clock.ts";

/**
 * While `BURST_ARRIVALS` or more come in `BURST_MS`, one run is begun every `SPACED_MS` only: running one takes several times what a
 * promise takes, and whoever waits for the promise comes first. A queue that is half full ends that: then runs must be done, too.
 */
const BURST_MS = 100;
const BURST_ARRIVALS = 25;
const SPACED_MS = 250;

/**
 * How long runs are begun in one turn of the event loop, ms. They wait together until nothing is being written, and their first
 * records are one commit: one a turn takes 1.5 to 2 times as long, and as much more processor time (ADR 23).
 */
const TURN_MS = 4;

/** When a queue that holds back looks again, ms. */
const LOOK_MS = 10;

export type RunQueuePorts = {
  readonly clock: Clock;
  /** Runs that may wait. */
  readonly max: () => number;
  /** Whether there is room for one more at work. */
  readonly hasRoom: () => boolean;
  /** Resolves when beginning a run keeps no promise waiting. */
  readonly calm: () => Promise<void>;
  readonly begin: (runId: string) => void;
};

/**
 * Purpose: let runs that were promised begin in their order, as there is room, and as they do not stand in the way of promises.
 * Owns: who waits. Does not own: who is at work, how many may wait.
 * Invariants:
 * D6 runs are begun in the order in which they came, in a turn of the event loop as many as take `TURN_MS`, in a burst one.
 * D4 after `close` nothing begins.
 */
export class RunQueue {
  readonly #ports: RunQueuePorts;
  readonly #waiting = new Set<string>();
  /** Arrivals in this stretch of `BURST_MS`, and in the one before it. */
  #stretch = 0;
  #arrivals = 0;
  #arrivalsBefore = 0;
  #begunAtMs = 0;
  #disarm: (() => void) | null = null;
  #isClosed = false;

  constructor(ports: RunQueuePorts) {
    this.#ports = ports;
  }

  get size(): number {
    return this.#waiting.size;
  }

  has(runId: string): boolean {
    return this.#waiting.has(runId);
  }

  add(runId: string): void {
    this.#waiting.add(runId);
  }

  delete(runId: string): void {
    this.#waiting.delete(runId);
  }

  /** Somebody asks for a promise now. */
  arriving(): void {
    this.#turnTo(this.#ports.clock.nowMs());
    this.#arrivals++;
  }

  /** Looks whether one may begin; to be called whenever one was added, or there is room again. */
  pump(): void {
    const { clock, hasRoom } = this.#ports;
    if (this.#isClosed || this.#disarm || this.#waiting.size === 0 || !hasRoom()) return;
    const nowMs = clock.nowMs();
    this.#turnTo(nowMs);
    const isDue = !this.#isBurst || nowMs - this.#begunAtMs >= SPACED_MS;
    this.#disarm = isDue
      ? clock.nextTurn(() => void this.#beginSome())
      : clock.at(nowMs + LOOK_MS, () => {
          this.#disarm = null;
          this.pump();
        });
  }

  close(): void {
    this.#isClosed = true;
    this.#disarm?.();
    this.#disarm = null;
  }

  #turnTo(nowMs: number): void {
    const stretch = Math.floor(nowMs / BURST_MS);
    if (stretch === this.#stretch) return;
    this.#arrivalsBefore = stretch === this.#stretch + 1 ? this.#arrivals : 0;
    this.#arrivals = 0;
    this.#stretch = stretch;
  }

  get #isBurst(): boolean {
    const arrivals = Math.max(this.#arrivals, this.#arrivalsBefore);
    return arrivals >= BURST_ARRIVALS && this.#waiting.size * 2 < this.#ports.max();
  }

  async #beginSome(): Promise<void> {
    const { calm, clock, hasRoom, begin } = this.#ports;
    await calm();
    this.#disarm = null;
    if (this.#isClosed) return;
    const fromMs = clock.nowMs();
    this.#begunAtMs = fromMs;
    // One that comes back, because the journal was locked, waits for another turn.
    for (let left = this.#waiting.size; left > 0 && hasRoom(); left--) {
      const [runId] = this.#waiting;
      this.#waiting.delete(runId!);
      begin(runId!);
      if (this.#isBurst || clock.nowMs() - fromMs >= TURN_MS) break;
    }
    this.pump();
  }
}
