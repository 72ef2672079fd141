import { describe, expect, test } from "vitest";
import { Ledger } from "../../src/actors/ledger.ts";
import { PlanIndex } from "../../src/actors/plan-index.ts";
import { agent, type Draft, plan } from "../support/plans.ts";

const WELL = { status: "succeeded", satisfied: true } as const;
const BADLY = { status: "failed", satisfied: false } as const;

function ledger(...roots: Draft[]) {
  const index = new PlanIndex(plan(roots));
  const book = new Ledger(index);
  return {
    book,
    isDue: (path: string): boolean => book.isDue(index.place(path)),
    takeDue: (): readonly string[] => book.takeDue().map(({ node }) => node.path),
    brokenNeeds: (path: string): readonly string[] => book.brokenNeeds(index.node(path)),
  };
}

describe("the ledger", () => {
  test("takes one settlement of a node, and throws at a second one (L1)", () => {
    const { book } = ledger(agent("a"));
    book.settle("a", WELL);
    expect(() => book.settle("a", BADLY)).toThrow("ledger: a settled twice");
    expect(book.settlement("a")).toEqual(WELL);
  });

  test("makes a node due once, when the last of its needs settles (L2)", () => {
    const { book, isDue, takeDue, brokenNeeds } = ledger(
      agent("a"),
      agent("b"),
      agent("c", { needs: ["a", "b"] }),
    );
    expect([isDue("a"), isDue("c")]).toEqual([true, false]);
    book.settle("b", WELL);
    expect(isDue("c")).toBe(false);
    expect(takeDue()).toEqual([]);
    book.settle("a", BADLY);
    expect(isDue("c")).toBe(true);
    expect(takeDue()).toEqual(["c"]);
    expect(takeDue()).toEqual([]);
    expect(brokenNeeds("c")).toEqual(["a"]);
  });
});
