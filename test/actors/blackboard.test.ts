import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Blackboard } from "../../src/actors/blackboard.ts";
import type { Json } from "../../src/shared/json.ts";
import type { MergeRule } from "../../src/templates/template.ts";

const small = fc.oneof(fc.integer({ min: -5, max: 5 }), fc.constantFrom("a", "b", null));

function boardOf(rule: MergeRule): Blackboard {
  return new Blackboard({ k: rule });
}

describe("a blackboard", () => {
  test("the last writer counts where no rule is declared", () => {
    const board = new Blackboard({});
    board.write("a", { key: "k", value: 1 });
    board.write("b", { key: "k", value: { x: [2] } });
    expect(board.entry("k")).toEqual({ value: { x: [2] }, version: 2, by: "b" });
  });

  test("a write on a version that is no longer there changes nothing, and says what stands there (B2)", () => {
    const board = new Blackboard({});
    expect(board.write("a", { key: "k", value: 1, ifVersion: 0 }).kind).toBe("written");
    const late = board.write("b", { key: "k", value: 2, ifVersion: 0 });
    expect(late).toEqual({
      kind: "conflict",
      entry: { value: 1, version: 1, by: "a" },
      reason: "k has version 1, not 0",
    });
    expect(board.write("b", { key: "k", value: 2, ifVersion: 1 }).kind).toBe("written");
  });

  test("a version grows by one with every change, and with nothing else (B1)", () => {
    const write = fc.record({
      key: fc.constantFrom("a", "b"),
      value: small as fc.Arbitrary<Json>,
      ifVersion: fc.option(fc.nat({ max: 4 }), { nil: undefined }),
    });
    fc.assert(
      fc.property(fc.array(write, { maxLength: 30 }), (writes) => {
        const board = new Blackboard({});
        const seen: Record<string, Json[]> = { a: [], b: [] };
        for (const { ifVersion, ...rest } of writes) {
          board.write("w", { ...rest, ...(ifVersion === undefined ? {} : { ifVersion }) });
          const entry = board.entry(rest.key);
          const values = seen[rest.key]!;
          if (entry && values.at(-1) !== entry.value) values.push(entry.value);
          expect(entry?.version ?? 0).toBe(values.length);
        }
      }),
    );
  });

  test.each(["max", "min", "union"] as const)("%s gives the same whatever the order (B3)", (rule) => {
    const values: fc.Arbitrary<readonly Json[]> =
      rule === "union"
        ? fc.array(fc.oneof(small, fc.array(small, { maxLength: 3 })), { minLength: 1, maxLength: 8 })
        : fc.array(fc.integer({ min: -5, max: 5 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(values, fc.nat(), (written, turn) => {
        const [one, other] = [boardOf(rule), boardOf(rule)];
        const turned = written.map((_, index) => written[(index + turn) % written.length]!);
        for (const value of written) one.write("w", { key: "k", value });
        for (const value of turned.reverse()) other.write("w", { key: "k", value });
        expect(other.values()).toEqual(one.values());
      }),
    );
  });

  test.each<[MergeRule, Json, Json]>([
    ["last_writer", { x: 1 }, { x: 1 }],
    ["max", -3, -3],
    ["min", 7, 7],
    ["union", "b", ["b"]],
    ["union", ["b", "a", "b"], ["a", "b"]],
    ["union", null, [null]],
    ["union", [], []],
    [{ function: "never" }, 4, 4],
  ])(
    "the first write under %o of %o stands as %o, and nothing is merged into it",
    (rule, value, standing) => {
      const never = (): Json => {
        throw new Error("there is nothing to merge");
      };
      const first = { value: standing, version: 1, by: "a" };
      const board = new Blackboard({ k: rule }, { never });
      expect(board.write("a", { key: "k", value })).toEqual({ kind: "written", entry: first });
      expect(board.entry("k")).toEqual(first);
      const together = new Blackboard({ k: rule }, { never });
      expect(together.writeAll("a", { k: value })).toBeNull();
      expect(together.entry("k")).toEqual(first);
    },
  );

  test("what a rule cannot merge is a conflict that says why", () => {
    const board = boardOf("max");
    const receipt = board.write("a", { key: "k", value: ["1"] });
    expect(receipt).toEqual({ kind: "conflict", entry: null, reason: "max takes numbers, got a list" });
  });

  test("a function of the user merges, and one that is missing or throws is a conflict", () => {
    const sum = (a: Json, b: Json): Json => {
      if (typeof a !== "number" || typeof b !== "number") throw new Error("numbers only");
      return a + b;
    };
    const board = new Blackboard({ k: { function: "sum" }, m: { function: "nowhere" } }, { sum });
    board.write("a", { key: "k", value: 2 });
    board.write("b", { key: "k", value: 3 });
    expect(board.entry("k")).toEqual({ value: 5, version: 2, by: "b" });
    expect(board.write("b", { key: "k", value: "x" })).toMatchObject({
      kind: "conflict",
      reason: "numbers only",
    });
    expect(board.write("b", { key: "m", value: 1 })).toMatchObject({ kind: "conflict" });
  });
});
