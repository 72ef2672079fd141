import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { PlanBudget } from "../../src/plan/budget.ts";
import {
  addUsage,
  type Charge,
  chargeOf,
  NO_USAGE,
  type Usage,
  untoldUsage,
} from "../../src/plan/outcome.ts";
import type { Plan } from "../../src/plan/plan.ts";
import { HandDrivenRun } from "../support/hand-driven-run.ts";
import { agent, chain, fork, plan } from "../support/plans.ts";
import { completed } from "../support/scripted-performer.ts";

const NONE = { atLeast: 0, expected: 0, atMost: 0 };

function budget(scope: PlanBudget["scope"], limits: PlanBudget["limits"]): PlanBudget {
  return { scope, limits, bounds: { calls: NONE, tokens: NONE, costMicros: NONE } };
}

function withBudgets(of: Plan, ...budgets: readonly PlanBudget[]): Plan {
  return { ...of, budgets };
}

const tokens = (count: number): Charge => ({ tokens: count, costMicros: 0 });

/** What was answered to calls, in order: `path/call`, and the code of a refusal. */
function answersOf({ effects }: HandDrivenRun): readonly string[] {
  return effects.commands.flatMap((command) =>
    command.type === "answerCall"
      ? [`${command.path}/${command.call}${command.refusal ? ` ${command.refusal.code}` : ""}`]
      : [],
  );
}

const spentOf = ({ run }: HandDrivenRun): readonly number[] => run.budgets.map((status) => status.tokens);

const THREE = plan([fork("f", [agent("a"), agent("b"), agent("c")])]);

describe("a call", () => {
  test("begins where there is room for its bound, waits where there may be later, and is refused where there never will be (B1, B2)", () => {
    const hand = new HandDrivenRun(THREE, { budget: { maxTokens: 100 } }).start();
    hand.call("f/a", 1, tokens(60)).call("f/b", 1, tokens(60)).call("f/c", 1, tokens(101));
    expect(answersOf(hand)).toEqual(["f/a/1", "f/c/1 BUDGET_EXCEEDED"]);
    expect(spentOf(hand)).toEqual([60]);
    hand.settle("f/a", 1, tokens(40));
    expect(answersOf(hand).at(-1)).toBe("f/b/1");
    expect(spentOf(hand)).toEqual([100]);
    hand.settle("f/b", 1, tokens(50)).call("f/a", 2, tokens(11));
    expect(answersOf(hand).at(-1)).toBe("f/a/2 BUDGET_EXCEEDED");
    expect(spentOf(hand)).toEqual([90]);
  });

  test("that waits is refused as soon as nothing that is held can make room for it (B2)", () => {
    const hand = new HandDrivenRun(THREE, { budget: { maxTokens: 100 } }).start();
    hand.call("f/a", 1, tokens(60)).call("f/b", 1, tokens(60)).settle("f/a", 1, tokens(50));
    expect(answersOf(hand)).toEqual(["f/a/1", "f/b/1 BUDGET_EXCEEDED"]);
  });

  test("does not overtake who has waited longer for the same room (B3)", () => {
    const hand = new HandDrivenRun(THREE, { budget: { maxTokens: 100 } }).start();
    hand.call("f/a", 1, tokens(60)).call("f/b", 1, tokens(80)).call("f/c", 1, tokens(10));
    expect(answersOf(hand)).toEqual(["f/a/1"]);
    hand.settle("f/a", 1, tokens(5));
    expect(answersOf(hand)).toEqual(["f/a/1", "f/b/1", "f/c/1"]);
  });

  test("goes on where another waits for room in a budget that does not concern it (B3)", () => {
    const two = plan([chain("x", [agent("a"), agent("b")]), agent("y")]);
    const tight = budget({ kind: "node", path: "x" }, { maxTokens: 50 });
    const hand = new HandDrivenRun(withBudgets(two, tight), { budget: { maxTokens: 100 } }).start();
    hand.call("x/a", 1, tokens(40)).call("x/b", 1, tokens(20)).call("y", 1, tokens(60));
    expect(answersOf(hand)).toEqual(["x/a/1", "y/1"]);
  });

  test.each([
    ["is over", (hand: HandDrivenRun) => hand.complete("f/a")],
    ["has failed", (hand: HandDrivenRun) => hand.fail("f/a")],
    ["took too long", (hand: HandDrivenRun) => hand.fire("f/a#1/timeout")],
  ])("whose attempt %s before it said what it took counts at its bound (B4)", (_, end) => {
    const hand = new HandDrivenRun(THREE, { budget: { maxTokens: 100 } }).start();
    hand.call("f/a", 1, tokens(60)).call("f/b", 1, tokens(60));
    end(hand);
    expect(answersOf(hand)).toEqual(["f/a/1", "f/b/1 BUDGET_EXCEEDED"]);
    expect(spentOf(hand)).toEqual([60]);
    hand.settle("f/a", 1, tokens(1));
    expect(spentOf(hand)).toEqual([60]);
  });

  test("that waited asks no more when its attempt is over", () => {
    const hand = new HandDrivenRun(THREE, { budget: { maxTokens: 100 } }).start();
    hand.call("f/a", 1, tokens(60)).call("f/b", 1, tokens(60)).fail("f/b").settle("f/a", 1, tokens(10));
    expect(answersOf(hand)).toEqual(["f/a/1"]);
    expect(spentOf(hand)).toEqual([10]);
  });

  test("whose process is gone counts at its bound (B4)", () => {
    const hand = new HandDrivenRun(THREE, { budget: { maxTokens: 100 } }).start();
    hand.call("f/a", 1, tokens(60)).settle("f/a", 1, tokens(10)).call("f/a", 2, tokens(30));
    hand.call("f/b", 1, tokens(70)).lose();
    expect(hand.run.callsUnderWay).toBe(0);
    // Begun anew.
    hand.call("f/a", 1, tokens(60));
    expect(answersOf(hand)).toEqual(["f/a/1", "f/a/2", "f/a/1"]);
    expect(spentOf(hand)).toEqual([100]);
  });

  test("of an attempt that is over, or of nobody, is a dead letter", () => {
    const hand = new HandDrivenRun(THREE, { budget: { maxTokens: 100 } }).start();
    hand.complete("f/a").call("f/a", 1, tokens(1)).call("nobody", 1, tokens(1)).settle("f/b", 1, tokens(1));
    expect(hand.run.deadLetters.kept.map(({ type, reason }) => `${type}: ${reason}`)).toEqual([
      "call.requested: agent.unknown",
      "call.requested: agent.unknown",
      "call.settled: attempt.over",
    ]);
    expect(spentOf(hand)).toEqual([0]);
  });
});

