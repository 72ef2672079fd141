import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Pace, type Start } from "../../../src/engine/resilience/pace.ts";
import { type PaceSettings, settingsOf } from "../../../src/engine/resilience/rules.ts";
import { ManualClock } from "../../support/manual-clock.ts";

const NEVER = new AbortController().signal;

function paceWith(pace: Partial<PaceSettings>) {
  const clock = new ManualClock();
  return {
    clock,
    pace: new Pace("model:a/b", settingsOf("model:a/b", [{ resource: "*", pace }]).pace, clock),
  };
}

/** A call as the test sees it: when it came, when it began, or why it did not. */
type Seen = {
  readonly cameMs: number;
  began: number | null;
  end: "aborted" | "refused" | null;
  start: Start | null;
};

function come(pace: Pace, clock: ManualClock, signal = NEVER): Seen {
  const seen: Seen = { cameMs: clock.nowMs(), began: null, end: null, start: null };
  void Promise.resolve(pace.enter(signal)).then((turn) => {
    if (turn.kind !== "go") seen.end = turn.kind;
    else {
      seen.began = clock.nowMs();
      seen.start = turn;
    }
  });
  return seen;
}

/** Lets those who were woken go on. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 4; turn++) await null;
}

/** Goes on millisecond by millisecond, so that whatever begins is seen at its own time. */
async function pass(clock: ManualClock, ms: number): Promise<void> {
  await settled();
  for (let left = ms; left > 0; left--) {
    clock.advance(1);
    await settled();
  }
}

describe("a pace", () => {
  test("spaces calls evenly, after as many at once as its burst (R1, R3)", async () => {
    const { clock, pace } = paceWith({ requestsPerMinute: 600, burst: 2 });
    const startMs = clock.nowMs();
    const calls = Array.from({ length: 5 }, () => come(pace, clock));
    await pass(clock, 1_000);
    expect(calls.map(({ began }) => began! - startMs)).toEqual([0, 0, 100, 200, 300]);
  });

  test("loses no time to the clock's whole milliseconds, call after call (R1)", async () => {
    const { clock, pace } = paceWith({ requestsPerMinute: 60_000 / 33.25 });
    const startMs = clock.nowMs();
    const calls = Array.from({ length: 31 }, () => come(pace, clock));
    await pass(clock, 1_100);
    expect(calls.at(-1)!.began! - startMs).toBe(998);
  });

  test("a call that comes when the turn of another is due does not take it (R3)", async () => {
    const { clock, pace } = paceWith({ requestsPerMinute: 60 });
    const startMs = clock.nowMs();
    const [, second] = [come(pace, clock), come(pace, clock)];
    // The time has come, and the timer is late.
    clock.set(startMs + 1_500);
    const third = come(pace, clock);
    clock.advance(0);
    await pass(clock, 1_000);
    expect([second.began! - startMs, third.began! - startMs]).toEqual([1_500, 2_499]);
  });

  test("lets calls through without waiting when nothing limits them", () => {
    const { pace } = paceWith({});
    for (let index = 0; index < 100; index++) expect(pace.enter(NEVER)).toMatchObject({ kind: "go" });
  });

  test("refuses at once who would have to wait longer than a call may, with the time (R4)", async () => {
    const { clock, pace } = paceWith({ requestsPerMinute: 60, maxWaitMs: 2_000 });
    const calls = [1, 2, 3].map(() => come(pace, clock));
    expect(pace.enter(NEVER)).toMatchObject({
      kind: "refused",
      failure: {
        code: "PACE_EXCEEDED",
        retryable: true,
        detail: { resource: "model:a/b", retryAfterMs: 3_000 },
      },
    });
    await pass(clock, 2_000);
    expect(calls.every(({ began }) => began !== null)).toBe(true);
  });

  test("who waits leaves the line when it is aborted, and the next one takes its turn (R3, R6)", async () => {
    const { clock, pace } = paceWith({ requestsPerMinute: 60 });
    const controller = new AbortController();
    const startMs = clock.nowMs();
    const [first, second, third] = [
      come(pace, clock),
      come(pace, clock, controller.signal),
      come(pace, clock),
    ] as const;
    controller.abort();
    await pass(clock, 3_000);
    expect([first.began, second.end, third.began]).toEqual([startMs, "aborted", startMs + 1_000]);
    expect(clock.pending).toBe(0);
  });

  test("begins nothing before a time that the resource has asked for, then in order (R5)", async () => {
    const { clock, pace } = paceWith({});
    const startMs = clock.nowMs();
    pace.block(startMs + 500);
    const calls = [come(pace, clock), come(pace, clock)];
    await pass(clock, 1_000);
    expect(calls.map(({ began }) => began! - startMs)).toEqual([500, 500]);
    expect(clock.pending).toBe(0);
  });

  test("sends away who waits when the time that is asked for grows beyond what a call waits (R4)", async () => {
    const { clock, pace } = paceWith({ maxWaitMs: 1_000 });
    pace.block(clock.nowMs() + 900);
    const call = come(pace, clock);
    await pass(clock, 500);
    pace.block(clock.nowMs() + 60_000);
    await pass(clock, 600);
    expect(call.end).toBe("refused");
    expect(clock.pending).toBe(0);
  });

  test("makes later calls wait for the tokens that earlier ones took, and expects as many of the next (R2)", async () => {
    const { clock, pace } = paceWith({ tokensPerMinute: 60_000 });
    const startMs = clock.nowMs();
    const first = come(pace, clock);
    await settled();
    pace.settle(first.start!, 2_000);
    const [second, third] = [come(pace, clock), come(pace, clock)];
    await pass(clock, 5_000);
    expect([second.began! - startMs, third.began! - startMs]).toEqual([2_000, 4_000]);
  });

  test("gives back the tokens of a call that was never made", async () => {
    const { clock, pace } = paceWith({ tokensPerMinute: 60_000 });
    const first = come(pace, clock);
    await settled();
    pace.settle(first.start!, 1_000);
    await pass(clock, 1_000);
    const second = come(pace, clock);
    await settled();
    pace.settle(second.start!, null);
    expect(pace.enter(NEVER)).toMatchObject({ kind: "go" });
  });
});

