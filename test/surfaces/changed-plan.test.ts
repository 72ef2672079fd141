import { expect, test } from "vitest";
import { type Abyssal, createAbyssal, type Performer } from "../../src/index.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const PAIR = `
name: PAIR
version: 1.0.0
description: Two steps
category: test
parameters: {}
steps:
  first: { run: { performer: noting } }
  second: { run: { performer: noting }, needs: [first] }
`;
/** The same name and version, another second step, and one more. */
const CHANGED = `${PAIR.replace("second: { run: { performer: noting }", "second: { run: { performer: gone }")}
  third: { run: { performer: noting }, needs: [second] }
`;

function noting(hangs: string | null) {
  const paths: string[] = [];
  const reached = Promise.withResolvers<void>();
  const performer: Performer = {
    name: "noting",
    perform: async ({ path }) => {
      paths.push(path);
      if (path === hangs) {
        reached.resolve();
        await new Promise(() => {});
      }
      return { kind: "completed", output: path, confidence: { value: 1, source: "checked" } };
    },
  };
  return { performer, paths, reached: reached.promise };
}

async function interrupted(): Promise<string> {
  const folder = temporaryFolder();
  const { performer, reached } = noting("pair/second");
  const abyssal = await open(folder, performer, [PAIR]);
  abyssal.start("ABYSSAL[PAIR]()").result.catch(() => {});
  await reached;
  abyssal.close();
  return folder;
}

function open(folder: string, performer: Performer, templates: readonly string[]): Promise<Abyssal> {
  return createAbyssal({ workingFolder: folder, env: {}, templates, performers: [performer], durable: true });
}

test("a run whose template has changed since goes on with the steps that it was started with, and says so", async () => {
  const folder = await interrupted();
  const { performer, paths } = noting(null);
  const abyssal = await open(folder, performer, [CHANGED]);
  const run = abyssal.resume();
  expect(run.warnings).toMatchObject([{ code: "RUN_PLAN_CHANGED", severity: "warning", place: run.runId }]);
  const { status, results } = await run.result;
  abyssal.close();
  expect(status).toBe("succeeded");
  expect(results.map(({ path }) => path)).toEqual(["pair/first", "pair/second"]);
  expect(paths).toEqual(["pair/second"]);
});

test("a run whose template is gone goes on as well, and says so", async () => {
  const folder = await interrupted();
  const { performer, paths } = noting(null);
  const abyssal = await open(folder, performer, []);
  const run = abyssal.resume();
  expect(run.warnings).toMatchObject([
    { code: "RUN_PLAN_CHANGED", got: "a program that is refused: TEMPLATE_UNKNOWN" },
  ]);
  expect((await run.result).status).toBe("succeeded");
  abyssal.close();
  expect(paths).toEqual(["pair/second"]);
});

test("a run whose templates are as they were is resumed without a word", async () => {
  const folder = await interrupted();
  const abyssal = await open(folder, noting(null).performer, [PAIR]);
  const run = abyssal.resume();
  expect(run.warnings).toEqual([]);
  expect((await run.result).status).toBe("succeeded");
  abyssal.close();
});
