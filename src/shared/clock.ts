/** The one door to time: `nowMs` is milliseconds since the Unix epoch. */
export interface Clock {
  nowMs(): number;
  /** Ms since some moment, by a clock that nobody sets; absent: nothing but `nowMs` is known. */
  elapsedMs?(): number;
  /** Calls `wake` once at or after `atMs`; the returned function cancels it. */
  at(atMs: number, wake: () => void): () => void;
  /** Calls `work` once after what is under way now, when the event loop has had its turn; the function cancels it. */
  nextTurn(work: () => void): () => void;
}

const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

/** The machine's own clock. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  elapsedMs: () => performance.now(),
  at(atMs, wake) {
    let handle: NodeJS.Timeout;
    const arm = (): void => {
      const leftMs = atMs - Date.now();
      handle = setTimeout(
        leftMs > LONGEST_TIMEOUT_MS ? arm : wake,
        Math.min(Math.max(leftMs, 0), LONGEST_TIMEOUT_MS),
      );
    };
    arm();
    return () => clearTimeout(handle);
  },
  nextTurn(work) {
    const handle = setImmediate(work);
    return () => clearImmediate(handle);
  },
};
