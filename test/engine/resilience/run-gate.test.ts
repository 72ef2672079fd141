import { describe, expect, test } from "vitest";
import type { Task } from "../../../src/actors/ports.ts";
import type { Gate } from "../../../src/engine/resilience/gate.ts";
import { Resilience } from "../../../src/engine/resilience/resilience.ts";
import type { ResilienceRule } from "../../../src/engine/resilience/rules.ts";
import type { Outcome } from "../../../src/plan/outcome.ts";
import { LIMITS } from "../../../src/shared/limits.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { NO_BOARD } from "../../support/no-board.ts";
import { completed, failed, ScriptedPerformer } from "../../support/scripted-performer.ts";
import { settled } from "./cockatiel.ts";

const DOWN = failed("UNAVAILABLE");
const timeout = (): DOMException => new DOMException("too long", "TimeoutError");

/** A performer that names its resources, before a gate. */
class Guarded extends ScriptedPerformer {
  readonly #resources: readonly string[];

  constructor(resources: readonly string[]) {
    super("scripted");
    this.#resources = resources;
  }

  resources(): readonly string[] {
    return this.#resources;
  }
}

function gateWith(rules: readonly ResilienceRule[], resources: readonly string[] = ["host:a"]) {
  const clock = new ManualClock();
  const resilience = new Resilience({ clock, rules });
  const events: string[] = [];
  resilience.events$.subscribe(({ type, resource }) => events.push(`${type} ${resource}`));
  const performer = new Guarded(resources);
  const gate = resilience.gate("r_1");
  const call = (path: string, attempt = 1, more: Partial<Task> = {}): Called =>
    make(gate, performer, taskOf(path, attempt, more));
  const status = (resource = "host:a") => resilience.status().find((one) => one.resource === resource)!;
  return { clock, resilience, events, performer, gate, call, status };
}

/** A task; every attempt but the first follows a failure. */
function taskOf(path: string, attempt = 1, more: Partial<Task> = {}): Task {
  const previousFailure = { code: "FLAKY", message: "it failed", retryable: true };
  return { runId: "r_1", path, attempt, ...(attempt > 1 ? { previousFailure } : {}), ...more } as Task;
}

type Called = { readonly outcome: Promise<Outcome>; readonly abort: (reason?: unknown) => void };

function make(gate: Gate, performer: ScriptedPerformer, task: Task): Called {
  const controller = new AbortController();
  const context = { signal: controller.signal, idempotencyKey: "", emit: () => undefined, board: NO_BOARD };
  return {
    outcome: gate.perform(performer, task, context),
    abort: (reason) => controller.abort(reason),
  };
}

const code = async ({ outcome }: Called): Promise<string> => {
  const what = await outcome;
  return what.kind === "failed" ? what.failure.code : what.kind;
};

