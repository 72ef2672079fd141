import type { Failure, Outcome } from "../../plan/outcome.ts";
import type { Place } from "../../shared/bulkhead.ts";
import type { Clock } from "../../shared/clock.ts";
import { LIMITS } from "../../shared/limits.ts";
import type { Admission, Pass } from "./circuit.ts";
import type { Guard } from "./guard.ts";
import type { Start, Turn } from "./pace.ts";
import { retryAfterMs, type Verdict, verdictOf, verdictOfAbort } from "./verdict.ts";

/** What a call holds of one resource. */
type Hold = { readonly guard: Guard; start: Start | null; pass: Pass | null };

type Refusal = Failure | null;

/**
 * Purpose: one call on its way through the guards of its resources, and back.
 * Owns: what it holds of each. Does not own: the work.
 * Invariants:
 * C1 whatever it holds is given back once: places in the order in which they were taken, so that no two calls ever wait for
 *    each other.
 * C2 an aborted call is judged at once, and its places are others' when it returns, at the latest after `drainMs`: one that
 *    ignores its signal must not keep them for ever.
 */
export class GuardedCall {
  readonly #signal: AbortSignal;
  readonly #clock: Clock;
  readonly #holds: Hold[];
  /** How many of the holds have a place. */
  #places = 0;
  #isJudged = false;
  #disarm: (() => void) | null = null;

  /** `guards`: of different resources, in one order for all calls. */
  constructor(guards: readonly Guard[], signal: AbortSignal, clock: Clock) {
    this.#signal = signal;
    this.#clock = clock;
    this.#holds = guards.map((guard) => ({ guard, start: null, pass: null }));
  }

  /**
   * Takes a place, a turn and a pass of every resource: at once where nothing stands against it, else it waits. Gives why
   * the call may not be made, else null.
   */
  enter(): Refusal | Promise<Refusal> {
    for (let step = 0; step < this.#steps; step++) {
      const taken = this.#take(step);
      if (taken instanceof Promise) return this.#enterAfter(taken, step + 1);
      if (taken) return taken;
    }
    return null;
  }

  get #steps(): number {
    return 3 * this.#holds.length;
  }

  /** The call is made now; false when it was aborted meanwhile, and may not be made. */
  begin(): boolean {
    if (this.#signal.aborted) return false;
    for (const { guard } of this.#holds) {
      guard.counts.atWork++;
      guard.counts.calls++;
    }
    if (this.#holds.some(({ guard }) => guard.isWatchful))
      this.#signal.addEventListener("abort", this.#onAbort, { once: true });
    return true;
  }

  /** The call is not made. */
  abandon(): void {
    this.#judge("none", null);
    this.#settle(null);
    this.#leavePlaces();
  }

  /** The call has returned; null: it threw. */
  end(outcome: Outcome | null): void {
    this.#signal.removeEventListener("abort", this.#onAbort);
    for (const { guard } of this.#holds) guard.counts.atWork--;
    if (this.#signal.aborted) this.#judge(verdictOfAbort(this.#signal), TIMED_OUT);
    else if (outcome) this.#judge(verdictOf(outcome), outcome.kind === "failed" ? outcome.failure : null);
    else this.#judge("bad", CRASHED);
    const usage = outcome?.usage;
    this.#settle((usage?.inputTokens ?? 0) + (usage?.outputTokens ?? 0));
    const blockMs = outcome && retryAfterMs(outcome);
    if (blockMs) for (const { guard } of this.#holds) guard.block(blockMs);
    this.#leavePlaces();
  }

  readonly #onAbort = (): void => {
    this.#judge(verdictOfAbort(this.#signal), TIMED_OUT);
    if (this.#places > 0)
      this.#disarm = this.#clock.at(this.#clock.nowMs() + LIMITS.drainMs, () => this.#leavePlaces());
  };

  async #enterAfter(waited: Promise<Refusal>, next: number): Promise<Refusal> {
    let refusal = await waited;
    for (let step = next; !refusal && step < this.#steps; step++) refusal = await this.#take(step);
    return refusal;
  }

  /** Places of all resources first, passes last: nobody shall try a resource and then wait for another. */
  #take(step: number): Refusal | Promise<Refusal> {
    const count = this.#holds.length;
    const hold = this.#holds[step % count]!;
    if (step < count) return this.#takePlace(hold);
    return step < 2 * count ? this.#takeTurn(hold) : this.#takePass(hold);
  }

  #takePlace({ guard }: Hold): Refusal | Promise<Refusal> {
    const placed = (place: Place): Refusal => {
      if (place === "aborted") return ABORTED;
      guard.noteFull(place === "full");
      if (place === "full") {
        guard.counts.refused.bulkhead++;
        return full(guard);
      }
      this.#places++;
      return null;
    };
    const place = guard.bulkhead ? guard.bulkhead.enter(this.#signal) : "in";
    return place instanceof Promise ? place.then(placed) : placed(place);
  }

  #takeTurn(hold: Hold): Refusal | Promise<Refusal> {
    const { counts, pace } = hold.guard;
    if (!pace) return null;
    const turned = (turn: Turn): Refusal => {
      if (turn.kind === "aborted") return ABORTED;
      if (turn.kind === "refused") {
        counts.refused.pace++;
        return turn.failure;
      }
      hold.start = turn;
      return null;
    };
    const turn = pace.enter(this.#signal);
    return turn instanceof Promise ? turn.then(turned) : turned(turn);
  }

  #takePass(hold: Hold): Refusal | Promise<Refusal> {
    const { counts, circuit } = hold.guard;
    if (!circuit) return null;
    const admitted = (admission: Admission): Refusal => {
      if (admission.kind === "aborted") return ABORTED;
      if (admission.kind === "refused") {
        counts.refused.breaker++;
        return admission.failure;
      }
      hold.pass = admission;
      return null;
    };
    const admission = circuit.enter(this.#signal);
    return admission instanceof Promise ? admission.then(admitted) : admitted(admission);
  }

  #judge(verdict: Verdict, failure: Failure | null): void {
    if (this.#isJudged) return;
    this.#isJudged = true;
    for (const { pass, guard } of this.#holds) {
      if (verdict === "bad") guard.counts.failed++;
      if (pass) guard.circuit!.leave(pass, verdict, failure);
    }
  }

  #settle(tokens: number | null): void {
    for (const hold of this.#holds) {
      const { start, guard } = hold;
      hold.start = null;
      if (start) guard.pace!.settle(start, tokens);
    }
  }

  #leavePlaces(): void {
    this.#disarm?.();
    this.#disarm = null;
    const places = this.#places;
    this.#places = 0;
    for (const { guard } of this.#holds.slice(0, places)) guard.bulkhead?.leave();
  }
}

/** Of a call that was aborted before it was made. */
export const ABORTED: Failure = {
  code: "CANCELLED",
  message: "cancelled while it waited for its resource",
  retryable: false,
};
const TIMED_OUT: Failure = {
  code: "TIMEOUT",
  message: "the attempt took longer than its timeout",
  retryable: true,
};
const CRASHED: Failure = { code: "PERFORMER_CRASHED", message: "the performer threw", retryable: true };

function full({ resource, settings }: Guard): Failure {
  const { atOnce, queue } = settings.bulkhead!;
  return {
    code: "BULKHEAD_FULL",
    message: `${resource} has ${atOnce} calls at work and ${queue} that wait`,
    retryable: true,
    hint: "let fewer agents work at once, or raise `at_once` or `queue` of its bulkhead",
    detail: { resource, atOnce, queue },
  };
}
