import fc from "fast-check";
import { expect, test } from "vitest";
import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition, InspectionEvent } from "xstate";
import { agentMachine } from "../../src/machines/agent.ts";
import { chainMachine } from "../../src/machines/chain.ts";
import { forkMachine } from "../../src/machines/fork.ts";
import { orchestratorMachine } from "../../src/machines/orchestrator.ts";
import { supervisorMachine } from "../../src/machines/supervisor.ts";
import { synthesisMachine } from "../../src/machines/synthesis.ts";
import type { CompletedOutcome } from "../../src/plan/outcome.ts";
import type { SupervisionPolicy } from "../../src/templates/template.ts";
import { planSpecs } from "../actors/random-run/plan-spec.ts";
import { simulate } from "../actors/random-run/simulate.ts";
import { HandDrivenRun } from "../support/hand-driven-run.ts";
import { agent, chain, fork, plan } from "../support/plans.ts";
import { completed } from "../support/scripted-performer.ts";

const MACHINES: readonly AnyStateMachine[] = [
  agentMachine,
  forkMachine,
  chainMachine,
  orchestratorMachine,
  supervisorMachine,
  synthesisMachine,
];

/** Stages that have no way to fail today; the synthesis machine must not rely on that. */
const NEVER_SEEN = ["synthesis.assessing stage.failed", "synthesis.refining stage.failed"];

test("every transition of every machine is taken by whole runs: none is there in vain", () => {
  const taken = new Set<string>();
  const inspect = (event: InspectionEvent): void => {
    if (event.type !== "@xstate.microstep") return;
    for (const transition of event._transitions) taken.add(nameOf(transition));
  };
  takeRandomRuns(inspect);
  takeRareRuns(inspect);
  takeSupervisedRuns(inspect);
  for (const machine of MACHINES) {
    const names = transitionsUnder(machine.root).map(nameOf);
    const missing = names.filter((name) => !taken.has(name));
    console.log(`${machine.id}: ${names.length - missing.length}/${names.length} transitions in whole runs`);
    expect(missing.filter((name) => !NEVER_SEEN.some((known) => name.startsWith(known)))).toEqual([]);
  }
});

function takeRandomRuns(inspect: (event: InspectionEvent) => void): void {
  const stop = fc.record({
    kind: fc.constantFrom("none" as const, "cancel" as const, "deadline" as const),
    afterSteps: fc.nat(20),
  });
  const scenarios = fc.record({ spec: planSpecs, choices: fc.array(fc.nat(9_999), { maxLength: 40 }), stop });
  // A fixed seed: these runs stand for what happens, they look for nothing.
  for (const scenario of fc.sample(scenarios, { seed: 1, numRuns: 500 })) simulate(scenario, inspect);
}

/** What plans of ours never do, or random ones hardly. */
function takeRareRuns(inspect: (event: InspectionEvent) => void): void {
  const run = (roots: Parameters<typeof plan>[0]): HandDrivenRun =>
    new HandDrivenRun(plan(roots), { inspect });
  const impossible = { cpu: 1e9, memoryMb: 1 };
  run([agent("a", { resources: impossible })]).start();
  run([agent("a")]).cancel();
  const circle = [agent("x"), agent("y", { needs: ["h"] })];
  run([chain("g", circle), chain("h", [agent("z")], { needs: ["g"] })])
    .start()
    .complete("g/x");
  run([
    fork("g", [agent("x"), chain("y", [agent("i")], { needs: ["h"] })]),
    chain("h", [agent("z")], { needs: ["g"] }),
  ])
    .start()
    .complete("g/x");
  run([fork("g", [chain("y", [agent("i")], { needs: ["h"] })]), agent("h", { needs: ["g"] })]).start();
  const waiting = [agent("a"), fork("f", [chain("c", [agent("x")], { needs: ["a"] })])];
  run(waiting).start().complete("a").complete("f/c/x");
  run(waiting).start().cancel();
  run([agent("a", { approve: true })])
    .start()
    .cancel();
  run([agent("a", { performer: "human" })])
    .start()
    .answer("a", "blue");
  run([agent("a")])
    .start()
    .ask("a")
    .decide("a", false)
    .complete("a", 2);
  const notJson = Number.NaN;
  const speak = (more: Partial<CompletedOutcome>): CompletedOutcome => completed("said", more);
  run([agent("a"), agent("b")])
    .start()
    .complete("a", 1, speak({ claims: [{ subject: "s", value: notJson }] }))
    .complete("b", 1, speak({ claims: [{ subject: "s", value: 1 }] }));
  run([fork("f", [agent("a"), agent("b")], { synthesis: "vote" })])
    .start()
    .complete("f/a", 1, speak({ data: notJson }))
    .complete("f/b", 1, speak({ data: notJson }));
}

const CRASH = { code: "PERFORMER_CRASHED" };

