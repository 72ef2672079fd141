type Waiter<T, Tag> = { readonly tag: Tag; readonly resolve: (what: T) => void; readonly leave: () => void };

/**
 * Purpose: calls that wait for their turn, first come first served; each with a tag of its owner's.
 * Owns: who waits. Does not own: for what.
 * Invariants:
 * L1 each is woken once: by its turn, or by its signal, and is in the line until then.
 * L2 no listener is left on a signal once its call has been woken.
 */
export class WaitingLine<T, Tag = null> {
  readonly #waiters = new Set<Waiter<T, Tag>>();
  readonly #aborted: T;
  readonly #left: () => void;

  /** `aborted` is what a call is woken with when its signal aborts; `left` is told of it. */
  constructor(aborted: T, left: () => void = () => {}) {
    this.#aborted = aborted;
    this.#left = left;
  }

  get length(): number {
    return this.#waiters.size;
  }

  /** The tag of the one that has waited longest; undefined when nobody waits. */
  get first(): Tag | undefined {
    for (const { tag } of this.#waiters) return tag;
    return undefined;
  }

  join(signal: AbortSignal, tag: Tag): Promise<T> {
    if (signal.aborted) return Promise.resolve(this.#aborted);
    const { promise, resolve } = Promise.withResolvers<T>();
    const onAbort = (): void => {
      this.#waiters.delete(waiter);
      resolve(this.#aborted);
      this.#left();
    };
    const waiter = { tag, resolve, leave: () => signal.removeEventListener("abort", onAbort) };
    signal.addEventListener("abort", onAbort, { once: true });
    this.#waiters.add(waiter);
    return promise;
  }

  /** Wakes the one that has waited longest; false when nobody waits. */
  wakeFirst(what: T): boolean {
    for (const waiter of this.#waiters) {
      this.#waiters.delete(waiter);
      waiter.leave();
      waiter.resolve(what);
      return true;
    }
    return false;
  }

  /** Wakes everyone who waits now. */
  wakeAll(what: T): void {
    for (let left = this.#waiters.size; left > 0; left--) this.wakeFirst(what);
  }
}
