import { Bulkhead } from "../../shared/bulkhead.ts";
import { Fifo } from "../../shared/fifo.ts";

/**
 * Purpose: have a provider asked no more often at once than it was said to bear. Who waits has everything ready but the sending.
 * Owns: the places, and whose answers wait to be read. Does not own: the calls, who may ask at all (the run's slots, guards, budgets).
 * Invariants:
 * D1 at most `callsAtOnce` calls are under way: from the sending until the last byte of the answer, an error or an abort.
 * D2 a place that is left is taken by the call that has waited longest, before the answer that left it is read.
 * D3 answers are read one in a turn of the event loop, in the order in which they came: between two of them others may come, and leave their places.
 */
export class ProviderDoor {
  readonly #places: Bulkhead;
  readonly #unread = new Fifo<() => void>();

  constructor(callsAtOnce: number) {
    this.#places = new Bulkhead({ atOnce: callsAtOnce, queue: Number.POSITIVE_INFINITY });
  }

  /** Resolves when the call holds a place, and must leave it. Rejects with the signal's reason when it was aborted while it waited. */
  async enter(signal: AbortSignal): Promise<void> {
    if ((await this.#places.enter(signal)) === "aborted") throw signal.reason;
  }

  leave(): void {
    this.#places.leave();
  }

  /** Resolves when an answer that has come may be read. */
  reading(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#unread.push(resolve);
    if (this.#unread.size === 1) setImmediate(this.#readNext);
    return promise;
  }

  readonly #readNext = (): void => {
    this.#unread.shift()?.();
    if (this.#unread.size > 0) setImmediate(this.#readNext);
  };
}
