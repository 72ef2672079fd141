import {
  BrokenCircuitError,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  handleWhen,
  type IBreaker,
  SamplingBreaker,
} from "cockatiel";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Admission, Circuit, type Pass } from "../../../src/engine/resilience/circuit.ts";
import type { ResilienceEvent } from "../../../src/engine/resilience/events.ts";
import { type BreakerSettings, settingsOf } from "../../../src/engine/resilience/rules.ts";
import type { Verdict } from "../../../src/engine/resilience/verdict.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { type Standing, settled, withFakeDate } from "./cockatiel.ts";

const FAILURE = { code: "UNAVAILABLE", message: "no route to host", retryable: true };
const NEVER = new AbortController().signal;

function circuitWith(breaker: Partial<BreakerSettings>, clock = new ManualClock()) {
  const settings = settingsOf("host:example.com", [{ resource: "*", breaker }]).breaker!;
  const events: ResilienceEvent[] = [];
  const notify = (event: ResilienceEvent): void => void events.push(event);
  const circuit = new Circuit("host:example.com", settings, { clock, notify });
  return { circuit, clock, events };
}

function pass(admission: Admission | Promise<Admission>): Pass {
  if (admission instanceof Promise || admission.kind !== "pass")
    throw new Error("the call was not let through");
  return admission;
}

/** Makes a call that ends at once. */
function call(circuit: Circuit, verdict: Verdict): void {
  circuit.leave(pass(circuit.enter(NEVER)), verdict, verdict === "bad" ? FAILURE : null);
}

