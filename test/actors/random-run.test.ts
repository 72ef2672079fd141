import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonicalJson } from "../../src/shared/canonical-json.ts";
import { misjudged } from "./random-run/judging.ts";
import { type Expected, expectedRunStatus } from "./random-run/oracle.ts";
import { placeNodes, planSpecs } from "./random-run/plan-spec.ts";
import { replay, type Scenario, type Simulated, simulate } from "./random-run/simulate.ts";

const SEED = Number(process.env.ABYSSAL_TEST_SEED ?? Date.now() % 2 ** 31);
const RUNS = Number(process.env.ABYSSAL_TEST_RUNS ?? 400);

const choices = fc.array(fc.nat(9_999), { maxLength: 60 });
const stop = fc.record({
  kind: fc.constantFrom("cancel" as const, "deadline" as const),
  afterSteps: fc.nat(25),
});
const undisturbed = fc.record({
  spec: planSpecs,
  choices,
  stop: fc.constant({ kind: "none" as const, afterSteps: 0 }),
});
const stopped = fc.record({ spec: planSpecs, choices, stop });

/** Runs random scenarios; a failure prints the seed, and the smallest plan that shows it. */
function always(scenarios: fc.Arbitrary<Scenario>, check: (simulated: Simulated) => void): void {
  fc.assert(
    fc.property(scenarios, (scenario) => check(simulate(scenario))),
    { seed: SEED, numRuns: RUNS },
  );
}

describe(`random plans in random order, seed ${SEED}`, () => {
  test("a run that nobody stops ends as the rules say, whatever the order of the facts (K2, F2, C2)", () => {
    always(undisturbed, ({ ends, results, events, run }) => {
      expect(run.status).toBe(expectedRunStatus(ends));
      expect(statusesOf(results)).toEqual(expectedResults(ends));
      expect(attemptsOf(results)).toEqual(expectedAttempts(ends));
      expect(groupStatuses(events)).toEqual(expectedGroups(ends));
    });
  });

  test("capacity, needs, attempts and silence after a stop hold at every moment (D1, A2, A3, A4, K3)", () => {
    always(fc.oneof(undisturbed, stopped), ({ violations }) => {
      expect(violations).toEqual([]);
    });
  });

  test("what was ended before a stop stays, everything else is cancelled (O2, N2)", () => {
    always(stopped, ({ ends, results, keptResults, run, stopped: wasStopped, events }) => {
      const late = results.slice(keptResults);
      if (wasStopped) expect(late.filter(({ status }) => status !== "cancelled")).toEqual([]);
      for (const { path, status } of results.slice(0, keptResults))
        expect(ends.get(path)!.status).toBe(status);
      for (const [path, status] of Object.entries(groupStatuses(events)))
        expect([ends.get(path)?.status, "cancelled"]).toContain(path === "" ? "cancelled" : status);
      if (wasStopped && run.stopped?.code === "RUN_CANCELLED") expect(run.status).toBe("cancelled");
    });
  });

  test("every agent has one result, and all of them reach the answer (K2, R1, W1)", () => {
    always(fc.oneof(undisturbed, stopped), ({ plan, results, run }) => {
      const paths = results.map(({ path }) => path);
      expect(new Set(paths).size).toBe(paths.length);
      for (const node of plan.nodes) if (node.kind === "agent") expect(paths).toContain(node.path);
      expect(run.answer!.results.map(({ path }) => path).sort()).toEqual(paths.sort());
    });
  });

  test("what judges say is the answer of their groups, as far as they were heard (R3)", () => {
    fc.assert(
      fc.property(fc.oneof(undisturbed, stopped), (scenario) => {
        const { run } = simulate(scenario);
        expect(misjudged(placeNodes(scenario.spec), run.answer!)).toEqual([]);
      }),
      { seed: SEED, numRuns: RUNS },
    );
  });

  test("the same facts give the same commands, events and answer, byte for byte (K1)", () => {
    always(fc.oneof(undisturbed, stopped), ({ plan, facts, commands, events, run }) => {
      const again = replay(plan, facts);
      expect(JSON.stringify(again.commands)).toBe(JSON.stringify(commands));
      expect(JSON.stringify(again.events)).toBe(JSON.stringify(events));
      expect(canonicalJson(again.run.answer)).toBe(canonicalJson(run.answer));
      expect(again.run.deadLetters.kept).toEqual(run.deadLetters.kept);
    });
  });

  test("a node ends once (A1, L1, N1)", () => {
    always(fc.oneof(undisturbed, stopped), ({ events }) => {
      const ended = events.flatMap((event) =>
        event.type === "agent.ended" || event.type === "group.ended" ? [`${event.type} ${event.path}`] : [],
      );
      expect(new Set(ended).size).toBe(ended.length);
      expect(events.filter(({ type }) => type === "run.ended")).toHaveLength(1);
    });
  });
});

function statusesOf(results: Simulated["results"]): Record<string, string> {
  return Object.fromEntries(results.map(({ path, status }) => [path, status]));
}

function attemptsOf(results: Simulated["results"]): Record<string, number> {
  return Object.fromEntries(results.map(({ path, attempts }) => [path, attempts]));
}

function groupStatuses(events: Simulated["events"]): Record<string, string> {
  return Object.fromEntries(
    events.flatMap((event) => (event.type === "group.ended" ? [[event.path, event.status]] : [])),
  );
}

/** Agents have results, and so have forks whose agents were never made. */
function withResult(ends: ReadonlyMap<string, Expected>): [string, Expected][] {
  return [...ends].filter(
    ([path, { kind, started }]) => kind === "agent" || (!started && /(^|\/)each\d+$/.test(path)),
  );
}

function expectedResults(ends: ReadonlyMap<string, Expected>): Record<string, string> {
  return Object.fromEntries(withResult(ends).map(([path, { status }]) => [path, status]));
}

function expectedAttempts(ends: ReadonlyMap<string, Expected>): Record<string, number> {
  return Object.fromEntries(withResult(ends).map(([path, { attempts }]) => [path, attempts]));
}

function expectedGroups(ends: ReadonlyMap<string, Expected>): Record<string, string> {
  const groups = [...ends].flatMap(([path, end]) =>
    end.kind === "group" ? [[path, end.status] as const] : [],
  );
  const whole = expectedRunStatus(ends) === "succeeded" ? "succeeded" : "failed";
  return { ...Object.fromEntries(groups), "": whole };
}