describe("on any sequence of calls a pace", () => {
  const comings = fc.array(fc.record({ afterMs: fc.nat(400) }), {
    minLength: 1,
    maxLength: 25,
  });

  test("keeps to its rate, in order, and makes nobody wait longer than the rate asks (R1, R3, R6)", async () => {
    const scenario = fc.record({
      requestMs: fc.constantFrom(7, 50, 100, 333.3),
      burst: fc.integer({ min: 1, max: 4 }),
      comings,
    });
    await fc.assert(
      fc.asyncProperty(scenario, async ({ requestMs, burst, comings: steps }) => {
        const requestsPerMinute = 60_000 / requestMs;
        const { clock, pace } = paceWith({ requestsPerMinute, burst, maxWaitMs: 3_600_000 });
        const calls: Seen[] = [];
        for (const { afterMs } of steps) {
          await pass(clock, afterMs);
          calls.push(come(pace, clock));
          await settled();
        }
        await pass(clock, Math.ceil(steps.length * requestMs) + 10);
        const began = calls.map((call) => call.began!);
        expect(began).toEqual([...began].sort((a, b) => a - b));
        expect(clock.pending).toBe(0);
        began.forEach((atMs, index) => {
          // The earliest time that the rate allows after the calls that did begin before: no later, and no earlier.
          let dueMs = calls[index]!.cameMs;
          for (let before = 0; before < index; before++)
            dueMs = Math.max(dueMs, began[before]! + (index - before + 1 - burst) * requestMs);
          expect(atMs).toBeGreaterThanOrEqual(dueMs - 1);
          expect(atMs).toBeLessThanOrEqual(dueMs + 1);
        });
      }),
      { numRuns: 40 },
    );
  });

  test("never begins a call before the rate has given what earlier ones took (R2)", async () => {
    const scenario = fc.record({
      tokens: fc.array(fc.nat(3_000), { minLength: 2, maxLength: 12 }),
      lasts: fc.array(fc.nat(300), { minLength: 12, maxLength: 12 }),
      comings,
    });
    await fc.assert(
      fc.asyncProperty(scenario, async ({ tokens, lasts, comings: steps }) => {
        const { clock, pace } = paceWith({ tokensPerMinute: 600_000, maxWaitMs: 3_600_000 });
        const startMs = clock.nowMs();
        const calls: Seen[] = [];
        const ended = new Set<Seen>();
        let taken = 0;
        let checked = 0;
        const endDue = (): void => {
          calls.forEach((call, index) => {
            if (call.began === null || ended.has(call)) return;
            if (clock.nowMs() < call.began + lasts[index % lasts.length]!) return;
            ended.add(call);
            taken += tokens[index % tokens.length]!;
            pace.settle(call.start!, tokens[index % tokens.length]!);
          });
        };
        const check = (): void => {
          for (; calls[checked] && calls[checked]!.began !== null; checked++)
            // Ten tokens a millisecond.
            expect(taken).toBeLessThanOrEqual((calls[checked]!.began! - startMs + 1) * 10 + 1e-6);
        };
        const goOn = async (ms: number): Promise<void> => {
          for (let left = ms; left > 0; left--) {
            await pass(clock, 1);
            check();
            endDue();
          }
        };
        for (const { afterMs } of steps) {
          await goOn(afterMs);
          calls.push(come(pace, clock));
          await settled();
          check();
        }
        await goOn(steps.length * 400);
        expect(calls.every(({ began }) => began !== null)).toBe(true);
      }),
      { numRuns: 25 },
    );
  });
});
