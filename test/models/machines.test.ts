import { describe, expect, test } from "vitest";
import { type AnyStateMachine, assign, type SnapshotFrom } from "xstate";
import { type AgentEvent, type AgentInput, agentMachine } from "../../src/machines/agent.ts";
import { breakerMachine } from "../../src/machines/breaker.ts";
import { chainMachine } from "../../src/machines/chain.ts";
import { forkMachine } from "../../src/machines/fork.ts";
import type { GroupEvent, GroupInput } from "../../src/machines/group.ts";
import { type OrchestratorEvent, orchestratorMachine } from "../../src/machines/orchestrator.ts";
import { EMPTY_TALLY, type Preparation } from "../../src/machines/preparation.ts";
import {
  type SupervisorContext,
  type SupervisorEvent,
  supervisorMachine,
} from "../../src/machines/supervisor.ts";
import { type SynthesisEvent, synthesisMachine } from "../../src/machines/synthesis.ts";
import {
  coverageLine,
  type ModelCoverage,
  type ModelOptions,
  modelCoverage,
} from "../support/model-coverage.ts";
import { completed } from "../support/scripted-performer.ts";

/** Prints the figure of a machine, and holds it to every state and every transition. */
function expectWhole(name: string, found: ModelCoverage): void {
  console.log(coverageLine(name, found));
  expect(found.states.missing).toEqual([]);
  expect(found.transitions.missing).toEqual([]);
  expect(found.paths).toBeGreaterThan(found.states.total);
}

function cover<Machine extends AnyStateMachine>(options: ModelOptions<Machine>): ModelCoverage {
  return modelCoverage({ limit: 20_000, ...options });
}

const FAILURE = { code: "FLAKY", message: "on purpose", retryable: true };
const SURE = completed("done", { confidence: { value: 0.9, source: "declared" } });
const PREPARATIONS: readonly Preparation[] = [
  { kind: "run" },
  { kind: "skip", reason: "condition" },
  { kind: "skip", reason: "a did not succeed" },
  { kind: "invalid", failure: { ...FAILURE, retryable: false } },
];

const ALTERNATIVES: readonly Pick<AgentInput, "alternatives" | "escalation">[] = [
  { alternatives: [], escalation: null },
  { alternatives: [1], escalation: null },
  { alternatives: [1], escalation: { least: 0.7, alternatives: 1 } },
];

/**
 * Of what an agent is told at its start: all that a step may be where its needs are open, since everything else comes after them; what was
 * prepared before leads into the same states, so that each is begun with once.
 */
function agentInputs(): AgentInput[] {
  const flags = [true, false];
  const each = ["nothing", "approval", "answer"] as const;
  const input = { path: "a", attemptsMax: 2, supervised: true, preparation: null };
  const open = each.flatMap((asks) =>
    flags.flatMap((hasFallback) =>
      [1, 2].flatMap((attemptsMax) =>
        ALTERNATIVES.flatMap((more) =>
          flags.map((supervised) => ({ ...input, ...more, asks, hasFallback, attemptsMax, supervised })),
        ),
      ),
    ),
  );
  const prepared = each.flatMap((asks) =>
    [{ kind: "run", hasSlot: true } as const, ...PREPARATIONS].map((preparation) => ({
      ...input,
      ...ALTERNATIVES[0]!,
      asks,
      hasFallback: true,
      preparation,
    })),
  );
  return [...open, ...prepared];
}

