import { describe, expect, test } from "vitest";
import { PlanIndex } from "../../../src/actors/plan-index.ts";
import { findConflicts, type Sight } from "../../../src/actors/synthesis/conflicts.ts";
import { PlanSight } from "../../../src/actors/synthesis/plan-sight.ts";
import type { AgentResult } from "../../../src/plan/outcome.ts";
import { sha3 } from "../../../src/shared/hash.ts";
import type { Json } from "../../../src/shared/json.ts";
import { agent, plan } from "../../support/plans.ts";
import { aResult, textFile } from "./a-result.ts";

/** Agents that cannot see each other, in groups that decide nothing. */
function sightOf(scopeOf: (path: string) => string): Sight {
  const index = new PlanIndex(plan(["a", "b", "c"].map((name) => agent(name))));
  const sight = new PlanSight(index, { choiceOf: () => null, judgementOf: () => null });
  return Object.assign(sight, { scopeOf });
}

const oneCommand = sightOf(() => "command");
const eachItsOwn = sightOf((path) => path);

function claiming(path: string, value: Json, confidence: number): AgentResult {
  return aResult(path, {
    claims: [{ subject: "database", value }],
    confidence: { value: confidence, source: "declared" },
  });
}

describe("conflicts between results", () => {
  test("are decided by the number of voices, however sure the others are", () => {
    const { conflicts } = findConflicts(
      [claiming("a", "postgres", 0.2), claiming("b", "mysql", 0.9), claiming("c", "postgres", 0.2)],
      oneCommand,
    );
    expect(conflicts).toEqual([
      {
        kind: "claim",
        scope: "command",
        subject: "database",
        options: [
          { value: "postgres", paths: ["a", "c"], confidence: 0.4 },
          { value: "mysql", paths: ["b"], confidence: 0.9 },
        ],
        resolution: { by: "vote", value: "postgres", reason: "2 of 3 results" },
      },
    ]);
  });

  test("are decided among equal votes by summed confidence", () => {
    const [conflict] = findConflicts(
      [claiming("a", "postgres", 0.3), claiming("b", "mysql", 0.8)],
      oneCommand,
    ).conflicts;
    expect(conflict!.resolution).toEqual({ by: "confidence", value: "mysql", reason: "confidence 0.80" });
  });

  test("are decided among equal votes and equal confidence by plan order", () => {
    const [conflict] = findConflicts(
      [claiming("a", "postgres", 0.5), claiming("b", "mysql", 0.5)],
      oneCommand,
    ).conflicts;
    expect(conflict!.resolution).toMatchObject({ by: "order", value: "postgres" });
  });

  test("are none where values are equal as canonical JSON; that counts as an agreement", () => {
    const found = findConflicts(
      [claiming("a", { x: 1, y: 2 }, 0.5), claiming("b", { y: 2, x: 1 }, 0.5)],
      oneCommand,
    );
    expect(found).toEqual({ conflicts: [], compared: 1, agreed: 1, files: [] });
  });

  test("are none between claims of different commands", () => {
    const found = findConflicts([claiming("a", 1, 0.5), claiming("b", 2, 0.5)], eachItsOwn);
    expect(found).toEqual({ conflicts: [], compared: 0, agreed: 0, files: [] });
  });

  test("over an artifact name its contents by hash, and reach across commands", () => {
    const files = (path: string, content: string) =>
      aResult(path, { artifacts: [textFile("README.md", content)] });
    const { conflicts } = findConflicts(
      [files("a", "one"), files("b", "two"), files("c", "two")],
      eachItsOwn,
    );
    expect(conflicts[0]).toMatchObject({ kind: "artifact", scope: "", subject: "README.md" });
    expect(conflicts[0]!.resolution).toMatchObject({ by: "vote", value: sha3("two") });
  });

  test("take two: one result that repeats or contradicts itself has one voice, its first", () => {
    const twice = aResult("a", {
      claims: [
        { subject: "database", value: "mysql" },
        { subject: "database", value: "postgres" },
      ],
    });
    expect(findConflicts([twice], oneCommand)).toEqual({ conflicts: [], compared: 0, agreed: 0, files: [] });
    const [conflict] = findConflicts([twice, claiming("b", "postgres", 0.1)], oneCommand).conflicts;
    expect(conflict!.options.map(({ value, paths }) => [value, paths])).toEqual([
      ["mysql", ["a"]],
      ["postgres", ["b"]],
    ]);
  });
});
