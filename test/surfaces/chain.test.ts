import { describe, expect, test } from "vitest";
import { createAbyssal } from "../../src/index.ts";
import type { AgentResult } from "../../src/plan/outcome.ts";
import type { JsonObject } from "../../src/shared/json.ts";
import { always, modelServer } from "../support/model-server.ts";
import { cli, folderWith } from "./cli/cli-harness.ts";

/** What every agent of CHAIN answers: the analyst's members and the reviewers' findings. */
const FOUND = {
  health: 90,
  risks: [{ risk: "assumed: the queue overflows", likelihood: 3, impact: 4 }],
  blockers: [],
  dependencies: [],
  findings: [
    { priority: "P0", risk: "no limit", action: "bound the queue", impact: 10, feasibility: 10, effort: 2 },
    {
      priority: "P2",
      risk: "no alarm",
      action: "alert on its age",
      impact: 5,
      feasibility: 8,
      effort: 1,
      known: true,
    },
  ],
};

type Sides = { readonly side: string; readonly now: number; readonly after: number }[];

describe("CHAIN", () => {
  test("on a model computes ranking, plan and scores from what the agents found, not from what they claim", async () => {
    const server = await modelServer([always({ content: JSON.stringify(FOUND) })]);
    const config = { model: "openai/some-model" };
    const abyssal = await createAbyssal({ env: server.env, config });
    const result = await abyssal.execute("ABYSSAL[CHAIN]('search service', { horizon: '4w', team_size: 1 })");
    expect(result.reasons).toEqual([]);
    expect(server.asked()).toHaveLength(5);
    const { actions, plan, projection } = result.data as Record<string, JsonObject>;
    // Four reviewers ask for the same two actions: 10 x 10 / 2 and 5 x 8 / 1.
    expect(actions!.actions).toMatchObject([
      {
        id: "A1",
        priority: "P0",
        score: 50,
        sides: ["security", "performance", "reliability", "scalability"],
      },
      { id: "A2", priority: "P2", score: 40 },
    ]);
    expect(plan!.slots).toHaveLength(2);
    // 100 - 24 - 6 / 2 before; after: A1 leaves nothing of its 24, A2 60% of its 3.
    const sides = projection!.sides as unknown as Sides;
    expect(sides.map(({ now, after }) => [now, after])).toEqual(Array(4).fill([73, 98.2]));
    expect(projection).toMatchObject({ healthBefore: 73, healthAfter: 98 });
    expect(result.output).toContain("The analyst had estimated 90");
    // Whose findings are whose is plain to who reads it from the top.
    expect(result.output.match(/^# .*$/gm)).toEqual([
      "# Analyse",
      "# Security",
      "# Performance",
      "# Reliability",
      "# Scalability",
      "# Ranked actions for search service",
      "# Plan for search service",
      "# Projection for search service",
    ]);
    const merged = '"Security", "Performance", "Reliability", "Scalability"';
    expect(result.output).toContain(`\nMerged from ${merged}.\n`);
    expect(result.output).toContain(`\nComputed from ${merged}.`);
  });

  test("is as sure of what it computes as of the findings: on a model they are the model's word, without one a draft", async () => {
    const { env } = await modelServer([always({ content: JSON.stringify(FOUND) })]);
    const args = ["execute", "ABYSSAL[CHAIN]('search service')", "--output", "json"];
    const told = await cli(folderWith(), [...args, "--model", "openai/some-model"], { env });
    const sure = JSON.parse(told.stdout).results.map(({ confidence }: AgentResult) => confidence);
    expect(sure).toEqual(Array(8).fill({ value: 0.6, source: "declared" }));
    expect(told.stderr).toMatch(/^confidence {2}0\.60, their own word$/m);
    const drafted = JSON.parse((await cli(folderWith(), args)).stdout).results as AgentResult[];
    const found = drafted.slice(0, 5).map(({ confidence }) => confidence!.value);
    const mean = found.reduce((sum, value) => sum + value, 0) / found.length;
    expect(drafted[5]!.confidence).toEqual({ value: expect.closeTo(mean, 2), source: "draft" });
  });

  test("counts nothing that does not fit into the horizon", async () => {
    const server = await modelServer([always({ content: JSON.stringify(FOUND) })]);
    const abyssal = await createAbyssal({ env: server.env, config: { model: "openai/some-model" } });
    const { data } = await abyssal.execute(
      "ABYSSAL[CHAIN]('search service', { horizon: '2d', team_size: 1 })",
    );
    const { plan, projection } = data as Record<string, JsonObject>;
    expect(plan).toMatchObject({ slots: [{ action: "A2" }], later: ["A1"] });
    expect((projection!.sides as unknown as Sides)[0]).toMatchObject({ now: 73, after: 74.2 });
  });

  test("refuses findings that break their form, and says so", async () => {
    const broken = { ...FOUND, findings: [{ ...FOUND.findings[0], priority: "urgent" }] };
    const server = await modelServer([always({ content: JSON.stringify(broken) })]);
    const abyssal = await createAbyssal({ env: server.env, config: { model: "openai/some-model" } });
    const { status, reasons } = await abyssal.execute("ABYSSAL[CHAIN]('search service')");
    expect(status).not.toBe("succeeded");
    expect(reasons.map(({ code }) => code)).toContain("OUTPUT_INVALID");
  });

  test("drafts the whole of it without a model, in phases that the plan shows", async () => {
    const abyssal = await createAbyssal({ env: {} });
    const phases = abyssal.plan("ABYSSAL[CHAIN]('search service')").nodes.map(({ phase }) => phase);
    expect(new Set(phases)).toEqual(new Set([undefined, "analysis", "perspectives", "decision"]));
    const { status, data, conflicts } = await abyssal.execute("ABYSSAL[CHAIN]('search service')");
    expect(status).toBe("succeeded");
    expect(conflicts).toEqual([]);
    const { projection } = data as Record<string, JsonObject>;
    for (const { now, after } of projection!.sides as unknown as Sides)
      expect(after).toBeGreaterThanOrEqual(now);
  });
});
