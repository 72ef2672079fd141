import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Performer, Task } from "../../src/actors/ports.ts";
import { type Abyssal, createAbyssal } from "../../src/index.ts";
import { cli, folderWith } from "./cli/cli-harness.ts";

const JURY = `name: JURY
version: 1.0.0
description: Several agents on one question
category: testing
parameters: { question: { type: string, position: 1, required: true } }
steps:
  vote: { agent: analyst, prompt: "{{ question }}", parallelism: 3, synthesis: { mode: vote }, cache: false }
`;
const ALONE = `name: ALONE
version: 1.0.0
description: One agent on one question
category: testing
parameters: { question: { type: string, position: 1, required: true } }
steps:
  answer: { agent: analyst, prompt: "{{ question }}", cache: false }
`;

const CHECKED = `name: CHECKED
version: 1.0.0
description: A draft that a command is given
category: testing
parameters: { question: { type: string, position: 1, required: true } }
steps:
  say: { agent: analyst, prompt: "{{ question }}", cache: false }
  check:
    needs: [say]
    run: { performer: command, command: node, args: ["-e", "process.exit(0)", "{{ steps.say.output }}"] }
`;

/** Says 0.9 of everything, and is wrong as one voice of three. */
const overconfident: Performer = {
  name: "model",
  perform: async ({ replica }: Task) => ({
    kind: "completed",
    output: replica?.index === 1 ? "no" : "yes",
    confidence: { value: 0.9, source: "declared" },
  }),
};

function runtime(workingFolder: string, more: object = {}): Promise<Abyssal> {
  const options = { workingFolder, env: {}, templates: [JURY, ALONE], performers: [overconfident] };
  return createAbyssal({ ...options, durable: true, ...more });
}

const JUDGED = 'ABYSSAL[JURY]("Is it?")';
const PROGRAM = 'ABYSSAL[ALONE]("Is it?")';

test("what votes have shown corrects later answers, which tell both; the recorded plan has it, and so a replay", async () => {
  const workingFolder = folderWith();
  const first = await runtime(workingFolder);
  const before = first.plan(PROGRAM);
  expect(before.nodes.some((node) => "calibration" in node)).toBe(false);
  for (let run = 0; run < 4; run++) await first.execute(JUDGED);
  first.close();

  const later = await runtime(workingFolder);
  // Twelve answers said 0.9 each, eight were right: (8 - 10.8) / (12 + 6).
  const run = later.start(PROGRAM);
  expect(run.plan.nodes.find(({ path }) => path === "alone/answer")).toMatchObject({
    calibration: { declared: { bias: -0.1556, answers: 12 } },
  });
  const result = await run.result;
  expect(result.results[0]!.confidence).toEqual({ value: 0.7444, source: "declared", raw: 0.9 });
  expect(later.routing.answers()).toMatchObject([
    { agent: "analyst", performer: "model", source: "declared" },
  ]);
  expect(later.routing.answers()[0]!.right).toBeCloseTo(8, 3);
  later.close();

  const shown = await cli(workingFolder, ["explain", result.runId, "alone/answer"]);
  expect(shown.stdout).toContain("is corrected by -0.16: that is what 12 checked answers say");
  const analytics = await cli(workingFolder, ["analytics"]);
  expect(analytics.stdout).toMatch(/analyst \(model\) +- +declared +12 +0.90/);
  const replayed = await cli(workingFolder, ["replay", result.runId]);
  expect(replayed.code).toBe(0);
});

test("a plan and its hash stay the same whatever was learned, and a kept plan goes by what is known when it starts", async () => {
  const abyssal = await runtime(folderWith());
  const kept = abyssal.plan(PROGRAM);
  const uncorrected = await abyssal.execute(kept);
  for (let run = 0; run < 4; run++) await abyssal.execute(JUDGED);
  expect(JSON.stringify(abyssal.plan(PROGRAM))).toBe(JSON.stringify(kept));
  const run = abyssal.start(JSON.parse(JSON.stringify(kept)));
  const corrected = await run.result;
  expect([uncorrected.planHash, corrected.planHash]).toEqual([kept.hash, kept.hash]);
  expect([uncorrected, corrected].map(({ results }) => results[0]!.confidence)).toMatchObject([
    { value: 0.9 },
    { value: 0.7444, raw: 0.9 },
  ]);
  // The plan of a run may be started as it is, and goes by what is known then.
  const again = JSON.parse(JSON.stringify(run.plan)) as typeof kept;
  expect(await abyssal.execute(again)).toMatchObject({ planHash: kept.hash });
  await abyssal.close();
});

test("without experience nothing changes, nor where nobody wants it", async () => {
  const plain = await runtime(folderWith(), { config: { routing: { confidence: "declared" } } });
  const fresh = await runtime(folderWith());
  expect(JSON.stringify(fresh.plan(PROGRAM))).toBe(JSON.stringify(plain.plan(PROGRAM)));
  for (let run = 0; run < 4; run++) await plain.execute(JUDGED);
  expect(plain.routing.answers()).toEqual([]);
  const { results } = await plain.execute(PROGRAM);
  expect(results[0]!.confidence).toEqual({ value: 0.9, source: "declared" });
  plain.close();
  fresh.close();
});

test("`plan` prints the same before and after, `execute` goes by what runs in its folder have taught", async () => {
  const cwd = folderWith({
    "templates/jury.yaml": JURY,
    "templates/alone.yaml": ALONE,
    "templates/checked.yaml": CHECKED,
  });
  const before = await cli(cwd, ["execute", JUDGED, "--quiet"]);
  expect(before.code).toBe(0);
  // Drafts of one question agree by construction: their vote has taught nothing.
  expect(existsSync(join(cwd, ".abyssal/routing.db"))).toBe(false);
  const planned = await cli(cwd, ["plan", PROGRAM, "--output", "json"]);
  await cli(cwd, ["execute", 'ABYSSAL[CHECKED]("Is it?")', "--quiet"]);
  expect((await cli(cwd, ["plan", PROGRAM, "--output", "json"])).stdout).toBe(planned.stdout);
  const { hash } = JSON.parse(planned.stdout) as { hash: string };
  const executed = await cli(cwd, ["execute", PROGRAM, "--quiet", "--output", "json"]);
  const { planHash, results } = JSON.parse(executed.stdout) as {
    planHash: string;
    results: readonly { confidence: { value: number; raw: number; source: string } }[];
  };
  expect(planHash).toBe(hash);
  const { value, raw, source } = results[0]!.confidence;
  expect(source).toBe("draft");
  expect(value).toBeGreaterThan(raw);
  expect(value).toBeLessThanOrEqual(0.5);
});
