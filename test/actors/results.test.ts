import { describe, expect, test } from "vitest";
import { Ledger } from "../../src/actors/ledger.ts";
import { PlanIndex } from "../../src/actors/plan-index.ts";
import { Results } from "../../src/actors/results.ts";
import { agent, chain, type Draft, plan } from "../support/plans.ts";
import { aResult } from "./synthesis/a-result.ts";

const WELL = { status: "succeeded", satisfied: true } as const;

function books(...roots: Draft[]) {
  const index = new PlanIndex(plan(roots));
  const book = new Ledger(index);
  return { book, results: new Results(index, book) };
}

describe("the results", () => {
  test("keep an agent's result once, and never change it (R1)", () => {
    const { results } = books(agent("a"));
    results.keep(aResult("a"));
    expect(() => results.keep(aResult("a", { output: "other" }))).toThrow("results: a has a result already");
    expect(results.agent("a")!.output).toBe("output of a");
  });

  test("make a group's lasting answer only once the group has settled (R2)", () => {
    const { book, results } = books(chain("g", [agent("a"), agent("b")]));
    results.keep(aResult("g/a"));
    book.settle("g/a", WELL);
    expect(results.answer("g").output).toBe("output of g/a");
    results.keep(aResult("g/b"));
    book.settle("g/b", WELL);
    book.settle("g", WELL);
    expect(results.answer("g").output).toBe("output of g/a\n\noutput of g/b");
    expect(results.answer("g")).toBe(results.answer("g"));
  });

  test("leave what did not end well out of a group's answer", () => {
    const { book, results } = books(chain("g", [agent("a"), agent("b")]));
    results.keep(aResult("g/a", { status: "failed", output: "half of it" }));
    results.keep(aResult("g/b", { status: "degraded", output: "fallback" }));
    for (const path of ["g/a", "g/b", "g"]) book.settle(path, WELL);
    expect(results.answer("g")).toMatchObject({ output: "fallback", from: ["g/b"] });
  });

  test("make a group's answer of the steps that it names", () => {
    const { book, results } = books(chain("g", [agent("a"), agent("b")], { answerOf: ["b"] }));
    for (const path of ["g/a", "g/b"]) results.keep(aResult(path));
    for (const path of ["g/a", "g/b", "g"]) book.settle(path, WELL);
    expect(results.answer("g").output).toBe("output of g/b");
  });
});
