import { describe, expect, onTestFinished, test } from "vitest";
import { ReplayedRuns } from "../../../src/surfaces/http/replayed-runs.ts";
import type { Service } from "../../../src/surfaces/service.ts";
import { recordDeadLetter } from "../../support/dead-letter-run.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

/** Of a folder with the run `r_letters`; the engine of this process would throw whatever it were asked. */
async function replayedRuns(): Promise<ReplayedRuns> {
  const workingFolder = temporaryFolder();
  await recordDeadLetter(workingFolder);
  const secrets = { learn: () => {} };
  const service = { abyssal: { workingFolder, observatory: { secrets } } } as unknown as Service;
  const runs = new ReplayedRuns(service);
  onTestFinished(() => runs.close());
  return runs;
}

describe("what only a replay tells of runs", () => {
  test("P1 is told by the thread, and made once for all who ask the same at the same time", async () => {
    const runs = await replayedRuns();
    const [one, two, end] = await Promise.all([
      runs.lettersOf("r_letters"),
      runs.lettersOf("r_letters"),
      runs.resultOf("r_letters"),
    ]);
    expect(one).toMatchObject({ count: 1, letters: [{ reason: "decision.unasked" }] });
    expect(two).toBe(one);
    expect(end).toMatchObject({ runId: "r_letters", status: "succeeded" });
    expect(await runs.lettersOf("r_letters")).toEqual(one);
  });

  test("P2 is refused to whoever asks while a hundred questions wait, and told again after them", async () => {
    const runs = await replayedRuns();
    const many = Array.from({ length: 100 }, (_, n) => runs.lettersOf(`r_${n}`).catch(String));
    await expect(runs.lettersOf("r_letters")).rejects.toMatchObject({ code: "RESULTS_BUSY" });
    await expect(runs.resultOf("r_letters")).rejects.toMatchObject({ code: "RESULTS_BUSY" });
    for (const told of await Promise.all(many)) expect(told).toContain("RUN_UNKNOWN");
    expect((await runs.lettersOf("r_letters")).count).toBe(1);
  });
});
