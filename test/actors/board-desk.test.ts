import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { BoardReceipt } from "../../src/actors/blackboard.ts";
import type { Fact } from "../../src/actors/ports.ts";
import type { Plan } from "../../src/plan/plan.ts";
import type { JsonObject } from "../../src/shared/json.ts";
import { HUMAN } from "../../src/templates/template.ts";
import { HandDrivenRun } from "../support/hand-driven-run.ts";
import { agent, chain, fork, plan } from "../support/plans.ts";
import { completed } from "../support/scripted-performer.ts";

/** The receipts that were handed out, with the attempt and the number of the write. */
function receiptsOf({ effects }: HandDrivenRun): readonly (readonly [string, BoardReceipt])[] {
  return effects.commands.flatMap((command) =>
    command.type === "answerBoard"
      ? [[`${command.path}#${command.attempt}/${command.write}`, command.receipt] as const]
      : [],
  );
}

const reasonsOf = ({ run }: HandDrivenRun): readonly string[] =>
  run.deadLetters.kept.map(({ type, reason }) => `${type}: ${reason}`);

describe("what an attempt writes", () => {
  test("counts once: done anew, the same write gets the same receipt and changes nothing (Q1)", () => {
    const hand = new HandDrivenRun(plan([fork("f", [agent("a"), agent("b")])])).start();
    hand.write("f/a", 1, { key: "count", value: 1, ifVersion: 0 });
    hand.write("f/b", 1, { key: "count", value: 2, ifVersion: 1 });
    // Begun anew, it read version 2 this time.
    hand.write("f/a", 1, { key: "count", value: 3, ifVersion: 2 });
    const first = { kind: "written", entry: { value: 1, version: 1, by: "f/a" } };
    expect(receiptsOf(hand)).toEqual([
      ["f/a#1/1", first],
      ["f/b#1/1", { kind: "written", entry: { value: 2, version: 2, by: "f/b" } }],
      ["f/a#1/1", first],
    ]);
    expect(hand.run.board).toEqual({ count: { value: 2, version: 2, by: "f/b" } });
  });

  test("counts anew when work that is done anew writes another key in that place, and in another attempt", () => {
    const hand = new HandDrivenRun(plan([agent("a", { attempts: 2, backoff: "none" })])).start();
    hand.write("a", 1, { key: "one", value: 1 }).write("a", 1, { key: "other", value: 1 });
    hand.fail("a").fire("a#1/backoff").write("a", 1, { key: "one", value: 2 }, 2);
    expect(hand.run.board).toMatchObject({ one: { value: 2, version: 2 }, other: { value: 1, version: 1 } });
  });

  test("is a dead letter once the attempt is over: failed, superseded, ended, or never begun", () => {
    const hand = new HandDrivenRun(plan([agent("a", { attempts: 2 }), agent("b")])).start();
    hand.fail("a").write("a", 1, { key: "k", value: 1 });
    hand.fire("a#1/backoff").write("a", 2, { key: "k", value: 2 }, 1);
    hand.complete("a", 2).write("a", 1, { key: "k", value: 3 }, 2);
    hand.write("nobody", 1, { key: "k", value: 4 });
    expect(reasonsOf(hand)).toEqual([
      "board.written: attempt.over",
      "board.written: attempt.stale",
      "board.written: agent.unknown",
      "board.written: agent.unknown",
    ]);
    expect(hand.run.board).toEqual({});
    expect(receiptsOf(hand)).toEqual([]);
  });

  test("is a dead letter while the attempt is being stopped by its supervisor", () => {
    const supervision = { strategy: "one_for_all" } as const;
    const hand = new HandDrivenRun(plan([fork("f", [agent("a"), agent("b")], { supervision })])).start();
    hand.fail("f/a", 1, { code: "PERFORMER_CRASHED" }).write("f/b", 1, { key: "k", value: 1 });
    expect(reasonsOf(hand)).toEqual(["board.written: attempt.over"]);
  });

  test("leads to the same board whenever the same facts are applied (K1), whatever the rules", () => {
    const sum = (present: unknown, written: unknown) => Number(present) + Number(written);
    const rules = { big: "max", set: "union", total: { function: "sum" } } as const;
    const shared: Plan = { ...plan([fork("f", [agent("a"), agent("b")])]), blackboard: rules };
    const write = fc.record({
      path: fc.constantFrom("f/a", "f/b"),
      write: fc.integer({ min: 1, max: 4 }),
      key: fc.constantFrom("big", "set", "total", "last"),
      value: fc.integer({ min: -3, max: 3 }),
      ifVersion: fc.option(fc.nat({ max: 2 }), { nil: undefined }),
    });
    fc.assert(
      fc.property(fc.array(write, { maxLength: 20 }), (writes) => {
        const once = new HandDrivenRun(shared, { merges: { sum } }).start();
        for (const { path, write: number, ...written } of writes) once.write(path, number, written);
        once.complete("f/a");
        const again = new HandDrivenRun(shared, { merges: { sum } });
        for (const fact of JSON.parse(JSON.stringify(once.facts)) as Fact[]) again.apply(fact);
        expect(again.run.board).toEqual(once.run.board);
        expect(receiptsOf(again)).toEqual(receiptsOf(once));
        expect(again.events).toEqual(once.events);
      }),
    );
  });
});

