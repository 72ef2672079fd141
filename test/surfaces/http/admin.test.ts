import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, onTestFinished, test } from "vitest";
import type { Performer } from "../../../src/actors/ports.ts";
import { recordDeadLetter } from "../../support/dead-letter-run.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { completed, failed, ScriptedPerformer } from "../../support/scripted-performer.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { codeOf, frames, server } from "./http-harness.ts";
import { bearer, tokenFor } from "./tokens.ts";

/** One step that is tried once. */
const ONCE = `
name: ONCE
version: 1.0.0
description: One try
category: test
parameters: {}
steps:
  act: { run: { performer: scripted }, retry: { attempts: 1 } }
`;

const post = (body?: unknown) => ({ method: "POST", body });

test("a server that is drained takes no more runs and says so, finishes what it has, and takes runs again when it is told", async () => {
  const scripted = new ScriptedPerformer().script("pair/first", "hold");
  const { ask, start, serving } = await server({ scripted, config: { server: { maxRunningRuns: 1 } } });
  const running = await start("ABYSSAL[PAIR]()");
  const call = await scripted.called("pair/first");
  const queued = await start("ABYSSAL[PAIR]()");
  expect((await ask("/admin/drain", post({ draining: true }))).json).toEqual({
    draining: true,
    load: { queued: 1, running: 1, suspended: 0 },
  });
  for (const [path, body] of [
    ["/execute", { command: "ABYSSAL[PAIR]()" }],
    ["/batch", { commands: ["ABYSSAL[PAIR]()"] }],
  ] as const) {
    const refused = await ask(path, post(body));
    expect([refused.status, codeOf(refused), refused.headers["retry-after"]]).toEqual([503, "DRAINING", "5"]);
  }
  const unready = await ask("/readyz");
  expect([unready.status, unready.json]).toMatchObject([
    503,
    { reasons: [expect.stringContaining("no more runs")] },
  ]);
  const seen = (await ask("/admin/runs")).json as { runs: { runId: string; status: string }[] };
  expect(seen).toMatchObject({ draining: true, total: 2, limits: { maxRunning: 1 } });
  expect(seen.runs.map(({ runId, status }) => [runId, status])).toEqual([
    [queued, "queued"],
    [running, "running"],
  ]);
  scripted.script("pair/first", completed());
  call.end(completed());
  for (const runId of [running, queued]) {
    const events = await frames(serving.url, `/runs/${runId}/events`);
    expect(events.at(-1)!.data).toMatchObject({ type: "result", result: { status: "succeeded" } });
  }
  expect((await ask("/admin/runs")).json).toMatchObject({ total: 0, runs: [] });
  await ask("/admin/drain", post({ draining: false }));
  expect((await ask("/readyz")).status).toBe(200);
  await start("ABYSSAL[PAIR]()");
});

test("a server whose audit log takes no entries says that it is not ready, and is again once it does", async () => {
  const clock = new ManualClock();
  const { ask, folder } = await server({ clock });
  const ready = async () => {
    const { status, json } = await ask("/readyz");
    return [status, (json as { reasons: string[] }).reasons];
  };
  const other = new DatabaseSync(join(folder, ".abyssal", "audit.db"));
  onTestFinished(() => other.close());
  other.exec("BEGIN IMMEDIATE");
  let isRefused = false;
  const refused = ask("/admin/drain", post({ draining: true })).finally(() => {
    isRefused = true;
  });
  while (!isRefused) {
    clock.advance(100);
    await new Promise(setImmediate);
  }
  expect(codeOf(await refused)).toBe("AUDIT_UNWRITABLE");
  expect(await ready()).toEqual([503, ["the audit log takes no entries: what changes something is refused"]]);
  other.exec("ROLLBACK");
  clock.advance(1_000);
  expect(await ready()).toEqual([200, []]);
});

test("runs at work are shown with whose they are, of all tenants", async () => {
  const folder = temporaryFolder();
  const scripted = new ScriptedPerformer().script("pair/first", "hold");
  const one = await server({
    folder: await keyed(folder),
    scripted,
    config: { server: { drainSeconds: 0 } },
  });
  const olga = bearer(await tokenFor(folder, { role: "operator", tenant: "research", subject: "olga" }));
  const runId = await one.start("ABYSSAL[PAIR]()", olga);
  await scripted.called("pair/first");
  const admin = bearer(await tokenFor(folder, { role: "admin" }));
  expect((await one.ask("/admin/runs", { headers: admin })).json).toMatchObject({
    runs: [{ runId, tenant: "research", by: "olga", status: "running", pid: process.pid }],
  });
});

/** A folder with a key. */
async function keyed(folder: string): Promise<string> {
  await tokenFor(folder, { role: "admin" });
  return folder;
}

test("a breaker is closed by hand, and what it guards is called again at once", async () => {
  let isDown = true;
  const calling: Performer = {
    name: "scripted",
    resources: () => ["host:example.com"],
    perform: async () => (isDown ? failed("UNAVAILABLE") : completed()),
  };
  const { ask } = await server({
    performers: [calling],
    templates: [ONCE],
    config: { resilience: { rules: [{ resource: "*", breaker: { failures: 1, openSeconds: 3_600 } }] } },
  });
  const run = async (): Promise<{ code: string }[]> => {
    const { json } = await ask("/execute?wait=30", post({ command: "ABYSSAL[ONCE]()" }));
    return (json as { result: { reasons: { code: string }[] } }).result.reasons;
  };
  const unknown = await ask("/admin/breakers/reset", post({ resource: "host:example.com" }));
  expect([unknown.status, codeOf(unknown)]).toEqual([404, "RESOURCE_UNKNOWN"]);
  expect((await run())[0]).toMatchObject({ code: "UNAVAILABLE" });
  const near = await ask("/admin/breakers/reset", post({ resource: "host:exmple.com" }));
  expect(near.json).toMatchObject({ diagnostics: [{ hint: 'did you mean "host:example.com"?' }] });
  isDown = false;
  expect((await run())[0]).toMatchObject({ code: "BREAKER_OPEN" });
  expect((await ask("/admin/breakers/reset", post({ resource: "host:example.com" }))).json).toMatchObject({
    resource: { resource: "host:example.com", breaker: "closed", openings: 0, failuresInARow: 0 },
  });
  expect(await run()).toEqual([]);
});

test("the cache is shown and cleared, and each change stands in the audit log with what it was about", async () => {
  const { ask } = await server();
  expect((await ask("/admin/cache")).json).toMatchObject({ entries: 0, hits: 0, templates: [] });
  expect((await ask("/admin/cache/clear", post())).json).toEqual({ entries: 0, bytes: 0 });
  await ask("/admin/drain", post({ draining: true }));
  await ask("/admin/breakers/reset", post({ resource: "host:x" }));
  const { entries } = (await ask("/audit")).json as {
    entries: { phase: string; action: string; target: string | null; status: number }[];
  };
  const answered = entries.filter(({ phase }) => phase === "answered");
  expect(answered.map(({ action, target, status }) => [action, target, status])).toEqual(
    expect.arrayContaining([
      ["cache.clear", null, 200],
      ["server.drain", "on", 200],
    ]),
  );
});

test("facts of a run that found nobody are told with the reason", async () => {
  const folder = temporaryFolder();
  await recordDeadLetter(folder);
  const { ask } = await server({ folder });
  expect((await ask("/runs/r_letters/dead-letters")).json).toMatchObject({
    runId: "r_letters",
    count: 1,
    letters: [{ type: "approval.decided", reason: "decision.unasked", path: "a" }],
  });
});