/** Everything an agent may be told, about the attempt under way and about the one before it. */
function agentEvents(attempt: number): AgentEvent[] {
  const attempts = [attempt, attempt - 1];
  return [
    ...PREPARATIONS.map((preparation) => ({ type: "needs.settled", preparation }) as const),
    { type: "slot.granted" },
    { type: "approval.decided", approved: true },
    { type: "approval.decided", approved: false },
    ...attempts.flatMap((of): AgentEvent[] => [
      { type: "agent.completed", attempt: of, outcome: SURE },
      { type: "agent.completed", attempt: of, outcome: completed() },
      { type: "agent.failed", attempt: of, failure: FAILURE },
      { type: "agent.failed", attempt: of, failure: { ...FAILURE, retryable: false } },
      { type: "timer.fired", purpose: "timeout", attempt: of },
      { type: "timer.fired", purpose: "backoff", attempt: of },
      { type: "agent.failed", attempt: of, failure: { ...FAILURE, code: "PERFORMER_CRASHED" } },
      { type: "agent.stopped", attempt: of },
      // A person may be asked without end; twice is enough to see every state.
      ...(attempt < 3
        ? [{ type: "agent.asked", attempt: of, asked: { question: "May it?", state: 1 } } as const]
        : []),
      { type: "timer.fired", purpose: "grace", attempt: of },
    ]),
    { type: "stop" },
    // A supervisor may start an agent again without end; twice is enough to see every state.
    ...(attempt < 3 ? [{ type: "restart" } as const] : []),
    { type: "abandon", failure: FAILURE },
    { type: "cancel", reason: "enough" },
  ];
}

/** What children and its own supervisor can say: nobody stops who was not told to. */
function supervisorEvents({ waiting, crashes }: SupervisorContext): SupervisorEvent[] {
  const stopped: SupervisorEvent[] = waiting > 0 ? [{ type: "child.stopped", path: "x" }] : [];
  const crashed: SupervisorEvent[] =
    crashes.length < 4 && waiting < 3
      ? [{ type: "child.crashed", path: "x", atMs: 0, failure: FAILURE }]
      : [];
  const stop: SupervisorEvent[] = waiting < 3 ? [{ type: "stop" }] : [];
  return [...stopped, ...crashed, ...stop, { type: "restart" }, { type: "abandon", failure: FAILURE }];
}

function groupInputs(shard: boolean): GroupInput[] {
  const children = ["x", "y"].map((path) => ({ kind: "agent", path }) as const);
  return [0, 2].flatMap((total) =>
    [0, 1, 2]
      .filter((ready) => ready <= total)
      .map((ready) => ({
        path: "g",
        total,
        ready: children.slice(0, ready),
        settled: EMPTY_TALLY,
        threshold: 1,
        shard,
      })),
  );
}

/** What children and their owner can say: only children that were started end, only those that were not become ready. */
function groupEvents({ context }: SnapshotFrom<typeof forkMachine>): GroupEvent[] {
  const unstarted = context.total - context.tally.total - context.live - context.ready.length;
  const events: GroupEvent[] = [
    { type: "group.stalled" },
    { type: "supervision.exceeded", failure: FAILURE },
    { type: "cancel", reason: "enough" },
  ];
  if (unstarted > 0) {
    events.push({ type: "children.ready", children: [{ kind: "agent", path: "z" }] });
    for (const satisfied of [0, 1])
      events.push({ type: "children.skipped", tally: { total: 1, satisfied, cancelled: 0 } });
  }
  if (context.live > 0) {
    for (const satisfied of [0, 1]) {
      const tally = { total: 1, satisfied, cancelled: 0 };
      events.push({ type: "xstate.done.actor.0", actorId: "0", output: { path: "x", tally } });
    }
  }
  return events;
}

const groupState = ({ value, context }: SnapshotFrom<typeof forkMachine>): string =>
  JSON.stringify([value, context.live, context.tally, context.cancelled, context.ready.length]);

