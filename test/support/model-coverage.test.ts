import { describe, expect, test } from "vitest";
import { assign, createMachine, fromPromise, setup } from "xstate";
import { coverageLine, type ModelOptions, modelCoverage } from "./model-coverage.ts";

type Event = { type: "start" } | { type: "done"; attempt: number } | { type: "fail" } | { type: "cancel" };

const job = setup({
  types: {
    context: {} as { attempt: number; max: number },
    input: {} as { max: number; ready: boolean },
    events: {} as Event,
  },
  guards: {
    mayRetry: ({ context }) => context.attempt < context.max,
    isCurrent: ({ context, event }) => event.type === "done" && event.attempt === context.attempt,
  },
  actions: { count: assign({ attempt: ({ context }) => context.attempt + 1 }) },
}).createMachine({
  id: "job",
  context: ({ input }) => ({ attempt: 0, max: input.max }),
  initial: "idle",
  states: {
    idle: { on: { start: "running" } },
    running: {
      entry: "count",
      initial: "working",
      states: {
        working: { on: { done: { guard: "isCurrent", target: "checked" } } },
        checked: { type: "final" },
      },
      on: { fail: [{ guard: "mayRetry", target: "waiting" }, { target: "failed" }] },
      onDone: "succeeded",
    },
    waiting: { after: { 1000: "running" } },
    succeeded: { type: "final" },
    failed: { type: "final" },
    cancelled: { type: "final" },
  },
  on: { cancel: ".cancelled" },
});

const options: ModelOptions<typeof job> = {
  machine: job,
  inputs: [{ max: 2, ready: true }],
  events: ({ context }) => [
    { type: "start" },
    { type: "done", attempt: context.attempt },
    { type: "fail" },
    { type: "cancel" },
  ],
  serializeState: ({ value, context }) => JSON.stringify([value, context.attempt]),
};

describe("model coverage", () => {
  test("a machine whose every state and transition can be reached is covered in full", () => {
    const found = modelCoverage(options);
    expect(found.states).toEqual({ covered: 8, total: 8, missing: [] });
    expect(found.transitions).toEqual({ covered: 7, total: 7, missing: [] });
    expect(coverageLine("job", found)).toBe(`job: 8/8 states, 7/7 transitions, ${found.paths} paths`);
  });

  test("a state that nothing leads to is reported with its transitions", () => {
    const machine = createMachine({
      id: "lamp",
      initial: "off",
      states: {
        off: { on: { press: "on" } },
        on: { on: { press: "off" } },
        broken: { on: { repair: "off" } },
      },
    });
    const found = modelCoverage({
      machine,
      inputs: [undefined],
      events: [{ type: "press" }, { type: "repair" }],
      serializeState: ({ value }) => String(value),
    });
    expect(found.states).toEqual({ covered: 2, total: 3, missing: ["lamp.broken"] });
    expect(found.transitions).toEqual({
      covered: 2,
      total: 3,
      missing: ["lamp.broken -- repair -> lamp.off"],
    });
    expect(coverageLine("lamp", found)).toContain("missing lamp.broken, lamp.broken -- repair -> lamp.off");
  });

  test("a guarded branch that no input takes is reported", () => {
    const found = modelCoverage({ ...options, inputs: [{ max: 0, ready: true }] });
    expect(found.states.missing).toEqual(["job.waiting"]);
    expect(found.transitions.missing).toEqual([
      "job.running -- fail [mayRetry] -> job.waiting",
      "job.waiting -- xstate.after.1000.job.waiting -> job.running",
    ]);
  });

  test("the branches of several inputs are counted together", () => {
    const machine = setup({
      types: { context: {} as { kind: string }, input: {} as { kind: string } },
    }).createMachine({
      id: "switch",
      context: ({ input }) => input,
      initial: "choosing",
      states: {
        choosing: {
          always: [{ guard: ({ context }) => context.kind === "left", target: "left" }, { target: "right" }],
        },
        left: {},
        right: {},
      },
    });
    const explore = (...kinds: string[]) =>
      modelCoverage({
        machine,
        inputs: kinds.map((kind) => ({ kind })),
        events: [],
        serializeState: ({ value }) => String(value),
      });
    expect(explore("left").transitions).toMatchObject({ covered: 1, total: 2 });
    expect(explore("left", "right")).toMatchObject({
      states: { covered: 3, total: 3 },
      transitions: { covered: 2, total: 2 },
    });
  });

  test("ends and errors of invoked children, and states in parallel, are explored", () => {
    const machine = setup({
      actors: { work: fromPromise(() => new Promise<void>(() => undefined)) },
    }).createMachine({
      id: "pair",
      type: "parallel",
      states: {
        a: {
          initial: "busy",
          states: {
            busy: { invoke: { src: "work", id: "work", onDone: "good", onError: "bad" } },
            good: { type: "final" },
            bad: { type: "final" },
          },
        },
        b: { initial: "open", states: { open: { on: { close: "closed" } }, closed: { type: "final" } } },
      },
    });
    const found = modelCoverage({
      machine,
      inputs: [undefined],
      events: [{ type: "close" }],
      serializeState: ({ value }) => JSON.stringify(value),
    });
    expect(found.states).toMatchObject({ covered: 7, total: 7 });
    expect(found.transitions).toMatchObject({ covered: 3, total: 3 });
  });

  test("an exploration beyond its limit is an error, not a partial figure", () => {
    const machine = setup({
      types: { context: {} as { n: number } },
      actions: { count: assign({ n: ({ context }) => context.n + 1 }) },
    }).createMachine({ context: { n: 0 }, on: { tick: { actions: "count" } } });
    const endless = {
      machine,
      inputs: [undefined],
      events: [{ type: "tick" }],
      serializeState: ({ context }: { context: { n: number } }) => String(context.n),
      limit: 100,
    };
    expect(() => modelCoverage(endless)).toThrow("limit");
  });

  test("a guard that reads what an action did to the world, so that actor and graph part, is an error", () => {
    let touched = false;
    const machine = setup({
      guards: { untouched: () => !touched },
      actions: {
        touch: () => {
          touched = true;
        },
      },
    }).createMachine({
      id: "part",
      initial: "a",
      states: {
        a: { entry: "touch", on: { go: [{ guard: "untouched", target: "b" }, { target: "c" }] } },
        b: {},
        c: {},
      },
    });
    const explore = () =>
      modelCoverage({
        machine,
        inputs: [undefined],
        events: [{ type: "go" }],
        serializeState: ({ value }) => String(value),
      });
    expect(explore).toThrow("after go the actor is in c, the graph says b");
  });

  test("an action that throws fails the exploration", () => {
    const machine = createMachine({
      initial: "a",
      states: {
        a: { on: { go: "b" } },
        b: {
          entry: () => {
            throw new Error("planted");
          },
        },
      },
    });
    const explore = () =>
      modelCoverage({
        machine,
        inputs: [undefined],
        events: [{ type: "go" }],
        serializeState: ({ value }) => String(value),
      });
    expect(explore).toThrow("planted");
  });
});