describe("what a step publishes", () => {
  const publish = { sum: "{{ data.n }}", said: "{{ output }} at {{ confidence.value }}" };

  test("is there before a step that needs it is rendered, with the types that it had", () => {
    const when = "board.sum > 3";
    const hand = new HandDrivenRun(
      plan([
        chain("c", [agent("a", { publish }), agent("b", { needs: ["a"], when, prompt: "{{ board.said }}" })]),
      ]),
    ).start();
    hand.complete("c/a", 1, completed("done", { data: { n: 4 } }));
    expect(hand.run.board).toMatchObject({ sum: { value: 4 }, said: { value: "done at 0.5", by: "c/a" } });
    expect(hand.effects.commands.findLast(({ type }) => type === "dispatch")).toMatchObject({
      task: { path: "c/b", prompt: "done at 0.5" },
    });
  });

  test("is written whole or not at all; refused for good, the fallback speaks and publishes nothing (Q2)", () => {
    const shared: Plan = {
      ...plan([agent("a", { publish: { first: 1, ...publish }, fallback: { output: "else" } })]),
      blackboard: { sum: "max" },
    };
    const hand = new HandDrivenRun(shared).start();
    const usage = { calls: 1, inputTokens: 2, outputTokens: 3, costMicros: 4 };
    hand.complete("a", 1, completed("", { data: { n: "many" }, usage }));
    expect(hand.results[0]).toMatchObject({
      status: "degraded",
      output: "else",
      failure: { code: "BOARD_REFUSED", retryable: true },
      usage,
    });
    expect(hand.run.board).toEqual({});
  });

  test("is not written for an outcome that comes too late to count", () => {
    const hand = new HandDrivenRun(plan([agent("a", { attempts: 2, publish }), agent("b")])).start();
    hand.fire("a#1/timeout").complete("a", 1, completed("", { data: { n: 1 } }));
    expect(hand.run.board).toEqual({});
    hand.fire("a#1/backoff").complete("a", 1, completed("", { data: { n: 2 } }));
    expect(hand.run.board).toEqual({});
    hand.complete("a", 2, completed("", { data: { n: 3 } }));
    expect(hand.run.board.sum).toEqual({ value: 3, version: 1, by: "a" });
  });

  test("an expression that fails refuses it, with what is wrong", () => {
    const hand = new HandDrivenRun(
      plan([agent("a", { publish: { k: "{{ 1 | divided_by: data }}" } })]),
    ).start();
    hand.complete("a", 1, completed("", { data: 0 }));
    expect(hand.results[0]?.failure).toMatchObject({ code: "BOARD_REFUSED" });
    expect(hand.results[0]?.failure?.message).toMatch(
      /^what the step publishes cannot be written: board.k: the expression failed/,
    );
  });
});

describe("a person's answer", () => {
  const asked = (publish: JsonObject): Plan => ({
    ...plan([agent("a", { performer: HUMAN, prompt: "How many?", publish })]),
    blackboard: { k: "max" },
  });

  test("is published like any other outcome", () => {
    const hand = new HandDrivenRun(asked({ k: "{{ output | times: 1 }}", by: "{{ output }}" })).start();
    hand.answer("a", "12", "ann");
    expect(hand.run.board).toMatchObject({ k: { value: 12 }, by: { value: "12", by: "a" } });
    expect(hand.results[0]).toMatchObject({ status: "succeeded", output: "12" });
  });

  test("that cannot be written fails the step, and says why", () => {
    const hand = new HandDrivenRun(asked({ k: "{{ output }}" })).start();
    hand.answer("a", "many", "ann");
    expect(hand.run.board).toEqual({});
    expect(hand.results[0]).toMatchObject({ status: "failed", failure: { code: "BOARD_REFUSED" } });
  });
});

test("a run whose plan names a merge function that is not there is refused", () => {
  const shared: Plan = { ...plan([agent("a")]), blackboard: { k: { function: "sum" } } };
  expect(() => new HandDrivenRun(shared)).toThrow("BOARD_MERGE_UNKNOWN");
});
