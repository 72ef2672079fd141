import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { createInterface } from "node:readline";
import { openRecords } from "../../src/surfaces/runtime.ts";
import { ask } from "../surfaces/http/ask.ts";

const MAIN = resolve(import.meta.dirname, "../../src/surfaces/cli/main.ts");
const SENDERS = 4;

export type ServerCrash = {
  /** Runs that were promised. */
  readonly promised: number;
  readonly kills: number;
  /** What was promised and not kept; empty when all is well. */
  readonly faults: readonly string[];
};

/** Kills a server under load, starts another, again and again; then says what of its promises was not kept. */
export async function crashServer(folder: string, kills: number, promisesEach: number): Promise<ServerCrash> {
  const promised = new Map<string, string>();
  let next = 0;
  for (let kill = 0; kill < kills; kill++) {
    const { child, url } = await startServer(folder);
    const until = promised.size + promisesEach;
    const send = async (): Promise<void> => {
      while (promised.size < until) {
        const key = `key-${next++}`;
        const runId = await submit(url, key).catch(() => null);
        if (runId === null) return;
        promised.set(key, runId);
      }
    };
    await Promise.all(Array.from({ length: SENDERS }, send));
    child.kill("SIGKILL");
    await once(child, "exit");
  }
  const { child, url } = await startServer(folder);
  const faults: string[] = [];
  for (const [key, runId] of promised) {
    const again = await submit(url, key).catch(String);
    if (again !== runId) faults.push(`${key} was promised as ${runId}, and again as ${again}`);
    const events = await ask(url, `/runs/${runId}/events`);
    const ends = events.text.split('"type":"run.ended"').length - 1;
    if (events.status !== 200 || ends !== 1) faults.push(`${runId}: status ${events.status}, ${ends} ends`);
  }
  child.kill("SIGTERM");
  await once(child, "exit");
  const records = await openRecords(folder);
  const known = new Set(records.list().map(({ runId }) => runId));
  for (const runId of promised.values()) if (!known.has(runId)) faults.push(`${runId} is not recorded`);
  for (const { message } of records.verify().problems) faults.push(message);
  records.close();
  return { promised: promised.size, kills, faults };
}

async function startServer(folder: string): Promise<{ readonly child: ChildProcess; readonly url: string }> {
  const child = spawn(process.execPath, [MAIN, "serve", "--port", "0"], {
    cwd: folder,
    env: { PATH: process.env.PATH ?? "", ABYSSAL_SERVER_REQUESTS_PER_MINUTE: "1000000" },
    stdio: ["ignore", "pipe", "ignore"],
  });
  const [url] = (await once(createInterface(child.stdout!), "line")) as [string];
  return { child, url };
}

async function submit(url: string, key: string): Promise<string> {
  const { status, text } = await ask(url, "/execute", {
    method: "POST",
    body: { command: "ABYSSAL[RESEARCH]('caches')" },
    headers: { "idempotency-key": key },
  });
  if (status !== 202) throw new Error(`${status} ${text}`);
  return (JSON.parse(text) as { runId: string }).runId;
}
