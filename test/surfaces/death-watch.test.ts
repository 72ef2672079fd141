import { expect, test } from "vitest";
import { createAbyssal, type Performer } from "../../src/index.ts";

const TEMPLATE = `
name: PAIR
version: 1.0.0
description: Two steps
category: test
steps:
  first: { run: { performer: slow } }
  second: { run: { performer: slow }, needs: [first] }
`;

/** A performer whose calls the test lets go one by one. */
function slow() {
  const calls = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const performer: Performer = {
    name: "slow",
    perform: async (task) => {
      await calls[task.step === "first" ? 0 : 1]!.promise;
      if (task.step === "second")
        return { kind: "failed", failure: { code: "NO", message: "no", retryable: false } };
      return { kind: "completed", output: "done", confidence: { value: 1, source: "checked" } };
    },
  };
  return { performer, calls };
}

test("who watches a node is told once how it ended, also when it ended before", async () => {
  const { performer, calls } = slow();
  const abyssal = await createAbyssal({ templates: [TEMPLATE], performers: [performer] });
  const run = abyssal.start("ABYSSAL[PAIR]()");
  const told: string[] = [];
  const first = run.watch("pair/first").then(({ status }) => told.push(`first ${status}`));
  const second = run.watch("pair/second").then(({ status }) => told.push(`second ${status}`));
  const group = run.watch("pair");
  calls[0]!.resolve();
  await first;
  expect(told).toEqual(["first succeeded"]);
  calls[1]!.resolve();
  await second;
  expect(await group).toEqual({ path: "pair", status: "failed", satisfied: false });
  expect(await run.watch("pair/first")).toEqual({ path: "pair/first", status: "succeeded", satisfied: true });
  await run.result;
  expect((await run.watch("pair/second")).status).toBe("failed");
});

test("what is no node of the run is refused, with the nearest path", async () => {
  const { performer, calls } = slow();
  const abyssal = await createAbyssal({ templates: [TEMPLATE], performers: [performer] });
  const run = abyssal.start("ABYSSAL[PAIR]()");
  await expect(run.watch("pair/frist")).rejects.toMatchObject({
    code: "RUN_NODE_UNKNOWN",
    diagnostics: [{ hint: 'did you mean "pair/first"?' }],
  });
  for (const call of calls) call.resolve();
  await run.result;
});
