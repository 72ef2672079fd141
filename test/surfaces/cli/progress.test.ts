import { describe, expect, test } from "vitest";
import type { RunEvent } from "../../../src/actors/run-events.ts";
import type { NodeStatus } from "../../../src/plan/outcome.ts";
import type { Plan } from "../../../src/plan/plan.ts";
import { drawTree } from "../../../src/surfaces/cli/progress/draw-tree.ts";
import { PlainProgress } from "../../../src/surfaces/cli/progress/plain-progress.ts";
import { RunTree } from "../../../src/surfaces/cli/progress/run-tree.ts";
import { fitted, paintFor, widthOf } from "../../../src/surfaces/cli/style.ts";
import type { Output } from "../../../src/surfaces/cli/terminal.ts";
import type { LiveRun } from "../../../src/surfaces/live-run.ts";
import { createAbyssal } from "../../../src/surfaces/runtime.ts";
import { folderWith } from "./cli-harness.ts";

const SMALL = "ABYSSAL[CODE]('检索服务 parser') & ABYSSAL[TEST]('parser')";

async function planOf(program: string): Promise<Plan> {
  return (await createAbyssal({ workingFolder: folderWith(), env: {} })).plan(program);
}

function wide(count: number): string {
  return Array.from({ length: count }, (_, index) => `ABYSSAL[TEST]('part ${index}')`).join(" & ");
}

const ended = (path: string, status: NodeStatus, atMs = 2_000): RunEvent => ({
  type: "agent.ended",
  path,
  status,
  durationMs: 1_500,
  atMs,
  ...(status === "failed"
    ? { failure: { code: "COMMAND_EXIT", message: "it ended\nwith 1", retryable: false } }
    : {}),
});
const running = (path: string): RunEvent => ({ type: "agent.running", path, attempt: 1, atMs: 500 });
const agentsOf = (plan: Plan): string[] =>
  plan.nodes.flatMap(({ kind, path }) => (kind === "agent" ? [path] : []));

function draw(tree: RunTree, columns = 80, rows = 24): string[] {
  return drawTree(tree, "r_0123456789abcdef", {
    nowMs: 3_000,
    tick: 0,
    columns,
    rows,
    paint: paintFor(false),
  }).split("\n");
}

describe("the live tree", () => {
  test("shows what its supervisor holds after a crash", async () => {
    const plan = await planOf(SMALL);
    const tree = new RunTree(plan);
    const [first] = agentsOf(plan);
    tree.apply(running(first!));
    const failure = { code: "PERFORMER_CRASHED", message: "a bug", retryable: true };
    tree.apply({ type: "agent.held", path: first!, attempt: 1, failure, atMs: 600 });
    expect(draw(tree).some((line) => line.includes("‖"))).toBe(true);
  });

  test("shows every node of a small plan with state, counts and time", async () => {
    const plan = await planOf(SMALL);
    const tree = new RunTree(plan);
    tree.apply({ type: "run.started", runId: "r", atMs: 0 });
    const [first, second, third] = agentsOf(plan);
    tree.apply(running(first!));
    tree.apply(ended(first!, "succeeded"));
    tree.apply(running(second!));
    tree.apply(ended(third!, "failed"));
    const lines = draw(tree);
    expect(lines).toHaveLength(plan.nodes.length + 1);
    expect(lines[0]).toBe(
      `r_0123456789abcdef  2 of ${agentsOf(plan).length} agents, 1 running, 1 failed, 3.0 s`,
    );
    expect(lines.find((line) => line.includes("design"))).toMatch(/^ +✔ design {2}architect +1\.5 s$/);
    expect(lines.find((line) => line.includes("generate"))).toMatch(
      /^ +⠋ generate {2}code_generator +2\.5 s$/,
    );
    expect(lines.find((line) => line.includes("✖"))).toContain("COMMAND_EXIT: it ended with 1");
  });

  test.each([
    [80, 24],
    [40, 10],
    [20, 5],
    [200, 60],
  ])("never goes beyond %i columns and %i rows, however wide the plan is (L2)", async (columns, rows) => {
    const plan = await planOf(`${wide(120)} & ABYSSAL[CODE]('检索服务', framework='快速')`);
    const tree = new RunTree(plan);
    agentsOf(plan).forEach((path, index) => {
      if (index % 3 > 0) tree.apply(running(path));
      if (index % 3 === 2) tree.apply(ended(path, index % 2 === 0 ? "failed" : "succeeded"));
      const lines = index % 20 === 0 ? draw(tree, columns, rows) : [];
      expect(lines.length).toBeLessThanOrEqual(rows);
      expect(Math.max(0, ...lines.map(widthOf))).toBeLessThanOrEqual(columns);
    });
  });

  test("of many agents it shows those under way and those that failed, and counts the rest", async () => {
    const plan = await planOf(wide(60));
    const tree = new RunTree(plan);
    const agents = agentsOf(plan);
    tree.apply(running(agents[100]!));
    tree.apply(ended(agents[50]!, "failed"));
    const text = draw(tree).join("\n");
    expect(text).toContain(`⠋ ${agents[100]!.split("/").at(-1)}`);
    expect(text).toMatch(/\d+ waiting/);
    expect(text).toContain("1 failed");
  });

  test("agents made at run time are counted under the fork that they were made for", async () => {
    const folder = folderWith({
      "templates/each.yaml":
        "name: EACH\nversion: 1.0.0\ndescription: Each\ncategory: testing\nparameters: { items: { type: array, position: 1, default: [] } }\nsteps:\n  one: { forEach: { item: items }, agent: tester, prompt: '{{ item }}' }\n  list: { agent: tester, prompt: List }\n  two: { needs: [list], forEach: { item: steps.list.data }, agent: tester, prompt: '{{ item }}' }\n",
    });
    const plan = (await createAbyssal({ workingFolder: folder, env: {} })).plan("ABYSSAL[EACH]([1])");
    const tree = new RunTree(plan);
    const before = tree.root.total;
    tree.apply(running("each/two.0"));
    tree.apply(running("each/two.1"));
    tree.apply(ended("each/two.0", "succeeded"));
    expect(tree.root.total - before).toBe(2);
    const fork = tree.root.children[0]!.children.find(({ label }) => label === "two")!;
    expect([fork.total, fork.ended, fork.active]).toEqual([2, 1, 1]);
  });
});

