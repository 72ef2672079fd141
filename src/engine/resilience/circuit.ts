import { type ActorRefFrom, createActor } from "xstate";
import { type BreakerEvent, breakerMachine } from "../../machines/breaker.ts";
import type { Failure } from "../../plan/outcome.ts";
import type { Clock } from "../../shared/clock.ts";
import { WaitingLine } from "../../shared/waiting-line.ts";
import type { ResilienceEvent } from "./events.ts";
import type { BreakerSettings } from "./rules.ts";
import { SampleWindow } from "./sample-window.ts";
import type { Verdict } from "./verdict.ts";

/** The probes of one half-open time. */
type Trial = { inFlight: number; succeeded: number };

/** Let through; handed back with the verdict. `trial` is null for a call that began while the circuit was closed. */
export type Pass = { readonly kind: "pass"; readonly trial: Trial | null };

export type Admission = Pass | { readonly kind: "refused"; readonly failure: Failure } | typeof ABORTED;

const CLOSED_PASS: Pass = { kind: "pass", trial: null };
const ABORTED = { kind: "aborted" } as const;

export type CircuitPorts = {
  readonly clock: Clock;
  readonly notify: (event: ResilienceEvent) => void;
};

/**
 * Purpose: the breaker of one resource: plain counts, and a machine that hears of them only when they reach an edge.
 * Owns: the counts, the machine's actor, the calls that wait for the probes. Does not own: the state (the machine's).
 * Invariants:
 * Z1 while the machine is open, and not yet due, no call is let through.
 * Z2 half open, at most `probes` calls are let through; the others wait until these have decided.
 * Z3 a call counts once, and for the time in which it began: the probes of an earlier trial tell nothing.
 * Z4 a cancelled probe decides nothing, and the next call takes its place.
 * Z5 a call that changes no state sends the machine nothing.
 */
export class Circuit {
  readonly #resource: string;
  readonly #settings: BreakerSettings;
  readonly #ports: CircuitPorts;
  readonly #window: SampleWindow | null;
  readonly #line = new WaitingLine<"decided" | "aborted">("aborted");
  /** Made at the first edge: most resources never fail. */
  #actor: ActorRefFrom<typeof breakerMachine> | null = null;
  #failuresInARow = 0;
  #trial: Trial | null = null;
  #last: Failure | null = null;

  constructor(resource: string, settings: BreakerSettings, ports: CircuitPorts) {
    this.#resource = resource;
    this.#settings = settings;
    this.#ports = ports;
    this.#window = settings.rate === null ? null : new SampleWindow(settings.windowMs);
  }

  get state(): "closed" | "open" | "halfOpen" {
    return this.#actor?.getSnapshot().value ?? "closed";
  }

  get openings(): number {
    return this.#actor?.getSnapshot().context.openings ?? 0;
  }

  get failuresInARow(): number {
    return this.#failuresInARow;
  }

  get waiting(): number {
    return this.#line.length;
  }

  /** Why a call would be refused now; null when it would be let through, or wait. */
  refusal(): Failure | null {
    if (this.state !== "open") return null;
    const leftMs = this.#untilMs - this.#ports.clock.nowMs();
    return leftMs > 0 ? this.#openFailure(leftMs) : null;
  }

