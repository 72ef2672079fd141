import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  Actor,
  type AnyActorRef,
  type AnyStateMachine,
  and,
  assign,
  createActor,
  createMachine,
  emit,
  enqueueActions,
  not,
  raise,
  sendParent,
  sendTo,
  setup,
  spawnChild,
  stateIn,
} from "xstate";
import { flatMachine } from "../../src/actors/flat/flat-machine.ts";
import { isFlat } from "../../src/actors/flat/state-table.ts";
import * as exported from "../../src/machines/index.ts";
import { planSpecs } from "./random-run/plan-spec.ts";
import { simulate } from "./random-run/simulate.ts";

const SEED = Number(process.env.ABYSSAL_TEST_SEED ?? Date.now() % 2 ** 31);
const MACHINES = Object.entries(exported) as unknown as readonly (readonly [string, AnyStateMachine])[];

/** What an actor of the machine did and became, event by event. */
function told(
  machine: AnyStateMachine,
  input: unknown,
  events: readonly { readonly type: string }[],
): unknown[] {
  const log: unknown[] = [];
  const actor = createActor(machine, { input, logger: (said) => log.push(said) });
  actor.subscribe({
    next: (snapshot) => log.push(["next", snapshot.value]),
    complete: () => log.push("complete"),
    error: (error) =>
      log.push([
        "error",
        String((error as Error).message)
          .split("\n")
          .at(-1),
      ]),
  });
  actor.start();
  const look = (): void => {
    const { status, value, context, output, children } = actor.getSnapshot();
    log.push(plain({ status, value, context, output, children }));
  };
  look();
  for (const event of events) {
    if (actor.getSnapshot().status !== "active") break;
    actor.send(event);
    look();
  }
  return log;
}

function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value) ?? "null");
}

/** A machine whose actions write down what they were given. */
function recorded(machine: AnyStateMachine, log: unknown[]): AnyStateMachine {
  const actions = Object.entries(machine.implementations.actions as Record<string, object>).map(
    ([name, code]) => [
      name,
      "resolve" in code
        ? code
        : ({ context, event }: { context: unknown; event: unknown }, params: unknown) =>
            log.push(plain([name, params ?? null, context, event])),
    ],
  );
  return machine.provide({ actions: Object.fromEntries(actions) });
}

describe(`the machines of a run, seed ${SEED}`, () => {
  const tally = fc.record({ total: fc.nat(3), satisfied: fc.nat(3), cancelled: fc.nat(1) });
  const failure = fc.record({ code: fc.constant("F"), message: fc.constant("m"), retryable: fc.boolean() });
  const preparation = fc.oneof(
    fc.constant(null),
    fc.constant({ kind: "run" }),
    fc.record({ kind: fc.constant("skip"), reason: fc.constantFrom("condition", "x did not succeed") }),
    fc.record({ kind: fc.constant("invalid"), failure }),
  );
  const child = fc.record({ kind: fc.constantFrom("agent", "fork"), path: fc.constantFrom("a", "b") });
  /** Whatever any of the machines reads of its input or of an event. */
  const anything = fc.record({
    path: fc.constant("p"),
    attempt: fc.nat(3),
    attemptsMax: fc.integer({ min: 1, max: 3 }),
    alternatives: fc.array(fc.integer({ min: 1, max: 2 }), { maxLength: 2 }),
    needsApproval: fc.boolean(),
    hasFallback: fc.boolean(),
    approved: fc.boolean(),
    reason: fc.constant("r"),
    refusal: fc.option(failure),
    purpose: fc.constantFrom("timeout", "backoff", "deadline"),
    actorId: fc.constant("0"),
    output: fc.record({ path: fc.constant("p"), tally, answered: fc.boolean() }),
    children: fc.array(child, { maxLength: 3 }),
    ready: fc.array(child, { maxLength: 3 }),
    total: fc.nat(4),
    threshold: fc.constantFrom(0.5, 1),
    shard: fc.boolean(),
    settled: tally,
    tally,
    failure,
    preparation,
    runId: fc.constant("r"),
  });

  test.each(MACHINES.filter(([name]) => !["supervisorMachine", "breakerMachine"].includes(name)))(
    "%s, of which a run has many or tells much, is run from tables",
    (_, machine) => {
      expect(isFlat(machine)).toBe(true);
      expect(flatMachine(machine)).not.toBe(machine);
    },
  );

  test.each(MACHINES)(
    "%s does and becomes from tables what it does and becomes in XState (M1, M2)",
    (_, machine) => {
      const types = machine.events.map((type) => type.replace(/\*$/, "0"));
      const event = fc.tuple(fc.constantFrom(...types), anything).map(([type, rest]) => ({ ...rest, type }));
      const histories = fc.tuple(anything, fc.array(event, { maxLength: 12 }));
      fc.assert(
        fc.property(histories, ([input, events]) => {
          const logs = [machine, flatMachine].map((as) => {
            const log: unknown[] = [];
            const own = recorded(machine, log);
            log.push(told(as === flatMachine ? flatMachine(own) : own, input, events));
            return log;
          });
          expect(logs[1]).toEqual(logs[0]);
        }),
        { seed: SEED, numRuns: 150 },
      );
    },
  );

  test("whole runs give the same commands, events and results as those that an inspector watches in XState", () => {
    const scenarios = fc.record({
      spec: planSpecs,
      choices: fc.array(fc.nat(9_999), { maxLength: 60 }),
      stop: fc.record({ kind: fc.constantFrom("none", "cancel", "deadline"), afterSteps: fc.nat(25) }),
    });
    fc.assert(
      fc.property(scenarios, (scenario) => {
        let microsteps = 0;
        const watched = simulate(scenario, ({ type }) => {
          if (type === "@xstate.microstep") microsteps++;
        });
        const { commands, events, results, run } = simulate(scenario);
        expect(microsteps).toBeGreaterThan(0);
        expect(commands).toEqual(watched.commands);
        expect(events).toEqual(watched.events);
        expect(results).toEqual(watched.results);
        expect(run.answer).toEqual(watched.run.answer);
      }),
      { seed: SEED, numRuns: 100 },
    );
  });
});

