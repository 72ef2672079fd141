import type { CallAccess, Fact, Reservation } from "../actors/ports.ts";
import type { Charge, Failure } from "../plan/outcome.ts";

/** What an attempt says of its calls, without the time at which it is recorded. */
export type SaidOfCall = Untimed<Extract<Fact, { readonly type: "call.requested" | "call.settled" }>>;
type Untimed<F> = F extends unknown ? Omit<F, "atMs"> : never;

type Attempt = { readonly path: string; readonly attempt: number; readonly isBudgeted?: true };

/**
 * Purpose: the run's account of calls in the hands of one attempt.
 * Owns: the numbers of its calls, and who waits to make one. Does not own: whether there is room (the run's).
 * Invariants:
 * C1 a call that was asked for is answered once: it may be made, it never may, or the attempt is over before. Where no budget governs
 *    the attempt it may be made at once.
 * C2 a call is settled at most once; once the attempt is over or told to stop, nothing of it reaches the run.
 */
export class AttemptCalls implements CallAccess {
  readonly #say: (said: SaidOfCall) => void;
  readonly #attempt: Pick<Attempt, "path" | "attempt">;
  readonly #isBudgeted: boolean;
  readonly #signal: AbortSignal;
  readonly #waiting = new Map<number, PromiseWithResolvers<Failure | null>>();
  #calls = 0;
  #isClosed = false;

  constructor(say: (said: SaidOfCall) => void, { path, attempt, isBudgeted }: Attempt, signal: AbortSignal) {
    this.#say = say;
    this.#attempt = { path, attempt };
    this.#isBudgeted = isBudgeted === true;
    this.#signal = signal;
    // Where nobody waits there is nobody to be told.
    if (this.#isBudgeted) signal.addEventListener("abort", () => this.close(signal.reason), { once: true });
  }

  reserve(bound: Charge): Promise<Reservation | Failure> {
    const reserved = this.#reserve(bound);
    // Work that does not wait for it must not end the process by an error that nobody hears.
    reserved.catch(() => {});
    return reserved;
  }

  async #reserve(bound: Charge): Promise<Reservation | Failure> {
    this.#signal.throwIfAborted();
    if (this.#isClosed) throw new Error(`${this.#attempt.path}: this attempt is over`);
    const call = ++this.#calls;
    const answer = this.#isBudgeted ? this.#awaited(call) : null;
    this.#say({ type: "call.requested", ...this.#attempt, call, bound });
    const refusal = await answer;
    // It may have been stopped between the answer and now.
    this.#signal.throwIfAborted();
    if (refusal) return refusal;
    let isSettled = false;
    return {
      settle: (took) => {
        if (isSettled || this.#isClosed || this.#signal.aborted) return;
        isSettled = true;
        this.#say({ type: "call.settled", ...this.#attempt, call, took });
      },
    };
  }

  #awaited(call: number): Promise<Failure | null> {
    const answer = Promise.withResolvers<Failure | null>();
    this.#waiting.set(call, answer);
    return answer.promise;
  }

  answer(call: number, refusal: Failure | null): void {
    this.#waiting.get(call)?.resolve(refusal);
    this.#waiting.delete(call);
  }

  /** The attempt is over. */
  close(reason: unknown): void {
    this.#isClosed = true;
    for (const { reject } of this.#waiting.values()) reject(reason);
    this.#waiting.clear();
  }
}
