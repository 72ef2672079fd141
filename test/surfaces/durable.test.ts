import { readdir } from "node:fs/promises";
import { expect, test } from "vitest";
import { type Abyssal, createAbyssal, LiveRun, type Performer } from "../../src/index.ts";
import { type Clock, systemClock } from "../../src/shared/clock.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const PAIR = `
name: PAIR
version: 1.0.0
description: Two steps
category: test
parameters: {}
steps:
  first: { run: { performer: counting } }
  second: { run: { performer: counting }, needs: [first] }
`;

const TIMELY = `
name: TIMELY
version: 1.0.0
description: A choice in time
category: test
parameters: {}
steps:
  pick:
    run:
      performer: human
      question: Which colour?
      choices: [red, blue]
      within: 2d
      default: { answer: blue }
  paint: { run: { performer: counting }, needs: [pick] }
`;

const ASKS = PAIR.replace("PAIR", "ASKS").replace("needs: [first]", "needs: [first], approve: true");

/** The machine's clock, set ahead; `armed` gets the time to each alarm, ms. */
const ahead = (ms: number, armed: number[]): Clock => ({
  nowMs: () => systemClock.nowMs() + ms,
  at: (atMs, wake) => {
    armed.push(atMs - ms - systemClock.nowMs());
    return systemClock.at(atMs - ms, wake);
  },
  nextTurn: systemClock.nextTurn,
});

/** Counts its calls by idempotency key; the path `hangs` never answers by itself. */
function counting(hangs: string | null) {
  const keys: string[] = [];
  let reached = (): void => {};
  const hanging = new Promise<void>((resolve) => {
    reached = resolve;
  });
  const performer: Performer = {
    name: "counting",
    perform: (task, { signal }) => {
      keys.push(task.idempotencyKey);
      if (task.path !== hangs)
        return Promise.resolve({
          kind: "completed",
          output: task.path,
          confidence: { value: 1, source: "checked" },
        });
      reached();
      return new Promise((resolve) => {
        const failure = { code: "ABORTED", message: "aborted", retryable: false };
        signal.addEventListener("abort", () => resolve({ kind: "failed", failure }));
      });
    },
  };
  return { performer, keys, hanging };
}

function open(
  folder: string,
  performer: Performer,
  clock: Clock = systemClock,
  durable = true,
): Promise<Abyssal> {
  return createAbyssal({
    clock,
    workingFolder: folder,
    env: {},
    templates: [PAIR, ASKS, TIMELY],
    performers: [performer],
    durable,
  });
}

test("a durable run goes on in another runtime where the first one let go, and repeats nothing that was recorded", async () => {
  const folder = temporaryFolder();
  const before = counting("pair/second");
  const first = await open(folder, before.performer);
  const run = first.start("ABYSSAL[PAIR]()");
  const left = run.result.catch((error: unknown) => error);
  await before.hanging;
  first.close();
  expect(await left).toMatchObject({ code: "RUN_LET_GO" });

  const after = counting(null);
  const second = await open(folder, after.performer);
  const result = await second.resume().result;
  second.close();
  expect(result).toMatchObject({
    runId: run.runId,
    status: "succeeded",
    output: "# First\n\npair/first\n\n# Second\n\npair/second",
  });
  expect(before.keys).toEqual([`${run.runId}/pair/first#1`, `${run.runId}/pair/second#1`]);
  expect(after.keys).toEqual([`${run.runId}/pair/second#1`]);
});

test("a runtime that is closed does not end a process that awaits no result", async () => {
  const { performer, hanging } = counting("pair/second");
  const runtime = await open(temporaryFolder(), performer);
  const unhandled: unknown[] = [];
  const note = (error: unknown): void => void unhandled.push(error);
  process.on("unhandledRejection", note);
  const run = runtime.start("ABYSSAL[PAIR]()");
  await hanging;
  runtime.close();
  // Rejections count as unhandled once the turn in which they came is over.
  await new Promise((resolve) => setImmediate(resolve));
  await new Promise((resolve) => setImmediate(resolve));
  process.off("unhandledRejection", note);
  expect(unhandled).toEqual([]);
  await expect(run.result).rejects.toMatchObject({ code: "RUN_LET_GO" });
});