/** As a provider tells it: of so many tokens one was written. */
const toldUsage = (count: number): Usage => ({
  calls: 1,
  inputTokens: count - 1,
  outputTokens: 1,
  costMicros: count,
});
const bound: Charge = { tokens: 60, costMicros: 70 };
const usageOf = ({ results }: HandDrivenRun, path: string): Usage | undefined =>
  results.find((result) => result.path === path)?.usage;

describe("calls, with a budget and without", () => {
  test.each([
    ["a timeout", (hand: HandDrivenRun) => hand.fire("f/a#1/timeout")],
    ["the end of its run", (hand: HandDrivenRun) => hand.cancel()],
    ["a failure that tells no usage", (hand: HandDrivenRun) => hand.fail("f/a", 1, { retryable: false })],
  ])(
    "of an attempt that %s ends are in the usage of its agent, those that nobody told at their bounds (B5)",
    (_, end) => {
      const hand = new HandDrivenRun(THREE).start();
      hand.call("f/a", 1, bound).settle("f/a", 1, toldUsage(10)).call("f/a", 2, bound);
      end(hand);
      expect(usageOf(hand, "f/a")).toEqual(addUsage(toldUsage(10), untoldUsage(bound)));
    },
  );

  test("of an attempt that has an outcome are in the usage of its agent as that tells (B5)", () => {
    const hand = new HandDrivenRun(THREE).start();
    const usage = { ...toldUsage(25), calls: 2 };
    hand.call("f/a", 1, bound).settle("f/a", 1, toldUsage(10)).call("f/a", 2, bound);
    hand.complete("f/a", 1, { ...completed("a"), usage });
    expect(usageOf(hand, "f/a")).toEqual(usage);
  });

  test("of earlier attempts, and of a process that is gone, count beside those of the last one (B5)", () => {
    const twice = plan([agent("a", { attempts: 2, backoff: "none" })]);
    const hand = new HandDrivenRun(twice).start();
    hand.call("a", 1, bound).lose().call("a", 1, bound).fire("a#1/timeout").fire("a#1/backoff");
    hand.call("a", 1, bound, 2).complete("a", 2, { ...completed("a"), usage: toldUsage(5) });
    const lost = addUsage(untoldUsage(bound), untoldUsage(bound));
    expect(usageOf(hand, "a")).toEqual(addUsage(lost, toldUsage(5)));
  });

  test("that still waited for room when the attempt ended were not made (B5)", () => {
    const hand = new HandDrivenRun(THREE, { budget: { maxTokens: 100 } }).start();
    hand.call("f/a", 1, tokens(60)).call("f/b", 1, tokens(60)).cancel();
    expect(usageOf(hand, "f/a")).toMatchObject({ calls: 1, untold: { tokens: 60 } });
    expect(usageOf(hand, "f/b")).toEqual(NO_USAGE);
  });
});

