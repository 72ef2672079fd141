import { beforeEach, describe, expect, test } from "vitest";
import { type AbyssalOptions, createAbyssal, type Performer, type RunResult } from "../../src/index.ts";
import { openRecords } from "../../src/surfaces/runtime.ts";
import { ManualClock } from "../support/manual-clock.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const EACH = (attempts: number, backoff: string) => `
name: EACH
version: 1.0.0
description: One call for each element
category: test
parameters: { items: { type: array, position: 1, required: true } }
steps:
  call:
    run: { performer: remote, item: "{{ item }}" }
    forEach: { item: items }
    retry: { attempts: ${attempts}, backoff: ${backoff} }
    timeout: 1m
    resources: { cpu: 0, memory: 0 }
`;

let folder: string;
let clock: ManualClock;

beforeEach(() => {
  folder = temporaryFolder();
  clock = new ManualClock();
});

const each = (count: number): string =>
  `ABYSSAL[EACH]([${Array.from({ length: count }, (_, index) => index).join(",")}])`;

/** A performer that calls one host. */
function remote(perform: Performer["perform"]): Performer {
  return { name: "remote", resources: () => ["host:api.example.com"], perform };
}

const failing =
  (code: string, calls: unknown[]): Performer["perform"] =>
  async (task) => {
    calls.push(task.path);
    return { kind: "failed", failure: { code, message: "not today", retryable: true } };
  };

function open(performer: Performer, template: string, more: Partial<AbyssalOptions> = {}) {
  return createAbyssal({
    workingFolder: folder,
    env: {},
    clock,
    templates: [template],
    performers: [performer],
    ...more,
  });
}

/** Lets time pass until the run has ended. */
async function ended(result: Promise<RunResult>): Promise<RunResult> {
  let isOver = false;
  void result.finally(() => {
    isOver = true;
  });
  while (!isOver) {
    clock.advance(1_000);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return result;
}

describe.each([false, true])("with everything failing (durable: %s)", (durable) => {
  test("1000 agents with five attempts each make at most 1100 calls, and the others say why", async () => {
    const calls: unknown[] = [];
    const abyssal = await open(remote(failing("NO_LUCK", calls)), EACH(5, "exponential"), { durable });
    const result = await ended(abyssal.execute(each(1_000)));
    expect(result.status).toBe("failed");
    expect(calls.length).toBeGreaterThan(1_000);
    expect(calls.length).toBeLessThanOrEqual(1_100);
    const codes = Object.groupBy(result.reasons, ({ code }) => code);
    expect(codes.RETRY_BUDGET_SPENT!.length).toBeGreaterThan(900);
    expect(codes.RETRY_BUDGET_SPENT![0]!.message).toMatch(/^not today; not tried again/);
    abyssal.close();
  });

  test("a host that is down is left alone by its breaker, and a replay needs nothing of it (V1)", async () => {
    const calls: unknown[] = [];
    const abyssal = await open(remote(failing("UNAVAILABLE", calls)), EACH(2, "none"), { durable });
    const changes: string[] = [];
    abyssal.resilience$.subscribe(({ type }) => changes.push(type));
    const result = await ended(abyssal.execute(each(200)));
    expect(result.reasons.some(({ code }) => code === "BREAKER_OPEN")).toBe(true);
    // Twenty are under way before the first one has failed; then there are probes.
    expect(calls.length).toBeLessThan(40);
    expect(changes.slice(0, 3)).toEqual(["breaker.opened", "breaker.halfOpened", "breaker.opened"]);
    expect(abyssal.resources()).toMatchObject([{ resource: "host:api.example.com", breaker: "open" }]);
    abyssal.close();
    if (!durable) return;
    const records = await openRecords(folder);
    expect(records.ended(result.runId).faithful).toBe(true);
    records.close();
  });
});

test("an agent that meets an open breaker waits until it is tried again, and succeeds with the host", async () => {
  const downUntilMs = clock.nowMs() + 20_000;
  const perform: Performer["perform"] = async () =>
    clock.nowMs() < downUntilMs
      ? { kind: "failed", failure: { code: "UNAVAILABLE", message: "down", retryable: true } }
      : { kind: "completed", output: "up", confidence: { value: 1, source: "checked" } };
  const abyssal = await open(remote(perform), EACH(3, "none"), {
    config: { resilience: { rules: [{ resource: "host:*", breaker: { failures: 1 } }] } },
  });
  const result = await ended(abyssal.execute(each(8)));
  expect(result.status).toBe("succeeded");
  // The host is down for 20 s, the breaker open for 30.
  expect(result.durationMs).toBeGreaterThanOrEqual(30_000);
});

test("attempts that take too long open the breaker of what they called", async () => {
  const perform: Performer["perform"] = (_, { signal }) =>
    new Promise((resolve) => {
      const failure = { code: "ABORTED", message: "stopped", retryable: true };
      signal.addEventListener("abort", () => resolve({ kind: "failed", failure }));
    });
  const abyssal = await open(remote(perform), EACH(1, "none"));
  await ended(abyssal.execute(each(6)));
  expect(abyssal.resources()).toMatchObject([{ breaker: "open", failed: 6, atWork: 0 }]);
});

test("a run that is cancelled blames nobody, and leaves nothing waiting", async () => {
  const performed: string[] = [];
  const perform: Performer["perform"] = (task, { signal }) => {
    performed.push(task.path);
    return new Promise((resolve) => {
      const failure = { code: "ABORTED", message: "stopped", retryable: true };
      signal.addEventListener("abort", () => resolve({ kind: "failed", failure }));
    });
  };
  const abyssal = await open(remote(perform), EACH(1, "none"), {
    config: { resilience: { rules: [{ resource: "*", bulkhead: { atOnce: 2 } }] } },
  });
  const run = abyssal.start(each(10));
  await new Promise((resolve) => setImmediate(resolve));
  expect(performed).toHaveLength(2);
  await ended(run.cancel("enough"));
  expect(performed).toHaveLength(2);
  expect(abyssal.resources()).toMatchObject([{ breaker: "closed", failed: 0, atWork: 0, waiting: 0 }]);
});

test("a pace spaces the calls of a run, within its timeout", async () => {
  const begun: number[] = [];
  const perform: Performer["perform"] = async () => {
    begun.push(clock.nowMs());
    return { kind: "completed", output: "", confidence: { value: 1, source: "checked" } };
  };
  const abyssal = await open(remote(perform), EACH(1, "none"), {
    config: { resilience: { rules: [{ resource: "host:*", pace: { requestsPerMinute: 30 } }] } },
  });
  expect((await ended(abyssal.execute(each(5)))).status).toBe("succeeded");
  expect(begun.map((ms) => ms - begun[0]!)).toEqual([0, 2_000, 4_000, 6_000, 8_000]);
});

test("nothing is guarded when it is turned off", async () => {
  const calls: unknown[] = [];
  const abyssal = await open(remote(failing("UNAVAILABLE", calls)), EACH(3, "none"), {
    config: { resilience: { enabled: false } },
  });
  await ended(abyssal.execute(each(20)));
  expect(calls).toHaveLength(60);
  expect(abyssal.resources()).toEqual([]);
});

test("a run of a few agents that fail now and then is tried again as often as its step says", async () => {
  const attempts = new Map<string, number>();
  const perform: Performer["perform"] = async ({ path, attempt }) => {
    attempts.set(path, attempt);
    return attempt < 3
      ? { kind: "failed", failure: { code: "NO_LUCK", message: "no", retryable: true } }
      : { kind: "completed", output: "", confidence: { value: 1, source: "checked" } };
  };
  const abyssal = await open(remote(perform), EACH(3, "exponential"));
  const result = await ended(abyssal.execute(each(5)));
  expect(result.status).toBe("succeeded");
  expect([...attempts.values()]).toEqual([3, 3, 3, 3, 3]);
});
