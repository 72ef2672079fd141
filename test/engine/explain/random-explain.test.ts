import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { explainNode } from "../../../src/engine/explain/explain.ts";
import type { Stretch } from "../../../src/engine/explain/explanation.ts";
import type { RunHistory } from "../../../src/engine/explain/run-history.ts";
import { planSpecs } from "../../actors/random-run/plan-spec.ts";
import { type Scenario, type Simulated, simulate } from "../../actors/random-run/simulate.ts";
import { agentOf, historyOf, runOf } from "../../support/explained-run.ts";

const SEED = Number(process.env.ABYSSAL_TEST_SEED ?? Date.now() % 2 ** 31);
const RUNS = Number(process.env.ABYSSAL_TEST_RUNS ?? 100);

const scenarios = fc.record({
  spec: planSpecs,
  choices: fc.array(fc.nat(9_999), { maxLength: 60 }),
  stop: fc.record({
    kind: fc.constantFrom("none" as const, "none" as const, "cancel" as const, "deadline" as const),
    afterSteps: fc.nat(25),
  }),
});

/** Runs random scenarios; a failure prints the seed, and the smallest plan that shows it. */
function always(check: (simulated: Simulated, history: RunHistory) => void): void {
  const checked = (scenario: Scenario): void => {
    const simulated = simulate(scenario);
    check(simulated, historyOf(simulated.plan, simulated.facts));
  };
  fc.assert(fc.property(scenarios, checked), { seed: SEED, numRuns: RUNS });
}

/** Every stretch begins when the one before it ended. */
function expectNoGaps(timePath: readonly Stretch[], fromMs: number, toMs: number | null): void {
  let at = fromMs;
  for (const stretch of timePath) {
    expect(stretch.fromMs).toBe(at);
    at = stretch.toMs ?? Number.NaN;
  }
  expect(at).toBe(toMs ?? Number.NaN);
}

describe(`explanations of random runs, seed ${SEED}`, () => {
  test("the last link of every agent agrees with its result, and its attempts are all there", () => {
    always(({ results, plan }, history) => {
      const groups = new Set(plan.nodes.filter(({ kind }) => kind !== "agent").map(({ path }) => path));
      for (const { path, status, attempts, failure } of results) {
        // A fork whose copies were never made stands for them.
        if (groups.has(path)) continue;
        const { links, state } = agentOf(history, path);
        expect(links.at(-1)).toMatchObject({ kind: "ended", status });
        expect(state).toBe(status);
        expect(links.filter(({ kind }) => kind === "attempt")).toHaveLength(attempts);
        const last = links.at(-1)!;
        if (last.kind === "ended" && last.reason.kind === "failure")
          expect(last.reason.failure).toEqual(failure);
      }
    });
  });

  test("what is satisfied is what the rules say, and only what is not has causes, each of them a root", () => {
    always(({ ends, stopped }, history) => {
      for (const [path, { satisfied }] of ends) {
        if (!stopped) expect([path, history.isSatisfied(path)]).toEqual([path, satisfied]);
        // A run that was stopped first may never have made the copies of a loop.
        else if (!history.index.has(path)) continue;
        const { causes } = explainNode(history, path);
        expect(causes.length > 0).toBe(history.settled(path) !== undefined && !history.isSatisfied(path));
        for (const cause of causes) {
          expect(["failure", "stopped", "blocked"]).toContain(cause.reason.kind);
          expect([cause.via[0], cause.via.at(-1)]).toEqual([path, cause.path]);
        }
      }
    });
  });

  test("the time path of a run is as long as the run, without gaps, and so is that of each agent", () => {
    always(({ facts, results, plan }, history) => {
      const startMs = facts[0]!.atMs;
      const { timePath } = runOf(history);
      const endMs = history.recorded.seen.findLast(({ event }) => event.type === "run.ended")!.event.atMs;
      if (timePath.length > 0) expectNoGaps(timePath, startMs, endMs);
      else expect(endMs).toBe(startMs);
      for (const { path } of results) {
        if (plan.nodes.some((node) => node.path === path && node.kind !== "agent")) continue;
        const { timePath: own, links } = agentOf(history, path);
        const last = links.at(-1);
        if (last?.kind !== "ended") throw new Error(`${path} has not ended`);
        if (own.length > 0) expectNoGaps(own, startMs, last.at.atMs);
        else expect(last.at.seq).toBe(1);
      }
    });
  });

  test("a run can be explained at every moment: what has not ended waits on something under way", () => {
    always(({ facts, plan }) => {
      const count = Math.floor(facts.length / 2);
      const history = historyOf(plan, facts.slice(0, count));
      if (history.recorded.status !== "running" && history.recorded.status !== "suspended") return;
      if (count === 0) return;
      const run = runOf(history);
      expect(run.waitsOn.length).toBeGreaterThan(0);
      expect(run.timePath.at(-1)).toMatchObject({ toMs: null });
      for (const { path } of plan.nodes)
        if (!history.settled(path)) expect(explainNode(history, path).waitsOn.length).toBeGreaterThan(0);
    });
  });
});
