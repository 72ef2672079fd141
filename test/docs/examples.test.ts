import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createActor, toPromise } from "xstate";
import { reviewDesk } from "../../docs/examples/embed.ts";
import { endings } from "../../docs/examples/model-test.ts";
import { createAbyssal } from "../../src/index.ts";
import { summaryText } from "../../src/surfaces/cli/summary.ts";

const root = new URL("../../", import.meta.url);
const readme = readFileSync(new URL("README.md", root), "utf8");

/** The code blocks of the README in one language. */
function blocks(language: string): readonly string[] {
  return [...readme.matchAll(new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\`$`, "gm"))].map(
    ([, code]) => code!,
  );
}

test("the language as the README shows it parses and plans", async () => {
  const shown = blocks("").find((block) => block.includes("one command"))!;
  const program = shown.replace(
    / {2,}(one command|commands as values|a chain: .*|a fork: .*|a name for .*|and its use)$/gm,
    "",
  );
  const abyssal = await createAbyssal({ env: {} });
  expect(abyssal.check(program).filter(({ severity }) => severity === "error")).toEqual([]);
  expect(abyssal.plan(program).roots).toHaveLength(6);
});

test("the library as the README shows it runs", () => {
  const [code] = blocks("ts");
  const folder = mkdtempSync(join(tmpdir(), "abyssal-readme-"));
  try {
    const file = join(folder, "readme.ts");
    const library = new URL("src/index.ts", root).href;
    writeFileSync(
      file,
      `${code!.replace('"abyssal-runtime"', JSON.stringify(library))}\nconsole.log(JSON.stringify({ status, output, agents: results.length }));\n`,
    );
    const printed = execFileSync(process.execPath, [file], { cwd: folder, encoding: "utf8" })
      .trim()
      .split("\n");
    expect(printed[0]).toBe("run.started");
    expect(JSON.parse(printed.at(-1)!)).toMatchObject({
      status: "succeeded",
      agents: 2,
      output: expect.stringMatching(/Hello Ada[\s\S]*Hello Grace/),
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("the main job ends as the README shows it", async () => {
  const { scripts } = JSON.parse(readFileSync(new URL("package.json", root), "utf8")) as {
    readonly scripts: { readonly start: string };
  };
  const program = /execute "(.*)" --out/.exec(scripts.start)![1]!;
  const result = await (await createAbyssal({ env: {} })).execute(program);
  const told = summaryText({ result, batch: undefined, written: undefined }, (_, text) => text).split("\n");
  const lines = told.filter((line) => /^(quality|confidence|conflicts) /.test(line));
  expect(lines).toHaveLength(3);
  for (const line of lines) expect(readme).toContain(`\n${line}\n`);
  expect(readme).toContain(`started: ${result.results.length} agents, planned for `);
  expect(readme).toContain(`and ${result.artifacts.length} files in out/artifacts`);
});

test("a run embedded in another machine gives that machine its result", async () => {
  const desk = createActor(reviewDesk, { input: { topic: "vector databases" } });
  desk.start();
  expect(await toPromise(desk)).toMatchObject({
    status: "succeeded",
    results: expect.arrayContaining([expect.objectContaining({ path: "research/questions" })]),
  });
});

test("the machines can be walked: an agent of two attempts ends in eight ways", () => {
  expect(endings.map(({ ending, attempts }) => `${ending} after ${attempts}`).sort()).toEqual([
    "cancelled after 0",
    "cancelled after 1",
    "cancelled after 1",
    "cancelled after 1",
    "cancelled after 2",
    "failed after 2",
    "succeeded after 1",
    "succeeded after 2",
  ]);
  expect(endings.find(({ ending }) => ending === "failed")!.history).toEqual([
    "slot.granted",
    "agent.failed",
    "timer.fired",
    "slot.granted",
    "agent.failed",
  ]);
});

test("a machine may leave the state of an embedded run at any time", () => {
  const desk = createActor(reviewDesk, { input: { topic: "vector databases" } });
  desk.start();
  desk.send({ type: "stop" });
  expect(desk.getSnapshot()).toMatchObject({ status: "done", value: "stopped", output: null });
});