describe("a circuit", () => {
  test("opens after as many failures in a row as it is told, and refuses with the time left (Z1)", () => {
    const { circuit, clock, events } = circuitWith({ failures: 3, openMs: 1_000 });
    for (const verdict of ["bad", "bad", "good", "bad", "bad", "bad"] as const) call(circuit, verdict);
    clock.advance(400);
    expect(circuit.enter(NEVER)).toMatchObject({
      kind: "refused",
      failure: {
        code: "BREAKER_OPEN",
        retryable: true,
        detail: { resource: "host:example.com", retryAfterMs: 600, lastCode: "UNAVAILABLE" },
      },
    });
    expect(events).toMatchObject([
      { type: "breaker.opened", failuresInARow: 3, openings: 1, code: "UNAVAILABLE" },
    ]);
  });

  test("that is reset lets calls through at once, wakes those that wait, and what probes of before say counts no more (Z3)", async () => {
    const { circuit, clock, events } = circuitWith({ failures: 2, openMs: 1_000 });
    for (const verdict of ["bad", "bad"] as const) call(circuit, verdict);
    circuit.reset();
    expect([circuit.state, circuit.failuresInARow]).toEqual(["closed", 0]);
    for (const verdict of ["bad", "bad"] as const) call(circuit, verdict);
    clock.advance(1_000);
    const probe = pass(circuit.enter(NEVER));
    const waiting = circuit.enter(NEVER);
    circuit.reset();
    expect(await waiting).toMatchObject({ kind: "pass", trial: null });
    circuit.leave(probe, "bad", FAILURE);
    call(circuit, "bad");
    expect(circuit.state).toBe("closed");
    expect(events.map(({ type }) => type)).toEqual([
      "breaker.opened",
      "breaker.closed",
      "breaker.opened",
      "breaker.halfOpened",
      "breaker.closed",
    ]);
  });

  test("counts neither refusals nor cancelled calls", () => {
    const { circuit } = circuitWith({ failures: 2 });
    for (const verdict of ["bad", "neither", "none", "neither"] as const) call(circuit, verdict);
    expect(circuit.failuresInARow).toBe(1);
    call(circuit, "bad");
    expect(circuit.state).toBe("open");
  });

  test("opens by its rate only once the window holds enough calls", () => {
    const { circuit, clock } = circuitWith({ rate: 0.5, windowMs: 1_000, minimumCalls: 10 });
    for (let index = 0; index < 9; index++) call(circuit, "bad");
    expect(circuit.state).toBe("closed");
    clock.advance(3_000);
    for (let index = 0; index < 9; index++) call(circuit, "good");
    call(circuit, "bad");
    expect(circuit.state).toBe("closed");
    for (let index = 0; index < 9; index++) call(circuit, "bad");
    expect(circuit.state).toBe("open");
  });

  test("lets as many probes through as are asked for; the others wait until these have decided (Z2)", async () => {
    const { circuit, clock } = circuitWith({ failures: 1, openMs: 1_000, probes: 2 });
    call(circuit, "bad");
    clock.advance(1_000);
    const probes = [pass(circuit.enter(NEVER)), pass(circuit.enter(NEVER))];
    const third = circuit.enter(NEVER);
    expect(circuit).toMatchObject({ state: "halfOpen", waiting: 1 });
    for (const probe of probes) circuit.leave(probe, "good", null);
    expect(await third).toMatchObject({ kind: "pass", trial: null });
    expect(circuit).toMatchObject({ state: "closed", waiting: 0 });
  });

  test("counts probes that come one after the other like those at once (Z2)", () => {
    const { circuit, clock } = circuitWith({ failures: 1, openMs: 1_000, probes: 2 });
    call(circuit, "bad");
    clock.advance(1_000);
    call(circuit, "good");
    pass(circuit.enter(NEVER));
    expect(circuit.enter(NEVER)).toBeInstanceOf(Promise);
  });

  test("a cancelled probe decides nothing, and who waits takes its place (Z4)", async () => {
    const { circuit, clock } = circuitWith({ failures: 1, openMs: 1_000 });
    call(circuit, "bad");
    clock.advance(1_000);
    const probe = pass(circuit.enter(NEVER));
    const waiting = [circuit.enter(NEVER), circuit.enter(NEVER)];
    circuit.leave(probe, "none", null);
    const second = pass(await waiting[0]!);
    expect(circuit).toMatchObject({ state: "halfOpen", waiting: 1 });
    circuit.leave(second, "bad", FAILURE);
    expect(await waiting[1]).toMatchObject({ kind: "refused" });
  });

  test("a call that is aborted while it waits for the probes is not let through", async () => {
    const { circuit, clock } = circuitWith({ failures: 1, openMs: 1_000 });
    const { signal, abort } = aborting();
    call(circuit, "bad");
    clock.advance(1_000);
    const probe = pass(circuit.enter(NEVER));
    const waiting = circuit.enter(signal);
    abort();
    circuit.leave(probe, "good", null);
    expect(await waiting).toEqual({ kind: "aborted" });
  });

  test("a probe of an earlier trial tells nothing (Z3)", () => {
    const { circuit, clock } = circuitWith({ failures: 1, openMs: 1_000, probes: 2 });
    call(circuit, "bad");
    clock.advance(1_000);
    const [late, failing] = [pass(circuit.enter(NEVER)), pass(circuit.enter(NEVER))];
    circuit.leave(failing, "bad", FAILURE);
    clock.advance(1_000);
    const probe = pass(circuit.enter(NEVER));
    circuit.leave(late, "bad", FAILURE);
    expect(circuit.state).toBe("halfOpen");
    circuit.leave(probe, "bad", FAILURE);
    expect(circuit).toMatchObject({ state: "open", openings: 3 });
  });

  test("tells of its changes of state, and of nothing else (Z5)", () => {
    const { circuit, clock, events } = circuitWith({ failures: 2, openMs: 10 });
    for (let index = 0; index < 100; index++) call(circuit, "good");
    expect(events).toEqual([]);
    for (const verdict of ["bad", "bad"] as const) call(circuit, verdict);
    clock.advance(10);
    call(circuit, "bad");
    clock.advance(10);
    call(circuit, "good");
    const types = ["opened", "halfOpened", "opened", "halfOpened", "closed"];
    expect(events.map(({ type }) => type)).toEqual(types.map((type) => `breaker.${type}`));
  });
});

function aborting() {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort() };
}

const noop = (): void => {};

class Bad extends Error {}
class Neither extends Error {}

type Step =
  | { readonly kind: "start" }
  | { readonly kind: "end"; readonly which: number; readonly verdict: "good" | "bad" | "neither" }
  | { readonly kind: "pass"; readonly ms: number };

type TwinCall = {
  ours: Standing;
  theirs: Standing;
  pass: Pass | null;
  end: (verdict: "good" | "bad" | "neither") => void;
};

/** The same calls through both; after each step both must stand the same. */
class Twins {
  readonly #clock = new ManualClock();
  readonly #ours: Circuit;
  readonly #theirs;
  readonly #setNow: (ms: number) => void;
  readonly #calls: TwinCall[] = [];