/** Everything that the tables know, in one family: ends at once, is stopped before it starts, raises, guards, tags. */
function family(as: (machine: AnyStateMachine) => AnyStateMachine): AnyStateMachine {
  const brief = as(createMachine({ id: "brief", initial: "over", states: { over: { type: "final" } } }));
  const lasting = as(
    createMachine({
      id: "lasting",
      initial: "on",
      states: {
        on: { on: { stop: "over", tell: { actions: sendParent({ type: "told" }) } } },
        over: { type: "final" },
      },
      output: "lasted",
    }),
  );
  return as(
    setup({
      types: { context: {} as { readonly said: readonly string[] } },
      actors: { brief: brief as never, lasting: lasting as never },
      actions: {
        say: assign(({ context, event }, params: { readonly word: string }) => ({
          said: [...context.said, `${params.word} ${event.type}`],
        })) as never,
        hire: enqueueActions(({ enqueue, event }) => {
          enqueue.spawnChild("brief" as never, { id: `brief-${event.type}` } as never);
          enqueue.spawnChild("lasting" as never, { id: "lasting" } as never);
          enqueue.spawnChild("lasting" as never, { id: "gone" } as never);
          enqueue.stopChild("gone");
          enqueue.raise({ type: "hired" });
        }) as never,
      },
      guards: { isFresh: ({ context }) => context.said.length < 3, never: () => false },
    }).createMachine({
      id: "family",
      context: { said: [] },
      initial: "first",
      entry: [{ type: "say", params: { word: "root" } }, "hire"],
      on: {
        "*": { actions: { type: "say", params: { word: "anywhere" } } },
        "told.*": { actions: { type: "say", params: { word: "told" } } },
      },
      states: {
        first: {
          tags: "early",
          meta: { of: "first" },
          exit: { type: "say", params: { word: "leave" } },
          on: {
            hired: { target: "second", actions: { type: "say", params: { word: "go" } } },
          },
        },
        second: {
          entry: { type: "say", params: { word: "enter" } },
          always: { guard: and(["isFresh", not("never"), stateIn("second")]), target: "third" },
          on: {
            "xstate.done.actor.*": { actions: { type: "say", params: { word: "done" } } },
            tell: { actions: sendTo("lasting", { type: "tell" }) },
            again: { actions: [raise({ type: "back" }), "hire"] },
            back: "third",
            end: "last",
            fail: {
              actions: assign({
                said: () => {
                  throw new Error("on purpose");
                },
              }),
            },
          },
        },
        third: {
          on: {
            back: "second",
            "xstate.done.actor.lasting": "last",
            leave: { actions: sendTo("lasting", { type: "stop" }) },
          },
        },
        last: { type: "final", output: ({ context }) => context.said.length },
      },
      output: ({ event }) => event,
    }) as never,
  );
}

