import { describe, expect, test } from "vitest";
import { checkedAnswersOf } from "../../src/surfaces/checked-answers.ts";
import { HandDrivenRun } from "../support/hand-driven-run.ts";
import { agent, chain, fork, plan, replicas } from "../support/plans.ts";
import { completed } from "../support/scripted-performer.ts";

const says = (output: string, more: object = {}) => completed(output, more);

describe("an answer was right", () => {
  test("where most of those who vote on the same said so, and wrong where it was outvoted", () => {
    const run = new HandDrivenRun(plan([replicas("f", 3, { synthesis: "vote" })])).start();
    run.complete("f/0", 1, says("Yes.")).complete("f/1", 1, says("no")).complete("f/2", 1, says("yes."));
    const found = checkedAnswersOf({ answer: run.run.answer, plan: run.run.plan }, 0);
    expect(found.map(({ said, right }) => [said, right])).toEqual([
      [0.5, 1],
      [0.5, 0],
      [0.5, 1],
    ]);
  });

  test("of which nothing is known where a vote is tied, or one voice speaks", () => {
    const tied = new HandDrivenRun(plan([replicas("f", 2, { synthesis: "vote" })])).start();
    tied.complete("f/0", 1, says("yes")).complete("f/1", 1, says("no"));
    expect(checkedAnswersOf({ answer: tied.run.answer, plan: tied.run.plan }, 0)).toEqual([]);
  });

  test("where votes decided between claims that contradict each other", () => {
    const claims = (value: number) => ({ claims: [{ subject: "limit", value }] });
    const group = chain("c", [fork("f", [agent("a"), agent("b"), agent("d")])], { role: "command" });
    const run = new HandDrivenRun(plan([group])).start();
    run
      .complete("c/f/a", 1, says("a", claims(1)))
      .complete("c/f/b", 1, says("b", claims(2)))
      .complete("c/f/d", 1, says("d", claims(1)));
    expect(run.run.answer!.conflicts).toMatchObject([{ resolution: { by: "vote", value: 1 } }]);
    const found = checkedAnswersOf({ answer: run.run.answer, plan: run.run.plan }, 0);
    expect(found.map(({ right }) => right)).toEqual([1, 0, 1]);
  });

  test("which drafts do not tell of each other", () => {
    const draft = { confidence: { value: 0.35, source: "draft" } };
    const run = new HandDrivenRun(plan([replicas("f", 3, { synthesis: "vote" })])).start();
    for (const path of ["f/0", "f/1", "f/2"]) run.complete(path, 1, says("the same", draft));
    expect(checkedAnswersOf({ answer: run.run.answer, plan: run.run.plan }, 0)).toEqual([]);
    const claims = (value: number) => ({ ...draft, claims: [{ subject: "limit", value }] });
    const group = chain("c", [fork("f", [agent("a"), agent("b"), agent("d")])], { role: "command" });
    const voted = new HandDrivenRun(plan([group])).start();
    voted.complete("c/f/a", 1, says("a", claims(1))).complete("c/f/b", 1, says("b", claims(2)));
    voted.complete("c/f/d", 1, says("d", claims(1)));
    expect(voted.run.answer!.conflicts).toMatchObject([{ resolution: { by: "vote" } }]);
    expect(checkedAnswersOf({ answer: voted.run.answer, plan: voted.run.plan }, 0)).toEqual([]);
  });

  test.each([
    ["declared", [1, 0]],
    ["draft", null],
  ] as const)("where a judge decided, unless that only drafts (%s)", (source, rights) => {
    const claims = (value: number) => ({ claims: [{ subject: "limit", value }] });
    const parts = [agent("a"), agent("b"), agent("judge", { needs: ["a", "b"], judges: "c" })];
    const group = chain("c", parts, { role: "command", judge: "judge", resolve: ["judge"] });
    const run = new HandDrivenRun(plan([group])).start();
    run.complete("c/a", 1, says("a", claims(1))).complete("c/b", 1, says("b", claims(2)));
    const rulings = [{ conflict: "c1", option: "o1", reason: "it is measured" }];
    run.complete(
      "c/judge",
      1,
      says("", { data: { choice: "", rulings }, confidence: { value: 0.4, source } }),
    );
    expect(run.run.answer!.conflicts).toMatchObject([{ resolution: { by: "judge", value: 1 } }]);
    const found = checkedAnswersOf({ answer: run.run.answer, plan: run.run.plan }, 0);
    expect(found.map(({ right }) => right)).toEqual(rights ?? []);
  });

  test("where confidence alone decided, nothing came out", () => {
    const claims = (value: number) => ({ claims: [{ subject: "limit", value }] });
    const group = chain("c", [fork("f", [agent("a"), agent("b")])], { role: "command" });
    const run = new HandDrivenRun(plan([group])).start();
    run.complete("c/f/a", 1, says("a", claims(1))).complete("c/f/b", 1, says("b", claims(2)));
    expect(run.run.answer!.conflicts).toHaveLength(1);
    expect(checkedAnswersOf({ answer: run.run.answer, plan: run.run.plan }, 0)).toEqual([]);
  });

  test.each([
    [true, 1],
    [false, 0],
  ])("as a person says who lets go on what stands on it, or does not (%s)", (approved, right) => {
    const made = plan([agent("a", { model: "m/x" }), agent("b", { approve: true, needs: ["a"] })]);
    const run = new HandDrivenRun(made).start().complete("a", 1, says("a")).decide("b", approved);
    if (approved) run.complete("b", 1, says("b"));
    expect(checkedAnswersOf({ answer: run.run.answer, plan: made }, 0)).toEqual([
      {
        source: "declared",
        agent: "worker",
        performer: "scripted",
        model: "m/x",
        said: 0.5,
        told: 0.5,
        right,
        atMs: 0,
      },
    ]);
  });

  test("which nobody has said, where the default decided", () => {
    const ask = { deadline: { withinMs: 1_000, default: "reject" } } as const;
    const made = plan([agent("a"), agent("b", { approve: true, ask, needs: ["a"] })]);
    const run = new HandDrivenRun(made).start().complete("a", 1, says("a")).fire("b#0/approval");
    expect(run.statuses).toEqual({ a: "succeeded", b: "failed" });
    expect(checkedAnswersOf({ answer: run.run.answer, plan: made }, 0)).toEqual([]);
  });

  test.each([
    ["passes", 1],
    ["fails", 0],
  ])("as a command says that is given it and nothing else, and %s", (end, right) => {
    const options = { args: ["{{ steps.a.output }}"] };
    const made = plan([agent("a"), agent("lint", { needs: ["a"], performer: "command", options })]);
    const run = new HandDrivenRun(made).start().complete("a", 1, says("a"));
    if (end === "passes") run.complete("lint", 1, says("", { confidence: { value: 1, source: "checked" } }));
    else run.fail("lint", 1, { code: "COMMAND_EXIT", retryable: false });
    expect(checkedAnswersOf({ answer: run.run.answer, plan: made }, 0)).toMatchObject([{ said: 0.5, right }]);
  });

  test("which a command does not tell that is given none, or several, or ends otherwise", () => {
    const none = agent("x", { needs: ["a"], performer: "command", options: { args: ["build"] } });
    const both = { args: ["{{ steps.a.output }}", "{{ steps.b.output }}"] };
    const several = agent("y", { needs: ["a", "b"], performer: "command", options: both });
    const broken = agent("z", {
      needs: ["a"],
      performer: "command",
      options: { args: ["{{ steps.a.output }}"] },
    });
    const made = plan([agent("a"), agent("b"), none, several, broken]);
    const checked = says("", { confidence: { value: 1, source: "checked" } });
    const run = new HandDrivenRun(made).start().complete("a", 1, says("a")).complete("b", 1, says("b"));
    run
      .complete("x", 1, checked)
      .complete("y", 1, checked)
      .fail("z", 1, { code: "TIMEOUT", retryable: false });
    expect(checkedAnswersOf({ answer: run.run.answer, plan: made }, 0)).toEqual([]);
  });

  test("to the mean of what several say", () => {
    const options = { args: ["{{ steps.a.output }}"] };
    const check = (name: string) => agent(name, { needs: ["a"], performer: "command", options });
    const made = plan([agent("a"), check("x"), check("y")]);
    const run = new HandDrivenRun(made).start().complete("a", 1, says("a"));
    run
      .complete("x", 1, says("", { confidence: { value: 1, source: "checked" } }))
      .fail("y", 1, { code: "COMMAND_EXIT", retryable: false });
    expect(checkedAnswersOf({ answer: run.run.answer, plan: made }, 0)).toMatchObject([{ right: 0.5 }]);
  });

  test("but it teaches by what was said of it, not by what was told, and only where no check stands behind", () => {
    const options = { args: ["{{ steps.a.output }}"] };
    const after = agent("x", { needs: ["a"], performer: "command", options });
    const calibration = { declared: { bias: -0.2, answers: 9 } };
    const corrected = plan([agent("a", { calibration }), after]);
    const run = new HandDrivenRun(corrected).start().complete("a", 1, says("a"));
    run.complete("x", 1, says("", { confidence: { value: 1, source: "checked" } }));
    expect(checkedAnswersOf({ answer: run.run.answer, plan: corrected }, 0)).toMatchObject([
      { said: 0.5, told: 0.3 },
    ]);

    const sure = plan([agent("a"), after]);
    const certain = new HandDrivenRun(sure).start();
    certain.complete("a", 1, says("a", { confidence: { value: 1, source: "checked" } }));
    certain.complete("x", 1, says("", { confidence: { value: 1, source: "checked" } }));
    expect(checkedAnswersOf({ answer: certain.run.answer, plan: sure }, 0)).toEqual([]);
  });
});
