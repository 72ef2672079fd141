import { chmodSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Plan } from "../../../src/plan/plan.ts";
import { DRAWN_MACHINES } from "../../../src/surfaces/diagram/machines.ts";
import { cli, filesIn, folderWith } from "./cli-harness.ts";

const CHAIN = "ABYSSAL[RESEARCH]('caches') -> (ABYSSAL[CODE]('a') & ABYSSAL[CODE]('b'))";

describe("plan", () => {
  test("shows tree, agents, levels, bounds, critical path and schedule, and writes nothing", async () => {
    const folder = folderWith();
    const { code, stdout } = await cli(folder, ["plan", CHAIN]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Plan p_[0-9a-f]{16} {2}1 statement, \d+ agents, \d+ levels, about /);
    expect(stdout).toMatch(/^├─ research +chain RESEARCH@1\.0\.0 "caches"$/m);
    expect(stdout).toMatch(/^\W+design +architect by draft +30\.0 s, 4 cpu, 1024 MB, 3 attempts$/m);
    for (const part of ["Levels", "Bounds", "Critical path", "Schedule"])
      expect(stdout).toMatch(new RegExp(`^${part}`, "m"));
    expect(stdout).toMatch(/^ {2}agents +(\d+) +\1 +\1$/m);
    expect(filesIn(folder)).toEqual([]);
  });

  test("json is the plan itself, the same bytes each time", async () => {
    const folder = folderWith();
    const first = await cli(folder, ["plan", CHAIN, "--output", "json"]);
    const second = await cli(folder, ["plan", "-", "--output", "json"], { stdin: CHAIN });
    expect(first.stdout).toBe(second.stdout);
    expect((JSON.parse(first.stdout) as Plan).program).toBe(CHAIN);
  });

  test("--max-concurrency bounds the schedule", async () => {
    const { stdout } = await cli(folderWith(), ["plan", CHAIN, "--max-concurrency", "1", "--output", "json"]);
    const { schedule } = JSON.parse(stdout) as Plan;
    for (const [index, entry] of schedule.entries.entries())
      if (index > 0) expect(entry.startMs).toBeGreaterThanOrEqual(schedule.entries[index - 1]!.endMs);
  });

  test("a plan of thousands of nodes is cut for people, not for programs", async () => {
    const items = `[${Array.from({ length: 600 }, (_, index) => `ABYSSAL[DEPLOY]('s${index}')`).join(",")}]`;
    const program = `ABYSSAL[ARCHITECTURE]('platform', {components: ${items}})`;
    const { stdout } = await cli(folderWith(), ["plan", "-"], { stdin: program });
    expect(stdout).toMatch(/^\.\.\. and \d+ more nodes; --output json shows them all$/m);
    expect(stdout.split("\n").length).toBeLessThan(600);
  });
});

describe("check", () => {
  test("exits 0 and says so when nothing is found", async () => {
    expect(await cli(folderWith(), ["check", CHAIN])).toEqual({
      code: 0,
      stdout: "nothing found\n",
      stderr: "",
    });
  });

  test("exits 0 with warnings alone, which json lists", async () => {
    const { code, stdout } = await cli(folderWith(), [
      "check",
      "ABYSSAL[CODE]('x', {a: 1, a: 2})",
      "--output",
      "json",
    ]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      diagnostics: [{ code: "DSL_DUPLICATE_KEY", severity: "warning" }],
    });
  });
});

