import type { Failure } from "../../plan/outcome.ts";
import type { Clock } from "../../shared/clock.ts";
import { WaitingLine } from "../../shared/waiting-line.ts";
import type { PaceSettings } from "./rules.ts";

const MINUTE_MS = 60_000;
/** How much the newest call counts in the tokens that the next one is expected to take. */
const NEWEST_SHARE = 0.2;
/** The clock counts whole milliseconds: a call that has waited and begins up to so much late has not lost that time. */
const RESOLUTION_MS = 1;

/** A call may begin; `expected` tokens were set aside for it, and are settled when it has ended. */
export type Start = { readonly kind: "go"; readonly expected: number };

export type Turn =
  | Start
  | { readonly kind: "refused"; readonly failure: Failure }
  | { readonly kind: "aborted" };

/**
 * Purpose: keep calls to a resource within requests and tokens a minute, evenly spaced (GCRA: a bucket that keeps one
 * number, the time at which it will be empty).
 * Owns: these times, the calls that wait, one timer. Does not own: the calls.
 * Invariants (the clock's resolution aside):
 * R1 in any span of t ms at most `burst` + t x `requestsPerMinute` / 60,000 calls begin.
 * R2 no call begins before the rate has given the tokens that earlier calls have taken, or are expected to take.
 * R3 calls begin in the order in which they came.
 * R4 a call waits at most `maxWaitMs`; one that would have to wait longer is refused at once.
 * R5 after `block(untilMs)` none begins before `untilMs`.
 * R6 a timer is set exactly while a call waits.
 */
export class Pace {
  readonly #resource: string;
  readonly #settings: PaceSettings;
  readonly #clock: Clock;
  readonly #requestMs: number;
  readonly #tokenMs: number;
  /** Tagged with the time at which a call has waited long enough. */
  readonly #line: WaitingLine<Turn, number>;
  /** When what was taken so far has been given by the rates. */
  #requestsEvenMs = 0;
  #tokensEvenMs = 0;
  #blockedUntilMs = 0;
  /** Tokens that a call takes, by those before it; null before the first has ended. */
  #usual: number | null = null;
  #disarm: (() => void) | null = null;

  constructor(resource: string, settings: PaceSettings, clock: Clock) {
    this.#resource = resource;
    this.#settings = settings;
    this.#clock = clock;
    const { requestsPerMinute, tokensPerMinute } = settings;
    this.#requestMs = requestsPerMinute === null ? 0 : MINUTE_MS / requestsPerMinute;
    this.#tokenMs = tokensPerMinute === null ? 0 : MINUTE_MS / tokensPerMinute;
    this.#line = new WaitingLine<Turn, number>({ kind: "aborted" }, () => this.#arm());
  }

  get waiting(): number {
    return this.#line.length;
  }

  /** Whether nothing would be lost if it were forgotten. */
  get isIdle(): boolean {
    const nowMs = this.#clock.nowMs();
    return this.#line.length === 0 && this.#beginsAt(0, nowMs) <= nowMs && this.#requestsEvenMs <= nowMs;
  }

  enter(signal: AbortSignal): Turn | Promise<Turn> {
    const nowMs = this.#clock.nowMs();
    const waitMs = this.#beginsAt(this.#line.length, nowMs) - nowMs;
    if (waitMs <= 0 && this.#line.length === 0) return this.#start(nowMs);
    const { maxWaitMs } = this.#settings;
    if (waitMs > maxWaitMs) return this.#refused(waitMs);
    const turn = this.#line.join(signal, nowMs + maxWaitMs);
    if (!this.#disarm) this.#arm();
    return turn;
  }

  /** A call has ended with so many tokens; null when it was never made. */
  settle({ expected }: Start, tokens: number | null): void {
    if (this.#tokenMs === 0) return;
    this.#tokensEvenMs += ((tokens ?? 0) - expected) * this.#tokenMs;
    if (tokens !== null)
      this.#usual = this.#usual === null ? tokens : this.#usual + NEWEST_SHARE * (tokens - this.#usual);
    this.#arm();
  }

  /** The resource has asked to be left alone until then. */
  block(untilMs: number): void {
    this.#blockedUntilMs = Math.max(this.#blockedUntilMs, untilMs);
    this.#arm();
  }

  /** `dueMs`: when it could have begun, had the clock been finer. */
  #start(dueMs: number): Start {
    const expected = this.#tokenMs === 0 ? 0 : (this.#usual ?? 0);
    this.#requestsEvenMs = Math.max(this.#requestsEvenMs, dueMs) + this.#requestMs;
    this.#tokensEvenMs = Math.max(this.#tokensEvenMs, dueMs) + expected * this.#tokenMs;
    return { kind: "go", expected };
  }

  /** When a call may begin that has so many before it. */
  #beginsAt(before: number, nowMs: number): number {
    const freeMs = Math.max(nowMs, this.#blockedUntilMs);
    const spacingMs = (before - (this.#settings.burst - 1)) * this.#requestMs;
    const byRequests = Math.max(this.#requestsEvenMs, freeMs) + spacingMs;
    const byTokens = Math.max(this.#tokensEvenMs, freeMs) + before * (this.#usual ?? 0) * this.#tokenMs;
    return Math.ceil(Math.max(freeMs, byRequests, byTokens));
  }

  /** Lets begin whoever may, sends away whoever has waited long enough, sets the timer for the next. */
  #arm(): void {
    this.#disarm?.();
    this.#disarm = null;
    for (let lateMs = this.#line.first; lateMs !== undefined; lateMs = this.#line.first) {
      const nowMs = this.#clock.nowMs();
      const beginsMs = this.#beginsAt(0, nowMs);
      if (beginsMs > nowMs && lateMs > nowMs) {
        this.#disarm = this.#clock.at(Math.min(beginsMs, lateMs), () => this.#arm());
        return;
      }
      const turn = beginsMs <= nowMs ? this.#start(nowMs - RESOLUTION_MS) : this.#refused(beginsMs - nowMs);
      this.#line.wakeFirst(turn);
    }
  }

  #refused(waitMs: number): Turn {
    return {
      kind: "refused",
      failure: {
        code: "PACE_EXCEEDED",
        message: `${this.#resource} may not be called for another ${waitMs} ms`,
        retryable: true,
        hint: `a call waits at most ${this.#settings.maxWaitMs} ms: let fewer agents work at once, or raise its pace`,
        detail: { resource: this.#resource, retryAfterMs: waitMs },
      },
    };
  }
}
