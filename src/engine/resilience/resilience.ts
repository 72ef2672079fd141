import type { Observable } from "rxjs";
import { Subject } from "rxjs/internal/Subject";
import type { Clock } from "../../shared/clock.ts";
import { LIMITS } from "../../shared/limits.ts";
import { SteadyClock } from "../steady-clock.ts";
import type { ResilienceEvent } from "./events.ts";
import type { Gate, Gates } from "./gate.ts";
import { Guard, type ResourceStatus } from "./guard.ts";
import { type ResilienceRule, settingsOf } from "./rules.ts";
import { RunGate } from "./run-gate.ts";

export type ResilienceOptions = { readonly clock: Clock; readonly rules: readonly ResilienceRule[] };

/**
 * Purpose: keep what runs call from being called too often, too much at once, or while it is down.
 * Owns: the guard of every resource, for all runs of the process. Does not own: retries, fallbacks (the agents').
 * Invariants:
 * V1 what it decides reaches a run as the outcome of an attempt alone, so that a replay needs nothing of it.
 * V2 at most `resourcesTracked` resources are remembered, idle ones being forgotten first; only one that is in use is kept
 *    beyond.
 * V3 what is to be left alone for a while is tried after that while, also when the clock was set back.
 */
export class Resilience implements Gates {
  readonly #options: ResilienceOptions;
  readonly #guards = new Map<string, Guard>();
  readonly #events$ = new Subject<ResilienceEvent>();

  constructor(options: ResilienceOptions) {
    this.#options = { ...options, clock: new SteadyClock(options.clock) };
  }

  /** Changes of state, in order; nothing is sent for a call that changes none. */
  get events$(): Observable<ResilienceEvent> {
    return this.#events$.asObservable();
  }

  /** How every known resource stands, in order of first use. */
  status(): readonly ResourceStatus[] {
    return [...this.#guards.values()].map((guard) => guard.status());
  }

  /** Closes the breaker of a resource by hand; null when there is no such resource, or no breaker. */
  reset(resource: string): ResourceStatus | null {
    const guard = this.#guards.get(resource);
    if (!guard?.circuit) return null;
    guard.circuit.reset();
    return guard.status();
  }

  /** A gate for one run, with retry budgets of its own. */
  gate(runId: string): Gate {
    return new RunGate({
      runId,
      clock: this.#options.clock,
      guardOf: (resource) => this.#guardOf(resource),
      notify: (event) => this.#events$.next(event),
    });
  }

  #guardOf(resource: string): Guard {
    const known = this.#guards.get(resource);
    if (known) return known;
    this.#makeRoom();
    const { clock, rules } = this.#options;
    const guard = new Guard(resource, settingsOf(resource, rules), {
      clock,
      notify: (event) => this.#events$.next(event),
    });
    this.#guards.set(resource, guard);
    return guard;
  }

  #makeRoom(): void {
    if (this.#guards.size < LIMITS.resourcesTracked) return;
    for (const [resource, guard] of this.#guards) {
      if (!guard.isIdle) continue;
      guard.circuit?.stop();
      this.#guards.delete(resource);
      return;
    }
  }
}