describe("plain lines", () => {
  function plain(agents: number): { readonly progress: PlainProgress; lines(): string[] } {
    let text = "";
    const output: Output = {
      write: (more) => {
        text += more;
      },
      isTTY: false,
      closed: false,
      onClosed: () => {},
    };
    const bound = { atLeast: agents, expected: agents, atMost: agents };
    const plan = { bounds: { agents: bound, wallMs: { ...bound, expected: 90_000 } } };
    const run = { runId: "r_1", plan, past: [] };
    return {
      progress: new PlainProgress(run as unknown as LiveRun, output),
      lines: () => text.trimEnd().split("\n"),
    };
  }

  test("name each agent as it ends", () => {
    const { progress, lines } = plain(2);
    progress.event({ type: "run.started", runId: "r_1", atMs: 0 });
    progress.event(ended("a/b", "succeeded"));
    progress.event(ended("a/c", "failed"));
    expect(lines()).toEqual([
      "run r_1 started: 2 agents, planned for 1 m 30 s",
      "succeeded a/b 1.5 s",
      "failed a/c 1.5 s (COMMAND_EXIT: it ended with 1)",
    ]);
  });

  test("count many agents: at most a line a second and a percent, and the first failures by name", () => {
    const { progress, lines } = plain(10_000);
    progress.event({ type: "run.started", runId: "r_1", atMs: 0 });
    for (let index = 1; index <= 10_000; index++)
      progress.event(ended(`a.${index}`, index % 200 === 0 ? "failed" : "succeeded", index * 5));
    const counts = lines().filter((line) => line.includes(" of 10000 agents"));
    expect(counts).toHaveLength(50);
    expect(counts[0]).toBe("200 of 10000 agents (2%), 1 failed, 1.0 s");
    expect(lines().filter((line) => line.startsWith("failed "))).toHaveLength(20);
  });
});

describe("texts on a terminal", () => {
  test("wide characters take two columns, and a cut text never goes beyond its room", () => {
    expect(widthOf("检索 x")).toBe(6);
    for (let room = 1; room < 12; room++)
      expect(widthOf(fitted("检索服务 parser", room))).toBeLessThanOrEqual(room);
  });

  test("control characters cannot act", () => {
    expect(fitted("a\u001b[2Jb\nc\u202ed", 80)).toBe("a [2Jb c d");
  });
});
