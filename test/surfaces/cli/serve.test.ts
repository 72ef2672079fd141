import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { type CliOptions, folderWith, spawned } from "./cli-harness.ts";

async function server(folder: string, options: CliOptions = {}, more: readonly string[] = []) {
  const { child, ended } = spawned(folder, ["serve", "--port", "0", ...more], options);
  onTestFinished(() => void child.kill());
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

test("an environment that a changed file no longer describes is told at the flag that chose it, by the log and by HTTP too", async () => {
  const folder = folderWith({ "abyssal.config.yaml": "environments: { production: {} }\n" });
  const { child, ended, url } = await server(folder, { env: { ABYSSAL_LOGGING_LEVEL: "warn" } }, [
    "--env",
    "production",
  ]);
  const logged = new Promise<string>((resolve) => {
    let text = "";
    child.stderr!.on("data", (more: string) => {
      text += more;
      if (/kept as it was: .*\n/.test(text) && /config\.refused.*\n/.test(text)) resolve(text);
    });
  });
  writeFileSync(join(folder, "abyssal.config.yaml"), "environments: { staging: {} }\n");
  const said = await logged;
  expect(said).toMatch(/^kept as it was: .*CONFIG_INVALID --env: /m);
  expect(said).not.toContain("ABYSSAL_ENV");
  const { diagnostics } = (await (await fetch(`${url}/config/reload`, { method: "POST" })).json()) as {
    diagnostics: object[];
  };
  expect(diagnostics).toMatchObject([{ code: "CONFIG_INVALID", place: "--env" }]);
  child.kill("SIGTERM");
  expect((await ended).code).toBe(0);
});

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
