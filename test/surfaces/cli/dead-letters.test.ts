import { expect, test } from "vitest";
import { recordDeadLetter } from "../../support/dead-letter-run.ts";
import { cli, folderWith } from "./cli-harness.ts";

test("facts that found nobody are listed with their reasons", async () => {
  const folder = folderWith();
  await recordDeadLetter(folder);
  const json = await cli(folder, ["dead-letters", "r_letters", "--output", "json"]);
  expect(JSON.parse(json.stdout)).toMatchObject({
    runId: "r_letters",
    count: 1,
    letters: [{ type: "approval.decided", reason: "decision.unasked", path: "a" }],
  });
  const text = await cli(folder, ["dead-letters", "r_letters"]);
  expect(text.stdout).toMatch(
    /1 dead letter\n {2}\S+ {2}approval\.decided a: nobody asked, or it was decided by then\n$/,
  );
  const unknown = await cli(folder, ["dead-letters", "r_nowhere"]);
  expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining("RUN_UNKNOWN")]);
});