describe("a budget", () => {
  test("of a step, of a template's commands and of the run hold at once; money counts as tokens do", () => {
    const bare = plan([chain("x", [agent("a"), agent("b")])]);
    const templates: Readonly<Record<string, string>> = { "x/a": "T@1.0.0", "x/b": "U@2.0.0" };
    const nodes = bare.nodes.map((node) => ({ ...node, template: templates[node.path] ?? node.template }));
    const nested = { ...bare, nodes };
    const hand = new HandDrivenRun(
      withBudgets(
        nested,
        budget({ kind: "template", template: "T" }, { maxCostMicros: 10 }),
        budget({ kind: "node", path: "x" }, { maxTokens: 50 }),
      ),
      { budget: { maxTokens: 60 } },
    ).start();
    const dear = { tokens: 20, costMicros: 11 };
    hand.call("x/a", 1, dear).call("x/b", 1, dear).call("x/b", 2, tokens(31));
    expect(answersOf(hand)).toEqual(["x/a/1 BUDGET_EXCEEDED", "x/b/1"]);
    expect(hand.run.budgets.map(({ tokens: count, costMicros }) => [count, costMicros])).toEqual([
      [20, 11],
      [0, 0],
      [20, 11],
    ]);
  });

  test("is asked only for agents that it governs", () => {
    const two = plan([chain("x", [agent("a")]), agent("y")]);
    const hand = new HandDrivenRun(
      withBudgets(two, budget({ kind: "node", path: "x" }, { maxTokens: 50 })),
    ).start();
    const tasks = hand.effects.commands.flatMap((command) =>
      command.type === "dispatch" ? [command.task] : [],
    );
    expect(tasks.map(({ path, isBudgeted }) => [path, isBudgeted])).toEqual([
      ["x/a", true],
      ["y", undefined],
    ]);
  });
});

test("whatever is asked, settled and ended in whatever order, no budget holds more than its limit, nobody waits beside room, and usages add up to what was spent (B1, B2, B5)", () => {
  const names = ["a", "b", "c", "d", "e"];
  const step = fc.record({
    who: fc.integer({ min: 0, max: 4 }),
    what: fc.constantFrom("call", "call", "call", "settle", "settle", "fail", "lose"),
    bound: fc.integer({ min: 1, max: 60 }),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 120 }), (steps, maxTokens) => {
      const agents = names.map((name) => agent(name, { attempts: 100, backoff: "none" }));
      const half = budget({ kind: "node", path: "f" }, { maxTokens: Math.ceil(maxTokens / 2) });
      const of = plan([fork("f", agents.slice(0, 3)), fork("g", agents.slice(3))]);
      const hand = new HandDrivenRun(withBudgets(of, half), { budget: { maxTokens } }).start();
      const lives = names.map((name, index) => ({
        path: `${index < 3 ? "f" : "g"}/${name}`,
        attempt: 1,
        call: 0,
      }));
      const open = new Map<string, number>();
      let heard = 0;
      for (const { who, what, bound, share } of steps) {
        const life = lives[who]!;
        const key = `${life.path}/${life.call}`;
        if (what === "call" && !open.has(key)) {
          life.call++;
          open.set(`${life.path}/${life.call}`, bound);
          hand.call(life.path, life.call, tokens(bound), life.attempt);
        } else if (what === "settle" && open.has(key)) {
          hand.settle(life.path, life.call, tokens(Math.floor(open.get(key)! * share)), life.attempt);
        } else if (what === "fail") {
          hand.fail(life.path, life.attempt).fire(`${life.path}#${life.attempt}/backoff`);
          open.delete(key);
          Object.assign(life, { attempt: life.attempt + 1, call: 0 });
        } else if (what === "lose") {
          hand.lose();
          open.clear();
          for (const one of lives) one.call = 0;
        }
        const answers = answersOf(hand);
        for (const answer of answers.slice(heard))
          if (answer.endsWith("BUDGET_EXCEEDED")) open.delete(answer.split(" ")[0]!);
        heard = answers.length;
        for (const { tokens: spent, limits } of hand.run.budgets)
          expect(spent).toBeLessThanOrEqual(limits.maxTokens!);
      }
      // When all who were let in are done, nobody waits any more.
      for (let round = 0; round < 20 && hand.run.callsUnderWay > 0; round++)
        for (const { path, attempt, call } of lives) hand.settle(path, call, tokens(0), attempt);
      expect(hand.run.callsUnderWay).toBe(0);
      hand.cancel();
      const used = hand.results.reduce((sum, { usage }) => addUsage(sum, usage), NO_USAGE);
      expect(chargeOf(used).tokens).toBe(hand.run.budgets[0]!.tokens);
    }),
  );
});
