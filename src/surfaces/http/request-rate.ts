import { SteadyClock } from "../../engine/steady-clock.ts";
import type { Clock } from "../../shared/clock.ts";
import type { Identity } from "./identity.ts";
import { Refusal } from "./problem.ts";

const WINDOW_MS = 60_000;
/** Callers whose requests are counted; who came first is forgotten first. */
const CALLERS_MAX = 5_000;

type Window = { asked: number; endsAtMs: number };

/**
 * Purpose: hold each caller to so many requests a minute.
 * Owns: how often each has asked. Does not own: who is who, the limit.
 * Invariants:
 * M1 of one caller no more than the limit are let in within a minute from the first of them; what others ask is not counted.
 * M2 no more than `CALLERS_MAX` callers are remembered.
 */
export class RequestRate {
  readonly #perMinute: () => number;
  /** Setting the machine's clock back keeps nobody waiting. */
  readonly #clock: SteadyClock;
  readonly #windows = new Map<string, Window>();
  /** The same, found without making a name: a token that is known gives the same identity again. */
  readonly #known = new WeakMap<Identity, Window>();

  constructor(perMinute: () => number, clock: Clock) {
    this.#perMinute = perMinute;
    this.#clock = new SteadyClock(clock);
  }

  /** Counts one more request. Throws Refusal RATE_LIMITED. */
  count(caller: Identity): void {
    const nowMs = this.#clock.nowMs();
    const window = this.#known.get(caller) ?? this.#open(caller);
    if (window.endsAtMs <= nowMs) {
      window.asked = 0;
      window.endsAtMs = nowMs + WINDOW_MS;
    }
    if (++window.asked <= this.#perMinute()) return;
    throw new Refusal(429, "RATE_LIMITED", "too many requests in this minute", {
      retryAfterS: Math.ceil((window.endsAtMs - nowMs) / 1_000),
    });
  }

  #open(caller: Identity): Window {
    const name = `${caller.tenant} ${caller.subject}`;
    const window = this.#windows.get(name) ?? { asked: 0, endsAtMs: 0 };
    this.#windows.set(name, window);
    this.#known.set(caller, window);
    const [oldest] = this.#windows.keys();
    if (this.#windows.size > CALLERS_MAX && oldest !== undefined) this.#windows.delete(oldest);
    return window;
  }
}
