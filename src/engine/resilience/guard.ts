import { Bulkhead } from "../../shared/bulkhead.ts";
import type { Clock } from "../../shared/clock.ts";
import { LIMITS } from "../../shared/limits.ts";
import { Circuit } from "./circuit.ts";
import type { ResilienceEvent } from "./events.ts";
import { Pace } from "./pace.ts";
import type { ResourceSettings } from "./rules.ts";

/** How one resource stands; counts since it was first called. */
export type ResourceStatus = {
  readonly resource: string;
  /** Null: it has none. */
  readonly breaker: "closed" | "open" | "halfOpen" | null;
  readonly openings: number;
  readonly failuresInARow: number;
  /** Calls under way, and calls that wait for a place, a turn or the probes. */
  readonly atWork: number;
  readonly waiting: number;
  /** Calls made, and those that failed by the resource's fault. */
  readonly calls: number;
  readonly failed: number;
  /** Retries that were asked for and made. */
  readonly retries: number;
  /** Attempts that were not made, by who refused them. */
  readonly refused: {
    readonly breaker: number;
    readonly bulkhead: number;
    readonly pace: number;
    readonly retries: number;
  };
};

export type GuardPorts = { readonly clock: Clock; readonly notify: (event: ResilienceEvent) => void };

/**
 * Purpose: all that stands before one resource, for every run of the process.
 * Owns: its circuit, bulkhead and pace, and the counts that are shown. Does not own: retry budgets (the runs').
 */
export class Guard {
  readonly resource: string;
  readonly settings: ResourceSettings;
  readonly circuit: Circuit | null;
  readonly bulkhead: Bulkhead | null;
  readonly counts = {
    atWork: 0,
    calls: 0,
    failed: 0,
    retries: 0,
    refused: { breaker: 0, bulkhead: 0, pace: 0, retries: 0 },
  };
  readonly #ports: GuardPorts;
  #pace: Pace | null;
  #isFull = false;

  constructor(resource: string, settings: ResourceSettings, ports: GuardPorts) {
    const { breaker, bulkhead, pace } = settings;
    this.resource = resource;
    this.settings = settings;
    this.#ports = ports;
    this.circuit = breaker && new Circuit(resource, breaker, ports);
    this.bulkhead = bulkhead && new Bulkhead(bulkhead);
    const isPaced = pace.requestsPerMinute !== null || pace.tokensPerMinute !== null;
    this.#pace = isPaced ? new Pace(resource, pace, ports.clock) : null;
  }

  /** Null while nothing limits it. */
  get pace(): Pace | null {
    return this.#pace;
  }

  /** Whether it must hear at once of a call that is aborted. */
  get isWatchful(): boolean {
    return this.circuit !== null || this.bulkhead !== null;
  }

  /** Whether nothing would be lost but counts if it were forgotten. */
  get isIdle(): boolean {
    const { circuit, counts } = this;
    if (counts.atWork > 0 || this.#waiting > 0) return false;
    return (
      (circuit === null || (circuit.state === "closed" && circuit.failuresInARow === 0)) &&
      (this.#pace?.isIdle ?? true)
    );
  }

  /** The resource has asked to be left alone for so long. */
  block(ms: number): void {
    const atMs = this.#ports.clock.nowMs();
    const untilMs = atMs + Math.min(ms, LIMITS.retryAfterMs);
    this.#pace ??= new Pace(this.resource, this.settings.pace, this.#ports.clock);
    this.#pace.block(untilMs);
    this.#ports.notify({ type: "pace.blocked", resource: this.resource, atMs, untilMs });
  }

  /** A call found no place, or found one again. */
  noteFull(isFull: boolean): void {
    if (isFull && !this.#isFull) {
      const { atOnce, queue } = this.settings.bulkhead!;
      const atMs = this.#ports.clock.nowMs();
      this.#ports.notify({ type: "bulkhead.filled", resource: this.resource, atMs, atOnce, queue });
    }
    this.#isFull = isFull;
  }

  status(): ResourceStatus {
    const { circuit, counts } = this;
    return {
      resource: this.resource,
      breaker: circuit?.state ?? null,
      openings: circuit?.openings ?? 0,
      failuresInARow: circuit?.failuresInARow ?? 0,
      waiting: this.#waiting,
      ...counts,
      refused: { ...counts.refused },
    };
  }

  get #waiting(): number {
    return (this.bulkhead?.waiting ?? 0) + (this.#pace?.waiting ?? 0) + (this.circuit?.waiting ?? 0);
  }
}
