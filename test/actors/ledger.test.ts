import { describe, expect, test } from "vitest";
import { Ledger } from "../../src/actors/ledger.ts";
import { PlanIndex } from "../../src/actors/plan-index.ts";
import { agent, type Draft, plan } from "../support/plans.ts";

const WELL = { status: "succeeded", satisfied: true } as const;
const BADLY = { status: "failed", satisfied: false } as const;

function ledger(...roots: Draft[]): Ledger {
  return new Ledger(new PlanIndex(plan(roots)));
}

describe("the ledger", () => {
  test("takes one settlement of a node, and throws at a second one (L1)", () => {
    const book = ledger(agent("a"));
    book.settle("a", WELL);
    expect(() => book.settle("a", BADLY)).toThrow("ledger: a settled twice");
    expect(book.settlement("a")).toEqual(WELL);
  });

  test("makes a node due once, when the last of its needs settles (L2)", () => {
    const book = ledger(agent("a"), agent("b"), agent("c", { needs: ["a", "b"] }));
    expect([book.isDue("a"), book.isDue("c")]).toEqual([true, false]);
    book.settle("b", WELL);
    expect(book.isDue("c")).toBe(false);
    expect(book.takeDue()).toEqual([]);
    book.settle("a", BADLY);
    expect(book.isDue("c")).toBe(true);
    expect(book.takeDue()).toEqual(["c"]);
    expect(book.takeDue()).toEqual([]);
    expect(book.brokenNeeds("c")).toEqual(["a"]);
  });
});
