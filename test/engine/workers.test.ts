import { describe, expect, test } from "vitest";
import type { Dependence, Performer, Signal, Task } from "../../src/actors/ports.ts";
import { cacheKey } from "../../src/engine/cache-key.ts";
import { MemoryCache } from "../../src/engine/memory/memory-cache.ts";
import type { Gate } from "../../src/engine/resilience/gate.ts";
import type { ResultCache } from "../../src/engine/result-cache.ts";
import { Workers } from "../../src/engine/workers.ts";
import type { CompletedOutcome, Outcome } from "../../src/plan/outcome.ts";
import { ManualClock } from "../support/manual-clock.ts";
import { completed, failed, ScriptedPerformer } from "../support/scripted-performer.ts";

const REFUSED = failed("BREAKER_OPEN");

function task(path: string, attempt = 1, more: Partial<Task> = {}): Task {
  const base = {
    runId: "r_1",
    path,
    attempt,
    idempotencyKey: `r_1/${path}#${attempt}`,
    performer: "scripted",
  };
  return { ...base, outputSchema: null, ...more } as Task;
}

/** Workers with a scripted performer; `settled(path)` waits for a task's end. */
function workers(extra: readonly Performer[] = [], cache?: ResultCache) {
  const work = new ScriptedPerformer();
  const ends: [string, Outcome][] = [];
  const signals: [string, Signal][] = [];
  const stopped: string[] = [];
  const waiting = new Map<string, (outcome: Outcome) => void>();
  const performers = new Map([work, ...extra].map((one) => [one.name, one as Performer]));
  const under = new Workers({
    performers,
    cache,
    settled: ({ path, attempt }, outcome) => {
      ends.push([`${path}#${attempt}`, outcome]);
      waiting.get(path)?.(outcome);
    },
    stopped: (path, attempt) => void stopped.push(`${path}#${attempt}`),
    signalled: (path, signal) => signals.push([path, signal]),
    isHeard: () => true,
    board: { entry: () => undefined, record: () => {} },
    said: () => {},
  });
  const settled = (path: string): Promise<Outcome> => new Promise((resolve) => waiting.set(path, resolve));
  return { work, ends, signals, stopped, under, settled };
}