test("a person may take ten days to decide, far beyond the run's own time", async () => {
  const folder = temporaryFolder();
  const { performer } = counting(null);
  const first = await open(folder, performer);
  const run = first.start("ABYSSAL[ASKS]()", { timeoutMs: 60_000 });
  run.result.catch(() => {});
  for await (const event of run) if (event.type === "run.suspended") break;
  first.close();

  const armed: number[] = [];
  const second = await open(folder, performer, ahead(10 * 86_400_000, armed));
  expect(await second.getStatus(run.runId)).toMatchObject({
    status: "suspended",
    waitingFor: [{ path: "asks/second" }],
  });
  const decided = second.decide(run.runId, "asks/second", { approved: true });
  if (!(decided instanceof LiveRun)) throw new Error("the run is driven elsewhere");
  expect(await decided.result).toMatchObject({ status: "succeeded", reasons: [] });
  expect(Math.min(...armed)).toBeGreaterThan(0);
  second.close();
});

test("a question nobody has answered in time is decided by its default as soon as anyone resumes the run", async () => {
  const folder = temporaryFolder();
  const { performer, keys } = counting(null);
  const first = await open(folder, performer);
  const run = first.start("ABYSSAL[TIMELY]()", { timeoutMs: 60_000 });
  run.result.catch(() => {});
  for await (const event of run) if (event.type === "run.suspended") break;
  expect(() => run.decide("timely/pick", { approved: true, answer: "grey" })).toThrow(/APPROVAL_INVALID/);
  expect(() => run.decide("timely/pck", { approved: true })).toThrow(/APPROVAL_UNKNOWN/);
  first.close();

  const second = await open(folder, performer, ahead(2 * 86_400_000 + 1, []));
  expect(await second.getStatus(run.runId)).toMatchObject({
    status: "suspended",
    waitingFor: [{ path: "timely/pick", choices: ["red", "blue"], otherwise: { answer: "blue" } }],
  });
  const decision = { approved: true, answer: "red" };
  expect(() => second.decide(run.runId, "timely/pick", decision)).toThrow(/APPROVAL_LATE/);
  const result = await second.resume().result;
  expect(result.results.map(({ path, status, decided }) => [path, status, decided?.answer])).toEqual([
    ["timely/pick", "succeeded", "blue"],
    ["timely/paint", "succeeded", undefined],
  ]);
  expect(keys).toEqual([`${run.runId}/timely/paint#1`]);
  second.close();
});

test.each([true, false])(
  "an AbortSignal stops a run before and during its work (durable: %s)",
  async (durable) => {
    const folder = temporaryFolder();
    const { performer, keys, hanging } = counting("pair/second");
    const runtime = await open(folder, performer, systemClock, durable);
    const never = await runtime.execute("ABYSSAL[PAIR]()", { signal: AbortSignal.abort() });
    expect([never.status, never.reasons[0]?.message]).toEqual(["cancelled", "aborted by the caller"]);
    const calls = keys.length;
    const controller = new AbortController();
    const running = runtime.execute("ABYSSAL[PAIR]()", { signal: controller.signal });
    await hanging;
    controller.abort();
    const result = await running;
    expect(result.results.map(({ status }) => status)).toEqual(["succeeded", "cancelled"]);
    expect(keys).toHaveLength(calls + 2);
    runtime.close();
  },
);

test("resuming without a journal, or without anything to resume, is refused clearly", async () => {
  const folder = temporaryFolder();
  const plain = await createAbyssal({ workingFolder: folder, env: {} });
  expect(() => plain.resume()).toThrow(/RUN_NOT_DURABLE resume/);
  expect(() => plain.explain("r_0000000000000000")).toThrow(/RUN_NOT_DURABLE explain/);
  expect(() => plain.begin("r_0000000000000000")).toThrow(/RUN_NOT_DURABLE begin/);
  const durable = await open(folder, counting(null).performer);
  expect(() => durable.resume()).toThrow(/RUN_UNKNOWN/);
  expect(() => durable.resume("r_0000000000000000")).toThrow(/RUN_UNKNOWN/);
  durable.close();
  expect(await readdir(folder)).toEqual([]);
});
