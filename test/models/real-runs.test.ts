import fc from "fast-check";
import { expect, test } from "vitest";
import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition, InspectionEvent } from "xstate";
import { agentMachine } from "../../src/machines/agent.ts";
import { chainMachine } from "../../src/machines/chain.ts";
import { forkMachine } from "../../src/machines/fork.ts";
import { orchestratorMachine } from "../../src/machines/orchestrator.ts";
import { synthesisMachine } from "../../src/machines/synthesis.ts";
import type { CompletedOutcome } from "../../src/plan/outcome.ts";
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

function transitionsUnder(node: AnyStateNode): AnyTransitionDefinition[] {
  const own = [...[...node.transitions.values()].flat(), ...(node.always ?? [])];
  return [...own, ...Object.values(node.states).flatMap(transitionsUnder)];
}

function nameOf({ source, eventType, guard, target }: AnyTransitionDefinition): string {
  const condition = JSON.stringify((guard as { guards?: unknown } | undefined)?.guards ?? guard ?? null);
  return `${source.id} ${eventType || "always"} ${condition} ${target?.map(({ id }) => id).join(" ") ?? ""}`;
}