  constructor(settings: Partial<BreakerSettings>, breaker: IBreaker, setNow: (ms: number) => void) {
    this.#ours = circuitWith(settings, this.#clock).circuit;
    this.#setNow = setNow;
    this.#setNow(this.#clock.nowMs());
    this.#theirs = circuitBreaker(
      handleWhen((error) => error instanceof Bad),
      {
        breaker,
        halfOpenAfter: settings.openMs!,
        halfOpenSampling: { calls: settings.probes ?? 1, threshold: 0 },
      },
    );
  }

  async take(step: Step): Promise<void> {
    if (step.kind === "pass") {
      this.#clock.advance(step.ms);
      this.#setNow(this.#clock.nowMs());
    } else if (step.kind === "start") this.#start();
    else {
      const live = this.#calls.filter(({ ours, theirs }) => ours === "made" && theirs === "made");
      live[step.which % Math.max(1, live.length)]?.end(step.verdict);
    }
    await settled();
    this.compare();
  }

  /** A call that ends at once, where it is let through at all. */
  async makeCall(verdict: "good" | "bad" | "neither"): Promise<void> {
    await this.take({ kind: "start" });
    const last = this.#calls.at(-1)!;
    if (last.ours === "made" && last.theirs === "made") last.end(verdict);
    await settled();
    this.compare();
  }

  compare(): void {
    expect(this.#calls.map(({ ours }) => ours)).toEqual(this.#calls.map(({ theirs }) => theirs));
    const named = { [CircuitState.Closed]: "closed", [CircuitState.Open]: "open" } as Record<number, string>;
    expect(this.#ours.state).toBe(named[this.#theirs.state] ?? "halfOpen");
  }

  #start(): void {
    const work = Promise.withResolvers<string>();
    const one: TwinCall = { ours: "waits", theirs: "waits", pass: null, end: noop };
    one.end = (verdict) => {
      this.#ours.leave(one.pass!, verdict, FAILURE);
      one.ours = one.theirs = "refused";
      if (verdict === "good") work.resolve("done");
      else work.reject(verdict === "bad" ? new Bad() : new Neither());
    };
    this.#calls.push(one);
    void Promise.resolve(this.#ours.enter(NEVER)).then((admission) => {
      one.ours = admission.kind === "pass" ? "made" : "refused";
      if (admission.kind === "pass") one.pass = admission;
    });
    this.#theirs
      .execute(() => {
        one.theirs = "made";
        return work.promise;
      })
      .catch((error: unknown) => {
        if (error instanceof BrokenCircuitError) one.theirs = "refused";
      });
  }
}

describe("a circuit does what cockatiel's does", () => {
  const verdicts = fc.constantFrom("good" as const, "bad" as const, "bad" as const, "neither" as const);
  const openMs = 100;

  test("with failures in a row, any number of probes, calls that overlap anyhow", async () => {
    const step: fc.Arbitrary<Step> = fc.oneof(
      { weight: 4, arbitrary: fc.constant<Step>({ kind: "start" }) },
      {
        weight: 4,
        arbitrary: fc.record({ kind: fc.constant("end" as const), which: fc.nat(9), verdict: verdicts }),
      },
      {
        weight: 2,
        arbitrary: fc.record({ kind: fc.constant("pass" as const), ms: fc.constantFrom(1, 99, 100, 100) }),
      },
    );
    const scenario = fc.record({
      failures: fc.integer({ min: 1, max: 4 }),
      probes: fc.integer({ min: 1, max: 3 }),
      steps: fc.array(step, { maxLength: 60 }),
    });
    await withFakeDate(async (setNow) => {
      await fc.assert(
        fc.asyncProperty(scenario, async ({ failures, probes, steps }) => {
          const twins = new Twins({ failures, probes, openMs }, new ConsecutiveBreaker(failures), setNow);
          for (const one of steps) await twins.take(one);
        }),
        { numRuns: 150 },
      );
    });
  });

  // Where no call ends for longer than a slot, cockatiel forgets too little: see SampleWindow.
  test("with a rate over a window, as long as calls keep coming", async () => {
    const beat = fc.record({ ms: fc.integer({ min: 1, max: 150 }), verdict: verdicts });
    const scenario = fc.record({
      rate: fc.constantFrom(0.2, 0.5, 0.75),
      minimumCalls: fc.integer({ min: 1, max: 8 }),
      beats: fc.array(beat, { minLength: 10, maxLength: 60 }),
    });
    const windowMs = 1_000;
    await withFakeDate(async (setNow) => {
      await fc.assert(
        fc.asyncProperty(scenario, async ({ rate, minimumCalls, beats }) => {
          // Half a call less: their least throughput is a rate, ours a number of calls.
          const minimumRps = (minimumCalls - 0.5) / (windowMs / 1_000);
          const theirs = new SamplingBreaker({ threshold: rate, duration: windowMs, minimumRps });
          const twins = new Twins({ rate, windowMs, minimumCalls, openMs }, theirs, setNow);
          for (const { ms, verdict } of beats) {
            await twins.take({ kind: "pass", ms });
            // A call that is neither is not counted: it would leave a slot without any.
            await twins.makeCall(verdict === "neither" ? "good" : verdict);
          }
        }),
        { numRuns: 150 },
      );
    });
  });
});