/** Crashes at every moment of what stands under a supervisor, and of the supervisors themselves. */
function takeSupervisedRuns(inspect: (event: InspectionEvent) => void): void {
  const all = { strategy: "one_for_all" } as const;
  const never = { ...all, restartsMax: 0 } as const;
  const run = (children: Parameters<typeof plan>[0], supervision: Partial<SupervisionPolicy>, agents = 20) =>
    new HandDrivenRun(plan([fork("f", children, { supervision })], { agents }), { inspect }).start();
  const two = [agent("a"), agent("b")];
  const crashed = (supervision: Partial<SupervisionPolicy> = all) =>
    run(two, supervision).fail("f/a", 1, CRASH);
  crashed().stopped("f/b").complete("f/b", 2);
  crashed().complete("f/b").complete("f/a", 2);
  crashed().fail("f/b", 1).cancel();
  run([agent("a"), agent("b", { alternatives: [{}] })], all)
    .fail("f/b")
    .fail("f/a", 1, CRASH)
    .complete("f/b", 2)
    .cancel();
  // An answer that was not sure enough, and what was asked after it wants to know something when its supervisor fails.
  const unsure = { model: "m/cheap", minConfidence: 0.9, alternatives: [{ model: "m/dear" }] };
  run([agent("a"), agent("b", unsure)], never)
    .complete("f/b")
    .ask("f/b", 2)
    .fail("f/a", 1, CRASH);
  crashed().ask("f/b").cancel();
  crashed().fire("f/b#1/grace").cancel();
  crashed().cancel();
  crashed(never).cancel();
  crashed(never).stopped("f/b");
  run([agent("a", { fallback: { output: "x" } })], never).fail("f/a", 1, CRASH);
  const waiting = [
    agent("a"),
    agent("b", { attempts: 2 }),
    agent("c", { approve: true }),
    agent("d", { needs: ["a"] }),
    agent("e"),
    agent("g"),
  ];
  for (const supervision of [all, never])
    run(waiting, supervision, 2).fail("f/b", 1).fail("f/a", 1, CRASH).stopped("f/e");
  // A person decides while others are still stopping.
  run([agent("a"), agent("b", { approve: true }), agent("c")], all)
    .fail("f/a", 1, CRASH)
    .decide("f/b", true)
    .stopped("f/c")
    .complete("f/b");
  run([agent("a"), agent("b"), agent("c")], all)
    .ask("f/b")
    .fail("f/a", 1, CRASH)
    .decide("f/b", true)
    .stopped("f/c")
    .complete("f/b", 2);
  // Crashes while others are still stopping, within and beyond what may be restarted.
  for (const restartsMax of [1, 2]) {
    const shy = { strategy: "rest_for_one", restartsMax } as const;
    run([...two, agent("c")], shy)
      .fail("f/b", 1, CRASH)
      .fail("f/a", 1, CRASH)
      .stopped("f/c")
      .stopped("f/b");
  }
  // What waits for something outside when its supervisor fails.
  const outside = chain("w", [agent("y", { needs: ["other"] })]);
  const late = chain("w", [agent("y")], { needs: ["other"] });
  const inner = (kind: typeof fork) =>
    plan([
      agent("other"),
      fork("f", [agent("a"), kind("in", [late], { supervision: {} })], { supervision: never }),
    ]);
  for (const kind of [fork, chain]) {
    const waits = plan([agent("other"), kind("f", [agent("a"), outside], { supervision: never })]);
    new HandDrivenRun(waits, { inspect }).start().fail("f/a", 1, CRASH);
    new HandDrivenRun(inner(kind), { inspect }).start().fail("f/a", 1, CRASH);
  }
  takeNestedSupervisors(inspect);
}

/** What a supervisor is told by its own. */
function takeNestedSupervisors(inspect: (event: InspectionEvent) => void): void {
  const nested = (inner: Partial<SupervisionPolicy>, outer: Partial<SupervisionPolicy>) =>
    new HandDrivenRun(
      plan([
        fork("out", [agent("x"), fork("in", [agent("a"), agent("b")], { supervision: inner })], {
          supervision: { strategy: "one_for_all", ...outer },
        }),
      ]),
      { inspect },
    ).start();
  const escalated = nested({ restartsMax: 0 }, {}).fail("out/in/a", 1, CRASH).stopped("out/in/b");
  escalated.stopped("out/x").cancel();
  nested({}, {}).fail("out/x", 1, CRASH).stopped("out/in/b").stopped("out/in/a").cancel();
  nested({}, { restartsMax: 0 }).fail("out/x", 1, CRASH).stopped("out/in/b").stopped("out/in/a");
  nested({ restartsMax: 0 }, { restartsMax: 0 })
    .fail("out/in/a", 1, CRASH)
    .stopped("out/in/b")
    .stopped("out/x");
  // The outer one stops it while it is stopping by itself: to restart, to escalate, and when it has escalated.
  const busy = { strategy: "one_for_all" } as const;
  nested(busy, {}).fail("out/in/a", 1, CRASH).fail("out/x", 1, CRASH).stopped("out/in/b").cancel();
  nested({ restartsMax: 0 }, {})
    .fail("out/in/a", 1, CRASH)
    .fail("out/x", 1, CRASH)
    .stopped("out/in/b")
    .cancel();
}

function transitionsUnder(node: AnyStateNode): AnyTransitionDefinition[] {
  const own = [...[...node.transitions.values()].flat(), ...(node.always ?? [])];
  return [...own, ...Object.values(node.states).flatMap(transitionsUnder)];
}

function nameOf({ source, eventType, guard, target }: AnyTransitionDefinition): string {
  const condition = JSON.stringify((guard as { guards?: unknown } | undefined)?.guards ?? guard ?? null);
  return `${source.id} ${eventType || "always"} ${condition} ${target?.map(({ id }) => id).join(" ") ?? ""}`;
}