describe("every state and transition of the machines is gone through", () => {
  test("agent", () => {
    const found = cover({
      machine: agentMachine,
      inputs: agentInputs(),
      events: ({ context }) => agentEvents(context.attempt),
      serializeState: ({ value, context }) =>
        JSON.stringify([
          value,
          context.attempt,
          context.begunAnew,
          context.preparation,
          context.isKept,
          context.isReplaced,
          context.isStopped,
        ]),
    });
    expectWhole("agent", found);
  });

  test("supervisor", () => {
    const chosen = assign(({ context }: { context: SupervisorContext }) => ({
      waiting: context.waiting + 1,
    }));
    const found = cover({
      machine: supervisorMachine.provide({
        actions: { chooseAffected: chosen as never, chooseAll: chosen as never },
      }),
      inputs: [0, 2].map((restartsMax) => ({
        path: "s",
        strategy: "one_for_all" as const,
        restartsMax,
        withinMs: 1_000,
        graceMs: 1_000,
      })),
      events: ({ context }) => supervisorEvents(context),
      serializeState: ({ value, context }) =>
        JSON.stringify([value, context.waiting, context.crashes.length, context.failure?.code]),
    });
    expectWhole("supervisor", found);
  });

  test.each([
    ["fork", forkMachine],
    ["chain", chainMachine],
  ] as const)("%s", (name, machine) => {
    const found = cover({
      machine: machine as typeof forkMachine,
      inputs: [...groupInputs(false), ...groupInputs(true)],
      events: groupEvents,
      serializeState: groupState,
    });
    expectWhole(name, found);
  });

  test("orchestrator", () => {
    const found = cover({
      machine: orchestratorMachine.provide({ actions: { judge: judgeByTally as never } }),
      inputs: [{ runId: "r_1" }],
      events: orchestratorEvents(),
      serializeState: ({ value, context }) => JSON.stringify([value, context.stopped?.code, context.verdict]),
    });
    expectWhole("orchestrator", found);
  });

  test("breaker", () => {
    const types = [
      "threshold.reached",
      "probe.begun",
      "probe.failed",
      "probes.succeeded",
      "reset.ordered",
    ] as const;
    const found = cover({
      machine: breakerMachine,
      inputs: [{ resource: "host:example.com", openMs: 10 }],
      // A time before the breaker may be tried again, and that very time.
      events: ({ context }) =>
        types.flatMap((type) => [context.untilMs - 1, context.untilMs].map((atMs) => ({ type, atMs }))),
      serializeState: ({ value, context }) => JSON.stringify([value, Math.min(context.openings, 2)]),
    });
    expectWhole("breaker", found);
  });

  test("synthesis", () => {
    const events: SynthesisEvent[] = [
      { type: "collection.closed" },
      { type: "stage.done" },
      { type: "stage.failed", message: "on purpose" },
      { type: "results.recorded", results: [] },
    ];
    const found = cover({
      machine: synthesisMachine,
      inputs: [undefined],
      events,
      serializeState: ({ value }) => JSON.stringify(value),
    });
    expectWhole("synthesis", found);
  });
});

/** The actors judge by the recorded results; here the root's tally tells what they would find. */
const judgeByTally = assign(({ event }: { event: OrchestratorEvent }) => {
  if (event.type !== "xstate.done.actor.root") return {};
  const { total, satisfied } = event.output.tally;
  return { verdict: satisfied === total ? "all" : satisfied > 0 ? "some" : "none" };
});

function orchestratorEvents(): OrchestratorEvent[] {
  const ends = [0, 1, 2].map((satisfied): OrchestratorEvent => {
    const tally = { total: 2, satisfied, cancelled: 0 };
    return { type: "xstate.done.actor.root", actorId: "root", output: { path: "", tally } };
  });
  return [
    { type: "run.started", refusal: null },
    { type: "run.started", refusal: FAILURE },
    { type: "run.cancelRequested", reason: "enough" },
    { type: "timer.fired", purpose: "deadline" },
    { type: "run.idle" },
    { type: "run.woken" },
    ...ends,
    { type: "xstate.done.actor.synthesis", actorId: "synthesis", output: { answered: true } },
    { type: "xstate.done.actor.synthesis", actorId: "synthesis", output: { answered: false } },
  ];
}