describe("the gate of a run", () => {
  test("makes a call that nothing stands against, once, and hands on what came of it (G1)", async () => {
    const { call, performer, status } = gateWith([]);
    expect(await call("a").outcome).toEqual(completed("output of a"));
    expect(performer.performed).toEqual(["a#1"]);
    expect(status()).toMatchObject({ breaker: "closed", calls: 1, failed: 0, atWork: 0, waiting: 0 });
  });

  test("leaves alone what names no resource, and guards by its name what names none at all", async () => {
    const { gate, resilience } = gateWith([]);
    const task = taskOf("a");
    await make(gate, new Guarded([]), task).outcome;
    expect(resilience.status()).toEqual([]);
    await make(gate, new ScriptedPerformer("mine"), task).outcome;
    expect(resilience.status()).toMatchObject([{ resource: "performer:mine", calls: 1, breaker: null }]);
  });

  test("calls nobody while the breaker is open, and tries again after its time (G2)", async () => {
    const { call, clock, events, performer, status } = gateWith([
      { resource: "host:*", breaker: { failures: 2, openMs: 1_000 } },
    ]);
    performer.script("down", DOWN);
    for (const name of ["x", "y"]) await call("down", 1, { idempotencyKey: name }).outcome;
    const refused = await call("a").outcome;
    expect(refused).toMatchObject({
      kind: "failed",
      failure: { code: "BREAKER_OPEN", retryable: true, detail: { retryAfterMs: 1_000 } },
    });
    expect(performer.calls).toHaveLength(2);
    clock.advance(1_000);
    expect(await code(call("a", 2))).toBe("completed");
    expect(events).toEqual(["breaker.opened host:a", "breaker.halfOpened host:a", "breaker.closed host:a"]);
    expect(status()).toMatchObject({ failed: 2, refused: { breaker: 1 } });
  });

  test("counts a timeout against the resource, and a cancellation or a refusal against nobody", async () => {
    const { call, performer, status } = gateWith([{ resource: "host:*", breaker: { failures: 2 } }]);
    performer.script("slow", "hold").script("picky", failed("OUTPUT_INVALID"));
    const calls = [call("slow"), call("slow", 2), call("slow", 3)] as const;
    await settled();
    calls[0].abort(timeout());
    calls[1].abort();
    await call("picky").outcome;
    await Promise.all(calls.slice(0, 2).map(({ outcome }) => outcome));
    expect(status()).toMatchObject({ breaker: "closed", failuresInARow: 1, failed: 1 });
    calls[2].abort(timeout());
    await calls[2].outcome;
    expect(status().breaker).toBe("open");
  });

  test("counts a performer that throws against the resource, and lets the throw through", async () => {
    const { call, performer, status } = gateWith([{ resource: "host:*", breaker: { failures: 1 } }]);
    performer.script("a", new Error("boom"));
    await expect(call("a").outcome).rejects.toThrow("boom");
    expect(status()).toMatchObject({ breaker: "open", atWork: 0 });
  });

  test("waits for a place, and does not call a performer whose task was cancelled meanwhile (G1)", async () => {
    const { call, events, performer, status } = gateWith([
      { resource: "host:*", bulkhead: { atOnce: 1, queue: 2 } },
    ]);
    performer.script("a", "hold");
    call("a");
    const [second, third] = [call("b"), call("c")];
    await settled();
    expect(await code(call("d"))).toBe("BULKHEAD_FULL");
    expect(await code(call("e"))).toBe("BULKHEAD_FULL");
    expect(status()).toMatchObject({ atWork: 1, waiting: 2, refused: { bulkhead: 2 } });
    expect(events).toEqual(["bulkhead.filled host:a"]);
    second.abort();
    performer.calls[0]!.end(completed());
    expect(await code(second)).toBe("CANCELLED");
    expect(await code(third)).toBe("completed");
    expect(performer.performed).toEqual(["a#1", "c#1"]);
    expect(status()).toMatchObject({ atWork: 0, waiting: 0 });
  });

  test("tries again after its time, also when the clock was set back meanwhile (V3)", async () => {
    const { call, clock, performer } = gateWith([
      { resource: "host:*", breaker: { failures: 1, openMs: 1_000 } },
    ]);
    performer.script("down", DOWN);
    await call("down").outcome;
    clock.set(clock.nowMs() - 3_600_000);
    expect(await code(call("a"))).toBe("BREAKER_OPEN");
    clock.advance(1_000);
    expect(await code(call("a"))).toBe("completed");
  });

  test("gives the place of a call that ignores its cancellation to others after a while (C2)", async () => {
    const { call, clock, performer, status } = gateWith([
      { resource: "host:*", bulkhead: { atOnce: 1 }, breaker: { failures: 1 } },
    ]);
    performer.script("a", "deaf");
    const deaf = call("a");
    const next = call("b");
    await settled();
    deaf.abort(timeout());
    // What it tells of the resource is told at once; a refused call needs no place.
    expect(status().breaker).toBe("open");
    clock.advance(LIMITS.drainMs);
    expect(await code(next)).toBe("BREAKER_OPEN");
    performer.calls[0]!.end(completed());
    await deaf.outcome;
    expect(status()).toMatchObject({ atWork: 0, breaker: "open", failed: 1 });
    expect(clock.pending).toBe(0);
  });

  test("leaves a resource alone for as long as it asks when it limits the rate", async () => {
    const { call, clock, events, performer } = gateWith([]);
    performer.script("a", failed("RATE_LIMITED", { detail: { retryAfterMs: 5_000 } }));
    await call("a").outcome;
    const next = call("b");
    await settled();
    clock.advance(4_999);
    await settled();
    expect(performer.performed).toEqual(["a#1"]);
    clock.advance(1);
    expect(await code(next)).toBe("completed");
    expect(events).toEqual(["pace.blocked host:a"]);
  });

  test("does not call a performer whose task is cancelled in the moment of its turn (G1)", async () => {
    const { call, clock, performer, status } = gateWith([
      { resource: "host:*", pace: { requestsPerMinute: 60 }, bulkhead: { atOnce: 2 } },
    ]);
    await call("a").outcome;
    const waiting = call("b");
    await settled();
    clock.advance(1_000);
    waiting.abort();
    expect(await code(waiting)).toBe("CANCELLED");
    expect(performer.performed).toEqual(["a#1"]);
    expect(status()).toMatchObject({ calls: 1, atWork: 0, waiting: 0 });
  });

  test("takes an attempt that a supervisor begins anew for a first one, and not for a retry (G3)", async () => {
    const { call, status } = gateWith([{ resource: "*", retries: { ratio: 0, reserve: 0 } }]);
    await call("a").outcome;
    expect(await code(call("a", 2, { previousFailure: undefined } as never))).toBe("completed");
    expect(status().retries).toBe(0);
  });

  test("takes an alternative's attempt for a retry of the resources that its agent has called, of no others (G3)", async () => {
    const { gate, call, performer, status } = gateWith([
      { resource: "*", breaker: false, retries: { ratio: 0, reserve: 0 } },
    ]);
    performer.script("a", failed());
    const at = (index: number): Partial<Task> => ({ alternative: { index, of: 2 } });
    await call("a", 1, at(0)).outcome;
    expect(await code(make(gate, new Guarded(["host:b"]), taskOf("a", 2, at(1))))).toBe("completed");
    expect(status("host:b")).toMatchObject({ calls: 1, retries: 0 });
    performer.script("b", failed());
    await call("b", 1, at(0)).outcome;
    expect(await code(call("b", 2, at(1)))).toBe("RETRY_BUDGET_SPENT");
    expect(status()).toMatchObject({ calls: 2, refused: { retries: 1 } });
  });

  test("holds places of several resources, and none when one of them has none (C1)", async () => {
    const rules = [{ resource: "*", bulkhead: { atOnce: 1, queue: 0 } }];
    const { call, gate, performer, status } = gateWith(rules, ["model:m", "host:a", "host:a"]);
    const other = new Guarded(["model:m"]);
    other.script("o", "hold");
    const held = make(gate, other, taskOf("o"));
    await settled();
    expect(await code(call("a"))).toBe("BULKHEAD_FULL");
    other.calls[0]!.end(completed());
    await held.outcome;
    expect(await code(call("b"))).toBe("completed");
    expect(performer.performed).toEqual(["b#1"]);
    for (const resource of ["host:a", "model:m"]) expect(status(resource)).toMatchObject({ atWork: 0 });
  });

  test("makes no retry beyond the budget, and says why the attempt before failed (G2, G3)", async () => {
    const { call, events, performer, status } = gateWith([
      { resource: "*", breaker: false, retries: { ratio: 0.5, reserve: 0 } },
    ]);
    performer.script("a", failed()).script("b", failed());
    for (const path of ["a", "b"]) await call(path).outcome;
    await call("a", 2).outcome;
    const previousFailure = { code: "FLAKY", message: "the wire broke", retryable: true };
    const refused = await call("b", 2, { previousFailure }).outcome;
    expect(refused).toMatchObject({
      kind: "failed",
      failure: {
        code: "RETRY_BUDGET_SPENT",
        message: expect.stringContaining("the wire broke"),
        retryable: false,
        detail: { resource: "host:a", offered: 2, retries: 1, cause: { code: "FLAKY" } },
      },
    });
    expect(performer.performed).toEqual(["a#1", "b#1", "a#2"]);
    await call("a", 3).outcome;
    expect(events).toEqual(["retries.spent host:a"]);
    expect(status()).toMatchObject({ retries: 1, refused: { retries: 2 } });
  });

  test("does not count against the budget an attempt after one that was not made (G3)", async () => {
    const { call, clock, performer } = gateWith([
      { resource: "*", breaker: { failures: 1, openMs: 10 }, retries: { ratio: 0, reserve: 0 } },
    ]);
    performer.script("down", DOWN);
    await call("down").outcome;
    expect(await code(call("a"))).toBe("BREAKER_OPEN");
    expect(await code(call("a", 2))).toBe("BREAKER_OPEN");
    clock.advance(10);
    expect(await code(call("a", 3))).toBe("completed");
    expect(await code(call("down", 2))).toBe("RETRY_BUDGET_SPENT");
  });

  test("keeps budgets apart from those of other runs, and shares everything else", async () => {
    const rules = [{ resource: "*", breaker: { failures: 2 }, retries: { ratio: 0, reserve: 1 } }];
    const { call, resilience, performer } = gateWith(rules);
    performer.script("a", completed(), failed());
    for (const attempt of [1, 2]) await call("a", attempt).outcome;
    expect(await code(call("a", 3))).toBe("RETRY_BUDGET_SPENT");
    const other = resilience.gate("r_2");
    expect(await code(make(other, performer, taskOf("b", 2, { runId: "r_2" })))).toBe("completed");
    expect(resilience.status()).toMatchObject([{ calls: 3, retries: 2 }]);
  });

  test("forgets idle resources rather than remember more than it may (V2)", async () => {
    const { gate, resilience } = gateWith([{ resource: "host:*", breaker: { failures: 1 } }]);
    const reach = async (resource: string, line: Outcome): Promise<void> => {
      const performer = new Guarded([resource]).script("a", line);
      await make(gate, performer, taskOf("a")).outcome;
    };
    await reach("host:down", DOWN);
    for (let index = 0; index < LIMITS.resourcesTracked + 5; index++)
      await reach(`host:${index}`, completed());
    const known = resilience.status().map(({ resource }) => resource);
    expect(known).toHaveLength(LIMITS.resourcesTracked);
    expect(known[0]).toBe("host:down");
    expect(known).not.toContain("host:0");
  });
});