describe("fmt", () => {
  const loose = "ABYSSAL[CODE]( 'x' )->ABYSSAL[TEST]('x')";
  const tidy = 'ABYSSAL[CODE]("x") -> ABYSSAL[TEST]("x")\n';

  test("prints the standard layout", async () => {
    expect(await cli(folderWith(), ["fmt", loose])).toEqual({ code: 0, stdout: tidy, stderr: "" });
  });

  test("--write rewrites a file in place, keeps its mode and leaves nothing else", async () => {
    const folder = folderWith({ "a.abyssal": loose });
    chmodSync(join(folder, "a.abyssal"), 0o640);
    expect((await cli(folder, ["fmt", "--write", "a.abyssal"])).code).toBe(0);
    expect(readFileSync(join(folder, "a.abyssal"), "utf8")).toBe(tidy);
    expect(statSync(join(folder, "a.abyssal")).mode & 0o777).toBe(0o640);
    expect(filesIn(folder)).toEqual(["a.abyssal"]);
  });

  test("--check tells by its exit code, and changes nothing", async () => {
    const folder = folderWith({ "a.abyssal": loose, "b.abyssal": tidy });
    expect((await cli(folder, ["fmt", "--check", "--file", "a.abyssal"])).code).toBe(1);
    expect((await cli(folder, ["fmt", "--check", "--file", "b.abyssal"])).code).toBe(0);
    expect(readFileSync(join(folder, "a.abyssal"), "utf8")).toBe(loose);
  });

  test("a text with errors is left as it is", async () => {
    const folder = folderWith({ "a.abyssal": "ABYSSAL[CODE](" });
    expect((await cli(folder, ["fmt", "--write", "a.abyssal"])).code).toBe(2);
    expect(readFileSync(join(folder, "a.abyssal"), "utf8")).toBe("ABYSSAL[CODE](");
  });
});

describe("diagram", () => {
  test.each([...DRAWN_MACHINES.keys()])(
    "%s: every state and transition of the machine is drawn",
    async (name) => {
      const machine = DRAWN_MACHINES.get(name)!;
      const { stdout } = await cli(folderWith(), ["diagram", name]);
      expect(stdout).toMatch(new RegExp(`^---\ntitle: ${name}\n---\nstateDiagram-v2\n`));
      const states = Object.entries(machine.states);
      for (const [state, node] of states) {
        expect(stdout).toMatch(new RegExp(`\\b${state}\\b`));
        if (node.type === "final") expect(stdout).toContain(`  ${state} --> [*]\n`);
      }
      const drawn = stdout.split("\n").filter((line) => /^ {2}\w+ --> \w+: /.test(line)).length;
      const defined = states.reduce(
        (sum, [, node]) => sum + [...node.transitions.values()].flat().length + (node.always?.length ?? 0),
        0,
      );
      expect(drawn).toBe(defined);
      expect(stdout).toContain(`  [*] --> ${machine.root.initial!.target![0]!.key}\n`);
    },
  );

  test("guards that are put together are named one by one", async () => {
    const { stdout } = await cli(folderWith(), ["diagram", "agent"]);
    expect(stdout).toContain(
      "  running --> backingOff: agent.failed [isCurrent and mayRetry] / keepFailure\n",
    );
    expect(stdout).toContain("  blocked --> ready: at once [mayRun]\n");
  });

  test("json holds the same as data", async () => {
    const { stdout } = await cli(folderWith(), ["diagram", "chain", "--format", "json"]);
    expect(JSON.parse(stdout)).toMatchObject({
      name: "chain",
      states: [{ id: "advancing", initial: true, parent: null }, {}, {}, {}, {}],
    });
  });

  test("a program's plan is a flow chart with a box for each agent and an arrow for each need", async () => {
    const folder = folderWith();
    const { stdout } = await cli(folder, ["diagram", `ABYSSAL[CODE]('say "hi"') -> ABYSSAL[TEST]('x')`]);
    const plan = JSON.parse(
      (await cli(folder, ["plan", `ABYSSAL[CODE]('say "hi"') -> ABYSSAL[TEST]('x')`, "--output", "json"]))
        .stdout,
    ) as Plan;
    expect(stdout).toMatch(/^flowchart TD\n {2}subgraph n0\["flow: chain"\]\n/);
    expect(stdout.match(/<br\/>\w+ by draft"\]/g)).toHaveLength(
      plan.nodes.filter(({ kind }) => kind === "agent").length,
    );
    expect(stdout.match(/ --> /g)).toHaveLength(plan.nodes.reduce((sum, { needs }) => sum + needs.length, 0));
  });
});
