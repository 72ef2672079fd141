import { describe, expect, test } from "vitest";
import { HandDrivenRun } from "../support/hand-driven-run.ts";
import { agent, plan } from "../support/plans.ts";
import { completed } from "../support/scripted-performer.ts";

const DEADLINE = { deadline: { withinMs: 60_000, default: "reject" } } as const;

/** The timers that a run has set and not let go of. */
function timersOf({ effects }: HandDrivenRun): readonly string[] {
  const set = new Set<string>();
  for (const command of effects.commands) {
    if (command.type === "setTimer") set.add(command.id);
    if (command.type === "clearTimer") set.delete(command.id);
  }
  return [...set];
}

describe("a question", () => {
  test("is open, with its deadline, exactly while its agent awaits the decision (G3)", () => {
    const it = new HandDrivenRun(plan([agent("a", { approve: true, ask: DEADLINE })]));
    expect(it.run.questions).toEqual([]);
    it.start();
    expect(it.run.questions).toMatchObject([{ path: "a", untilMs: 61_000, otherwise: "reject" }]);
    expect(timersOf(it)).toEqual(["a#0/approval"]);
    it.decide("a", true);
    expect(it.run.questions).toEqual([]);
    expect(timersOf(it)).toEqual(["run/deadline", "a#1/timeout"]);
    it.complete("a");
    expect(timersOf(it)).toEqual([]);
  });

  test("is let go of with its deadline when the run is cancelled (G3)", () => {
    const it = new HandDrivenRun(plan([agent("a", { approve: true, ask: DEADLINE })])).start().cancel();
    expect([it.run.questions, timersOf(it), it.statuses]).toEqual([[], [], { a: "cancelled" }]);
  });

  test("is answered by what answers it: everything else is a dead letter (K3)", () => {
    const ask = { choices: ["x"] };
    const it = new HandDrivenRun(plan([agent("a", { performer: "human", ask })])).start();
    it.decide("a", true).answer("a", "y").answer("b", "x").fire("a#0/approval");
    expect(it.run.deadLetters.count).toBe(4);
    expect(it.run.state).toBe("suspended");
    it.answer("a", "x");
    expect(it.run.status).toBe("succeeded");
  });

  test("is put as the prompt says, rendered, and with its own words where it has some", () => {
    const it = new HandDrivenRun(
      plan([
        agent("a", { approve: true, prompt: "Add {{ 1 | plus: 2 }}." }),
        agent("b", { approve: true, prompt: "{{ 1 | no_such_filter }}" }),
        agent("c", { approve: true, ask: { question: "Shall {{ 'it' }}?" } }),
        agent("d", { performer: "human" }),
        agent("e", { performer: "human", prompt: "{{ '{{ 1 | plus: 2 }}' }}" }),
      ]),
    ).start();
    expect(it.run.questions.map(({ question }) => question)).toEqual([
      "May worker run a? It is asked: Add 3.",
      "May worker run b? It is asked: {{ 1 | no_such_filter }}",
      "Shall it?",
      "What does d answer?",
      "{{ 1 | plus: 2 }}",
    ]);
  });

  test.each([
    [[], 0],
    [[{ name: "x" }], 0],
    [["x", null], 0],
    ["x", 0],
    [["x", 2], 1],
  ])("whose choices turn out to be %j is put only when these are texts", (data, put) => {
    const ask = { choices: "{{ steps.a.data }}" };
    const roots = [agent("a"), agent("b", { needs: ["a"], performer: "human", ask })];
    const it = new HandDrivenRun(plan(roots)).start().complete("a", 1, completed("a", { data }));
    expect(it.run.questions).toHaveLength(put);
    if (put === 0) expect(it.results[1]).toMatchObject({ failure: { code: "HUMAN_QUESTION" } });
  });

  test("that leaves out its default is never put", () => {
    const deadline = { withinMs: 1, default: { answer: "{{ 'z' }}" } };
    const ask = { choices: ["x"], deadline };
    const it = new HandDrivenRun(plan([agent("a", { performer: "human", ask })])).start();
    expect(it.results[0]).toMatchObject({ status: "failed", failure: { code: "HUMAN_QUESTION" } });
  });
});
