import { describe, expect, test } from "vitest";
import type { Failure } from "../../src/plan/outcome.ts";
import { HandDrivenRun } from "../support/hand-driven-run.ts";
import { agent, chain, type Draft, fork, plan } from "../support/plans.ts";

const CRASH: Partial<Failure> = { code: "PERFORMER_CRASHED" };

const started = (roots: readonly Draft[], agents = 20): HandDrivenRun =>
  new HandDrivenRun(plan(roots, { agents })).start();

const three = [agent("a"), agent("b"), agent("c")];

/** What was asked for since: `dispatch a#2`, `stop b`. */
function asked(run: HandDrivenRun, from: number): readonly string[] {
  return run.effects.commands.slice(from).flatMap((command) => {
    if (command.type === "dispatch") return [`dispatch ${command.task.path}#${command.task.attempt}`];
    return command.type === "stop" ? [`stop ${command.path}`] : [];
  });
}

describe("a supervised group", () => {
  test("starts a crashed agent again, and it alone, without counting an attempt (one_for_one)", () => {
    const run = started([fork("f", three, { supervision: {} })]);
    const from = run.effects.commands.length;
    run.fail("f/b", 1, CRASH);
    expect(asked(run, from)).toEqual(["dispatch f/b#2"]);
    run.complete("f/a").complete("f/b", 2).complete("f/c");
    expect(run.statuses).toEqual({ "f/a": "succeeded", "f/b": "succeeded", "f/c": "succeeded" });
    expect(run.run.status).toBe("succeeded");
  });

  test("stops all in reverse, waits for every one, and starts all in order (one_for_all) (V1)", () => {
    const run = started([fork("f", three, { supervision: { strategy: "one_for_all" } })]);
    const from = run.effects.commands.length;
    run.fail("f/b", 1, CRASH);
    expect(asked(run, from)).toEqual(["stop f/c", "stop f/a"]);
    run.stopped("f/a");
    expect(asked(run, from)).toHaveLength(2);
    run.stopped("f/c");
    expect(asked(run, from).slice(2)).toEqual(["dispatch f/a#2", "dispatch f/b#2", "dispatch f/c#2"]);
  });

  test("leaves alone what was started before the crashed one (rest_for_one)", () => {
    const run = started([fork("f", three, { supervision: { strategy: "rest_for_one" } })]);
    const from = run.effects.commands.length;
    run.fail("f/b", 1, CRASH).stopped("f/c");
    expect(asked(run, from)).toEqual(["stop f/c", "dispatch f/b#2", "dispatch f/c#2"]);
  });

  test("does not do again what has ended: its result is recorded (V2)", () => {
    const run = started([fork("f", three, { supervision: { strategy: "one_for_all" } })]);
    run.complete("f/a");
    const from = run.effects.commands.length;
    run.fail("f/b", 1, CRASH).stopped("f/c");
    expect(asked(run, from)).toEqual(["stop f/c", "dispatch f/b#2", "dispatch f/c#2"]);
  });

  test("leaves an agent behind that does not stop within its grace", () => {
    const run = started([fork("f", three, { supervision: { strategy: "one_for_all" } })]);
    run.fail("f/a", 1, CRASH).stopped("f/b");
    const from = run.effects.commands.length;
    run.fire("f/c#1/grace");
    expect(asked(run, from)).toEqual(["dispatch f/a#2", "dispatch f/b#2", "dispatch f/c#2"]);
    run.stopped("f/c");
    expect(asked(run, from)).toHaveLength(3);
  });

  test("beyond its restarts all stop and fail, what has not started does not start, the run answers with the rest (S2, S4)", () => {
    const late = agent("late", { needs: ["a"] });
    const run = started([chain("s", [...three, late], { supervision: { restartsMax: 1 } }), agent("other")]);
    run.fail("s/b", 1, CRASH).fail("s/b", 2, CRASH).stopped("s/a").stopped("s/c").complete("other");
    expect(run.statuses).toEqual({
      "s/a": "failed",
      "s/b": "failed",
      "s/c": "failed",
      "s/late": "skipped",
      other: "succeeded",
    });
    expect(run.results.find(({ path }) => path === "s/a")!.failure!.code).toBe("SUPERVISION_EXCEEDED");
    expect(run.run.status).toBe("partial");
  });

  test("a supervisor that gives up is told of before the run ends with its last agents", () => {
    const run = started([fork("f", [agent("a"), agent("b")], { supervision: { restartsMax: 0 } })]);
    run.fail("f/a", 1, CRASH).stopped("f/b");
    const told = run.events.map(({ type }) => type);
    expect(told.filter((type) => type === "supervisor.failed" || type === "run.ended")).toEqual([
      "supervisor.failed",
      "run.ended",
    ]);
  });

  test("crashes that lie further apart than the window do not add up", () => {
    const run = started([fork("f", [agent("a")], { supervision: { restartsMax: 1, withinMs: 500 } })]);
    for (let attempt = 1; attempt < 6; attempt++) run.fail("f/a", attempt, CRASH);
    run.complete("f/a", 6);
    expect(run.run.status).toBe("succeeded");
  });

  test("hands what is beyond its restarts to the supervisor around it, which restarts the whole of it (S2, S3)", () => {
    const inner = fork("in", [agent("a"), agent("b")], { supervision: { restartsMax: 0 } });
    const run = started([chain("out", [agent("x"), inner], { supervision: { restartsMax: 1 } })]);
    const from = run.effects.commands.length;
    run.fail("out/in/a", 1, CRASH);
    expect(asked(run, from)).toEqual(["stop out/in/b"]);
    run.stopped("out/in/b");
    expect(asked(run, from).slice(1)).toEqual(["dispatch out/in/a#2", "dispatch out/in/b#2"]);
    run.fail("out/in/b", 2, CRASH).stopped("out/in/a", 2).stopped("out/x");
    expect(run.statuses).toEqual({ "out/x": "failed", "out/in/a": "failed", "out/in/b": "failed" });
  });

  test("an expected failure is a value: it is retried, and no sibling is concerned", () => {
    const tried = [agent("a", { attempts: 2, backoff: "none" }), agent("b")];
    const run = started([fork("f", tried, { supervision: { strategy: "one_for_all" } })]);
    const from = run.effects.commands.length;
    run.fail("f/a", 1).fire("f/a#1/backoff");
    expect(asked(run, from)).toEqual(["dispatch f/a#2"]);
  });

  test("a fallback stands in for an agent that its supervisor gives up", () => {
    const run = started([
      fork("f", [agent("a", { fallback: { output: "instead" } })], { supervision: { restartsMax: 0 } }),
    ]);
    run.fail("f/a", 1, CRASH);
    expect(run.statuses).toEqual({ "f/a": "degraded" });
  });

  test("what waits for a slot, backs off or waits for a person stops and goes on as well (V3)", () => {
    const waiting = [
      agent("a"),
      agent("b", { attempts: 2 }),
      agent("c", { approve: true }),
      agent("d"),
      agent("e", { needs: ["d"] }),
    ];
    const run = started([fork("f", waiting, { supervision: { strategy: "one_for_all" } })], 2);
    run.fail("f/b", 1);
    const from = run.effects.commands.length;
    run.fail("f/a", 1, CRASH).stopped("f/d");
    expect(asked(run, from)).toEqual(["stop f/d", "dispatch f/a#2", "dispatch f/b#2"]);
    run.complete("f/a", 2).complete("f/b", 2).decide("f/c", true).complete("f/d", 2).complete("f/c", 1);
    run.complete("f/e", 1);
    expect(Object.values(run.statuses)).toEqual(Array(5).fill("succeeded"));
  });

  test.each([
    ["before it works", agent("b", { approve: true }), 1],
    ["midway", agent("b"), 2],
  ] as const)(
    "what a person who is asked %s lets go on while others stop waits for the supervisor (A6)",
    (_, b, attempt) => {
      const decided = (supervision: { readonly restartsMax: number }): HandDrivenRun => {
        const children = [agent("a"), b, agent("c")];
        const run = started([
          fork("f", children, { supervision: { strategy: "one_for_all", ...supervision } }),
        ]);
        if (attempt === 2) run.ask("f/b");
        run.fail("f/a", 1, CRASH);
        const from = run.effects.commands.length;
        run.decide("f/b", true);
        expect(asked(run, from)).toEqual([]);
        return run;
      };
      const restarted = decided({ restartsMax: 1 });
      const from = restarted.effects.commands.length;
      restarted.stopped("f/c");
      expect(asked(restarted, from)).toEqual(["dispatch f/a#2", `dispatch f/b#${attempt}`, "dispatch f/c#2"]);
      expect(decided({ restartsMax: 0 }).stopped("f/c").statuses).toEqual({
        "f/a": "failed",
        "f/b": "failed",
        "f/c": "failed",
      });
    },
  );

  test("a cancelled run calls off what stops and what is held, and starts nothing", () => {
    const run = started([fork("f", three, { supervision: { strategy: "one_for_all" } })]);
    run.fail("f/b", 1, CRASH);
    const from = run.effects.commands.length;
    run.stopped("f/a").cancel().stopped("f/c");
    expect(asked(run, from)).toEqual([]);
    expect(new Set(Object.values(run.statuses))).toEqual(new Set(["cancelled"]));
    expect(run.run.status).toBe("cancelled");
  });

  test("forks wider than one actor may have children are supervised as a whole", () => {
    const many = Array.from({ length: 200 }, (_, index) => agent(`a${index}`));
    const run = started([fork("f", many, { supervision: { strategy: "rest_for_one" } })], 200);
    const from = run.effects.commands.length;
    run.fail("f/a190", 1, CRASH);
    const stops = asked(run, from);
    expect(stops).toEqual(Array.from({ length: 9 }, (_, index) => `stop f/a${199 - index}`));
  });
});