  enter(signal: AbortSignal): Admission | Promise<Admission> {
    if (this.state === "closed") return CLOSED_PASS;
    const failure = this.refusal();
    if (failure) return { kind: "refused", failure };
    if (this.state === "open") {
      this.#trial = { inFlight: 0, succeeded: 0 };
      this.#tell("probe.begun");
    }
    const trial = this.#trial!;
    if (trial.inFlight + trial.succeeded >= this.#settings.probes) return this.#wait(signal);
    trial.inFlight++;
    return { kind: "pass", trial };
  }

  /** Counts what became of a call that was let through. `failure` is the call's, where the verdict is `bad`. */
  leave({ trial }: Pass, verdict: Verdict, failure: Failure | null): void {
    if (verdict === "bad") this.#last = failure;
    if (!trial) this.#count(verdict);
    else if (trial === this.#trial) this.#judge(trial, verdict);
  }

  /** Begins anew as if nothing had failed: a person says that the resource is well. Calls under way tell nothing of that. */
  reset(): void {
    this.#trial = null;
    this.#last = null;
    this.#failuresInARow = 0;
    this.#window?.clear();
    if (this.state === "closed") return;
    this.#tell("reset.ordered");
    this.#line.wakeAll("decided");
  }

  stop(): void {
    this.#actor?.stop();
  }

  get #untilMs(): number {
    return this.#actor?.getSnapshot().context.untilMs ?? 0;
  }

  async #wait(signal: AbortSignal): Promise<Admission> {
    return (await this.#line.join(signal, null)) === "decided" ? this.enter(signal) : ABORTED;
  }

  #count(verdict: Verdict): void {
    if (verdict === "good") this.#succeeded();
    else if (verdict === "bad" && this.#failed()) this.#decide("threshold.reached");
  }

  #judge(trial: Trial, verdict: Verdict): void {
    trial.inFlight--;
    switch (verdict) {
      case "none":
        this.#line.wakeFirst("decided");
        return;
      case "bad":
        this.#failed();
        this.#decide("probe.failed");
        return;
      default:
        trial.succeeded++;
        if (trial.succeeded < this.#settings.probes) return;
        this.#window?.clear();
        this.#succeeded();
        this.#decide("probes.succeeded");
    }
  }

  #succeeded(): void {
    this.#failuresInARow = 0;
    this.#window?.count(false, this.#ports.clock.nowMs());
  }

  /** Counts a failure; true when there are too many. */
  #failed(): boolean {
    const { failures, rate, minimumCalls } = this.#settings;
    const window = this.#window;
    this.#failuresInARow++;
    window?.count(true, this.#ports.clock.nowMs());
    if (failures !== null && this.#failuresInARow >= failures) return true;
    if (!window || rate === null) return false;
    return window.calls >= minimumCalls && window.failures > rate * window.calls;
  }

  #decide(type: BreakerEvent["type"]): void {
    if (this.state === "open") return;
    this.#trial = null;
    this.#tell(type);
    this.#line.wakeAll("decided");
  }

  #tell(type: BreakerEvent["type"]): void {
    this.#actor ??= this.#start();
    this.#actor.send({ type, atMs: this.#ports.clock.nowMs() });
  }

  #start(): ActorRefFrom<typeof breakerMachine> {
    const { notify } = this.#ports;
    const resource = this.#resource;
    const machine = breakerMachine.provide({
      actions: {
        announceOpened: ({ context, event: { atMs } }) => {
          const { untilMs, openings } = context;
          const counts = { openings, failuresInARow: this.#failuresInARow };
          const code = this.#last?.code ?? "UNKNOWN";
          notify({ type: "breaker.opened", resource, atMs, untilMs, ...counts, code });
        },
        announceHalfOpened: ({ event: { atMs } }) => notify({ type: "breaker.halfOpened", resource, atMs }),
        announceClosed: ({ event: { atMs } }) => notify({ type: "breaker.closed", resource, atMs }),
      },
    });
    const { openMs } = this.#settings;
    return createActor(machine, { id: `breaker:${resource}`, input: { resource, openMs } }).start();
  }

  #openFailure(leftMs: number): Failure {
    const last = this.#last;
    const because = last ? `; the last failure: ${last.message}` : "";
    return {
      code: "BREAKER_OPEN",
      message: `${this.#resource} is not called: it has failed too often${because}`,
      retryable: true,
      hint: `it is tried again in ${leftMs} ms`,
      detail: {
        resource: this.#resource,
        retryAfterMs: leftMs,
        failuresInARow: this.#failuresInARow,
        ...(last ? { lastCode: last.code } : {}),
      },
    };
  }
}