describe("workers", () => {
  test("settle every task once, with what its performer gave (P1)", async () => {
    const { under, ends, settled } = workers();
    const both = Promise.all([settled("a"), settled("b")]);
    under.dispatch(task("a"));
    under.dispatch(task("b"));
    await both;
    expect(ends).toEqual([
      ["a#1", completed("output of a")],
      ["b#1", completed("output of b")],
    ]);
  });

  test("tell that a stopped task has stopped when its performer has returned, and not before", async () => {
    const { work, under, ends, stopped } = workers();
    work.script("a", "deaf");
    under.dispatch(task("a"));
    const call = await work.called("a");
    under.stop("a", 1);
    await Promise.resolve();
    expect(call.signal.aborted).toBe(true);
    expect(stopped).toEqual([]);
    call.end(completed("late"));
    await under.drained(new ManualClock(), 1_000);
    under.stop("nowhere", 3);
    await Promise.resolve();
    expect([stopped, ends]).toEqual([["a#1", "nowhere#3"], []]);
  });

  test("do not settle a task that was cancelled, even when its performer still answers (P1)", async () => {
    const { work, under, ends } = workers();
    work.script("a", "deaf");
    under.dispatch(task("a"));
    const call = await work.called("a");
    under.cancel("a");
    call.end(completed("late"));
    await under.drained(new ManualClock(), 1_000);
    expect(ends).toEqual([]);
  });

  test("do not call a performer whose task was cancelled before it began (P2)", async () => {
    const { work, under } = workers();
    under.dispatch(task("a"));
    under.cancel("a");
    await under.drained(new ManualClock(), 1_000);
    expect(work.calls).toEqual([]);
  });

  test("abort the signal of a cancelled performer, and hear no more of its progress (P2)", async () => {
    const { work, under, signals } = workers();
    work.script("a", "deaf");
    under.dispatch(task("a"));
    const call = await work.called("a");
    call.emit({ type: "progress", message: "one" });
    under.cancel("a");
    call.emit({ type: "progress", message: "two" });
    expect(call.signal.aborted).toBe(true);
    expect(signals).toEqual([["a", { type: "progress", message: "one" }]]);
  });

  test("tell a performer whether its attempt took too long, or the run has no use for it", async () => {
    const { work, under } = workers();
    work.script("a", "hold").script("b", "hold");
    under.dispatch(task("a"));
    under.dispatch(task("b"));
    const [slow, useless] = [await work.called("a"), await work.called("b")];
    under.cancel("a", "timeout");
    under.cancel("b");
    const names = [slow, useless].map(({ signal }) => (signal.reason as DOMException).name);
    expect(names).toEqual(["TimeoutError", "AbortError"]);
  });

  test("call performers through the gate, once the cache has no answer", async () => {
    const asked: string[] = [];
    const gate: Gate = {
      perform(performer, wanted, context) {
        asked.push(wanted.path);
        return wanted.path === "b" ? Promise.resolve(REFUSED) : performer.perform(wanted, context);
      },
    };
    const cache = new MemoryCache({ maxBytes: 1_000_000 });
    const work = new ScriptedPerformer();
    const known: Performer = {
      name: "scripted",
      perform: (wanted, context) => work.perform(wanted, context),
      dependence: () => ({ beside: null, inputs: [] }),
    };
    const ends: [string, Outcome["kind"]][] = [];
    const all = Promise.withResolvers<void>();
    const under = new Workers({
      performers: new Map([["scripted", known]]),
      cache,
      gate,
      settled: ({ path }, { kind }) => {
        ends.push([path, kind]);
        if (ends.length === 3) all.resolve();
      },
      stopped: () => {},
      signalled: () => {},
      isHeard: () => true,
      board: { entry: () => undefined, record: () => {} },
      said: () => {},
    });
    const contentHash = "c";
    cache.put((await cacheKey(task("c", 1, { contentHash }), known))!, completed("kept"));
    under.dispatch(task("a"));
    under.dispatch(task("b"));
    under.dispatch(task("c", 1, { contentHash }));
    await all.promise;
    expect(asked.sort()).toEqual(["a", "b"]);
    expect(work.performed).toEqual(["a#1"]);
    expect(ends.sort()).toEqual([
      ["a", "completed"],
      ["b", "failed"],
      ["c", "completed"],
    ]);
  });

  test("tell an attempt apart from the cancelled one before it (P1)", async () => {
    const { work, under, ends, settled } = workers();
    work.script("a", "deaf", completed("second"));
    under.dispatch(task("a", 1));
    const first = await work.called("a", 1);
    under.cancel("a");
    const second = settled("a");
    under.dispatch(task("a", 2));
    await second;
    first.end(completed("first"));
    await under.drained(new ManualClock(), 1_000);
    expect(ends).toEqual([["a#2", completed("second")]]);
  });

  test.each([
    ["throws", () => Promise.reject(new Error("boom")), "boom"],
    [
      "throws before it promises anything",
      () => {
        throw new Error("at once");
      },
      "at once",
    ],
    ["throws what is no error", () => Promise.reject("text"), "text"],
  ])("a performer that %s has crashed, and others work on (P3)", async (_, perform, message) => {
    const { under, ends, settled } = workers([{ name: "broken", perform }]);
    const both = Promise.all([settled("a"), settled("b")]);
    under.dispatch(task("a", 1, { performer: "broken" }));
    under.dispatch(task("b"));
    await both;
    const outcome = ends.find(([key]) => key === "a#1")![1];
    expect(outcome).toMatchObject({
      kind: "failed",
      failure: { code: "PERFORMER_CRASHED", message, retryable: true },
    });
    expect(ends.find(([key]) => key === "b#1")![1].kind).toBe("completed");
  });

  test("a performer that gives nothing has crashed (P3)", async () => {
    const silent = { name: "silent", perform: () => Promise.resolve(undefined as unknown as Outcome) };
    const { under, settled } = workers([silent]);
    const end = settled("a");
    under.dispatch(task("a", 1, { performer: "silent" }));
    expect(await end).toMatchObject({ kind: "failed", failure: { code: "PERFORMER_CRASHED" } });
  });

  test.each([
    [
      "breaks the step's contract",
      completed("kept", { artifacts: [{ path: "../x", content: "", mediaType: "" }] }),
    ],
    ["is no outcome at all", { strange: true } as unknown as CompletedOutcome],
  ])("call the performer when what the cache holds %s (P4)", async (_, kept) => {
    const sure: Performer = {
      name: "sure",
      perform: () => Promise.resolve(completed("made")),
      dependence: () => ({ beside: null }),
    };
    const cache = new MemoryCache({ maxBytes: 1024 * 1024 });
    const { under, settled } = workers([sure], cache);
    const asked = task("a", 1, { performer: "sure", contentHash: "c", replica: null });
    cache.put((await cacheKey(asked, sure))!, kept);
    const end = settled("a");
    under.dispatch(asked);
    expect(await end).toEqual(completed("made"));
  });

  test("do not ask the cache for a task that was cancelled while its performer thought about its key (P2)", async () => {
    const thinking = Promise.withResolvers<Dependence>();
    const sure: Performer = {
      name: "sure",
      perform: () => Promise.reject(new Error("called")),
      dependence: () => thinking.promise,
    };
    const cache = new MemoryCache({ maxBytes: 1024 * 1024 });
    const { under, ends } = workers([sure], cache);
    under.dispatch(task("a", 1, { performer: "sure", contentHash: "c", replica: null }));
    await Promise.resolve();
    under.cancel("a");
    thinking.resolve({ beside: null });
    await under.drained(new ManualClock(), 1_000);
    expect(ends).toEqual([]);
    expect(cache.stats()).toMatchObject({ hits: 0, misses: 0 });
  });

  test("wait for cancelled performers no longer than they are given", async () => {
    const { work, under } = workers();
    const clock = new ManualClock();
    work.script("a", "deaf");
    under.dispatch(task("a"));
    await work.called("a");
    under.cancelAll();
    const drained = under.drained(clock, 1_000);
    expect(clock.pending).toBe(1);
    clock.advance(1_000);
    await drained;
    expect(clock.pending).toBe(0);
  });
});
