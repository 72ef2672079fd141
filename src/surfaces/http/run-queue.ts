import type { Clock } from "../../shared/clock.ts";

/**
 * While `BURST_ARRIVALS` or more come in `BURST_MS`, one run is begun every `SPACED_MS` only: running one takes several times what a
 * promise takes, and whoever waits for the promise comes first. A queue that is half full ends that: then runs must be done, too.
 */
const BURST_MS = 100;
const BURST_ARRIVALS = 25;
const SPACED_MS = 250;

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
 * D6 one run is begun a turn of the event loop, the one that has waited longest.
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
    const { clock, max, hasRoom } = this.#ports;
    if (this.#isClosed || this.#disarm || this.#waiting.size === 0 || !hasRoom()) return;
    const nowMs = clock.nowMs();
    this.#turnTo(nowMs);
    const isBurst =
      Math.max(this.#arrivals, this.#arrivalsBefore) >= BURST_ARRIVALS && this.#waiting.size * 2 < max();
    const isDue = !isBurst || nowMs - this.#begunAtMs >= SPACED_MS;
    this.#disarm = isDue
      ? clock.nextTurn(() => void this.#beginOne())
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

  async #beginOne(): Promise<void> {
    await this.#ports.calm();
    this.#disarm = null;
    if (this.#isClosed) return;
    this.#begunAtMs = this.#ports.clock.nowMs();
    const [runId] = this.#waiting;
    if (runId === undefined) return;
    this.#waiting.delete(runId);
    this.#ports.begin(runId);
    this.pump();
  }
}
