import { expect, test } from "vitest";
import { type CliOptions, folderWith, spawned } from "./cli-harness.ts";

async function server(folder: string, options: CliOptions = {}) {
  const { child, ended } = spawned(folder, ["serve", "--port", "0"], options);
  const url = await new Promise<string>((resolve) =>
    child.stdout!.once("data", (text: string) => resolve(text.trim())),
  );
  return { child, ended, url };
}

/** The id of a run that a server has promised; null when it has not. */
async function promised(url: string): Promise<string | null> {
  const answer = await fetch(`${url}/execute`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ command: "ABYSSAL[CODE]('a queue')" }),
  }).catch(() => null);
  if (answer?.status !== 202) return null;
  return ((await answer.json()) as { runId: string }).runId;
}

test("a server whose disk is full ends with exit code 1, and the next one ends every run that it has promised", async () => {
  const folder = folderWith();
  const full = await server(folder, { maxFileBlocks: 600 });
  const runIds: string[] = [];
  for (let runId = await promised(full.url); runId !== null; runId = await promised(full.url))
    runIds.push(runId);
  const { code, stderr } = await full.ended;
  expect(code).toBe(1);
  expect(stderr).toContain("error JOURNAL_WRITE_FAILED: ");
  expect(stderr).toMatch(
    /\nthe server ends; started again, it goes on with the runs that it has promised\n$/,
  );
  expect(runIds.length).toBeGreaterThan(0);

  const next = await server(folder);
  const statuses = async () => {
    const { runs } = (await (await fetch(`${next.url}/runs`)).json()) as {
      runs: { runId: string; status: string }[];
    };
    return runs.filter(({ runId }) => runIds.includes(runId)).map(({ status }) => status);
  };
  await expect.poll(statuses, { timeout: 20_000 }).toEqual(runIds.map(() => "succeeded"));
  next.child.kill("SIGTERM");
  expect((await next.ended).code).toBe(0);
});
