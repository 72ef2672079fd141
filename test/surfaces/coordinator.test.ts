import { describe, expect, test } from "vitest";
import type { AgentFunction } from "../../src/performers/function.ts";
import { phases } from "../../src/surfaces/cli/phase-text.ts";
import { createAbyssal } from "../../src/surfaces/runtime.ts";

const work = (name: string, more = ""): string =>
  `  ${name}: { run: { performer: function, name: ${name} }${more} }\n`;
const TEMPLATE = `name: TEAM
version: 1.0.0
description: two agents edit one file in one phase
category: test
blackboard: { decided: { merge: union } }
phases:
  - { name: sketch, steps: [sketch] }
  - { name: edit, steps: [top, bottom] }
  - { name: close, steps: [check, tell], order: sequential }
steps:
${work("sketch")}${work("top", ", publish: { decided: [top] }")}${work("bottom", ", publish: { decided: [bottom] }")}${work("check")}${work("tell", ', when: "board.decided.size == 2"')}`;

const file = (content: string) => ({
  kind: "completed" as const,
  output: content.split("\n")[0]!,
  artifacts: [{ path: "plan.md", content, mediaType: "text/markdown" }],
  confidence: { value: 0.5, source: "declared" as const },
});
const BASE = "# Plan\n\nfirst\n\nsecond\n\nthird\n";

function team(functions: Partial<Record<string, AgentFunction>>) {
  const seen: string[] = [];
  const noted =
    (name: string, done: AgentFunction): AgentFunction =>
    (task, context) => {
      seen.push(name);
      return done(task, context);
    };
  const all: Record<string, AgentFunction> = {
    sketch: () => file(BASE),
    top: () => file(BASE.replace("first", "FIRST")),
    bottom: () => file(BASE.replace("third", "THIRD")),
    check: (task) => Object.keys(task.steps).sort().join(" "),
    tell: () => "told",
    ...(functions as Record<string, AgentFunction>),
  };
  const made = Object.fromEntries(Object.entries(all).map(([name, done]) => [name, noted(name, done)]));
  return { seen, abyssal: createAbyssal({ env: {}, templates: [TEMPLATE], functions: made }) };
}

describe("agents that work in phases on one thing", () => {
  test("go through the phases in order, and see what the phases before have made and shared", async () => {
    const { seen, abyssal } = team({});
    const runtime = await abyssal;
    const { status, output, board } = await runtime.execute("ABYSSAL[TEAM]()");
    expect(status).toBe("succeeded");
    expect(seen[0]).toBe("sketch");
    expect(seen.slice(1, 3).sort()).toEqual(["bottom", "top"]);
    expect(seen.slice(3)).toEqual(["check", "tell"]);
    expect(output).toContain("bottom sketch top");
    expect(board!.decided!.value).toHaveLength(2);
  });

  test("stand with their phases in the plan", async () => {
    const runtime = await team({}).abyssal;
    const plan = runtime.plan("ABYSSAL[TEAM]()");
    expect(plan.nodes.flatMap(({ path, phase }) => (phase ? [`${path} ${phase}`] : []))).toEqual([
      "team/sketch sketch",
      "team/top edit",
      "team/bottom edit",
      "team/check close",
      "team/tell close",
    ]);
    expect(phases(plan, (_, text) => text)[0]).toMatch(
      /1\. sketch +sketch\n.*2\. edit +top, bottom\n.*3\. close +check, tell/,
    );
  });

  test("lose nothing where two edit one file: both changes stand, and both versions are told", async () => {
    const { abyssal } = team({});
    const { artifacts, conflicts } = await (await abyssal).execute("ABYSSAL[TEAM]()");
    expect(artifacts.map(({ content }) => content)).toEqual([
      BASE.replace("first", "FIRST").replace("third", "THIRD"),
    ]);
    expect(artifacts[0]!.spans!.map(({ from }) => from?.path)).toContain("team/bottom");
    const [conflict] = conflicts;
    expect(conflict!.resolution.by).toBe("merge");
    expect(conflict!.options.map(({ paths }) => paths)).toEqual([
      ["team/sketch"],
      ["team/top"],
      ["team/bottom"],
    ]);
  });

  test("fall back to the rule where both changed one line", async () => {
    const sure = (content: string, value: number) => ({
      ...file(content),
      confidence: { value, source: "declared" as const },
    });
    const { abyssal } = team({
      top: () => sure(BASE.replace("second", "top's"), 0.4),
      bottom: () => sure(BASE.replace("second", "bottom's"), 0.6),
    });
    const { artifacts, conflicts } = await (await abyssal).execute("ABYSSAL[TEAM]()");
    expect(artifacts[0]!.content).toContain("bottom's");
    expect(conflicts[0]!.resolution.by).toBe("confidence");
    expect(conflicts[0]!.options.map(({ content }) => content)).toContain(BASE.replace("second", "top's"));
  });
});