describe("a flat machine", () => {
  const words = ["hired", "tell", "told.twice", "again", "back", "leave", "end", "fail", "unheard"].map(
    (type) => ({ type }),
  );

  test(`treats children, raised events, guards and patterns as XState does, seed ${SEED}`, () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...words), { maxLength: 10 }), (events) => {
        const flat = told(family(flatMachine), undefined, events);
        expect(flat).toEqual(
          told(
            family((machine) => machine),
            undefined,
            events,
          ),
        );
      }),
      { seed: SEED, numRuns: 300 },
    );
  });

  test("has children that tell what they tell as XState's do: snapshots, what they emit, their end", () => {
    const heard = [(machine: AnyStateMachine) => machine, flatMachine].map((as) => {
      const child = createMachine({
        initial: "on",
        states: {
          on: { on: { sing: { actions: emit({ type: "sung" }) }, rest: "off" } },
          off: { type: "final" },
        },
      });
      const parent = createMachine({
        initial: "with",
        entry: spawnChild("child" as never, { id: "c" } as never),
        states: { with: { on: { "xstate.done.actor.*": "without" } }, without: {} },
      }).provide({ actors: { child: as(child) } });
      const actor = createActor(as(parent)).start();
      const { c } = actor.getSnapshot().children as Record<string, AnyActorRef>;
      const log: unknown[] = [c instanceof Actor, c!.id, c!.toJSON!()];
      c!.on("*" as never, (event: object) => log.push(["all", event]));
      c!.on("sung" as never, (event: object) => log.push(["sung", event]));
      const first = c!.subscribe((snapshot) => log.push(["first", snapshot.value]));
      c!.subscribe({
        next: (snapshot) => log.push(["next", snapshot.value, snapshot.status]),
        complete: () => log.push("complete"),
      });
      c!.send({ type: "sing" });
      first.unsubscribe();
      c!.send({ type: "rest" });
      c!.send({ type: "sing" });
      c!.subscribe({ complete: () => log.push("complete later") });
      return [...log, c!.getSnapshot().status, actor.getSnapshot().value];
    });
    expect(heard[1]).toEqual(heard[0]);
    expect(heard[1]).toContain("complete");
  });

  test("has snapshots that answer as XState's do", () => {
    const answers = [(machine: AnyStateMachine) => machine, flatMachine].map((as) => {
      const actor = createActor(as(family((machine) => machine)) as AnyStateMachine).start();
      const snapshot = actor.getSnapshot();
      return plain([
        snapshot.matches("third"),
        snapshot.matches("first"),
        snapshot.hasTag("early"),
        snapshot.can({ type: "back" }),
        snapshot.can({ type: "nothing" }),
        snapshot.getMeta(),
        actor.getPersistedSnapshot(),
      ]);
    });
    expect(answers[1]).toEqual(answers[0]);
  });

  test("stops what lives below it when it is stopped", () => {
    const actor = createActor(family(flatMachine)).start();
    const child = actor.getSnapshot().children.lasting!;
    expect(child.getSnapshot().status).toBe("active");
    actor.stop();
    expect(child.getSnapshot().status).toBe("stopped");
  });

  test.each([
    ["nested states", { initial: "a", states: { a: { initial: "b", states: { b: {} } } } }],
    ["parallel states", { type: "parallel", states: { a: {}, b: {} } }],
    ["a delay", { initial: "a", states: { a: { after: { 10: "b" } }, b: {} } }],
    ["an invocation", { initial: "a", states: { a: { invoke: { src: "x" } } } }],
    [
      "a state that is entered again",
      { initial: "a", states: { a: { on: { go: { target: "a", reenter: true } } } } },
    ],
    ["a way out of everywhere", { initial: "a", on: { go: ".b" }, states: { a: {}, b: {} } }],
  ])("is not made of a machine with %s", (_, config) => {
    const machine = createMachine(config as never) as AnyStateMachine;
    expect(flatMachine(machine)).toBe(machine);
  });
});
