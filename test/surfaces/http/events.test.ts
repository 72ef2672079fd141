import { expect, test } from "vitest";
import { ScriptedPerformer } from "../../support/scripted-performer.ts";
import { type Frame, frames, server } from "./http-harness.ts";

test("V1 the events of a run begin with its plan, end with its result, and are the same whenever and wherever they are read", async () => {
  const scripted = new ScriptedPerformer().script("pair/second", "hold");
  const first = await server({ scripted });
  const runId = await first.start("ABYSSAL[PAIR]()");
  const live = frames(first.serving.url, `/runs/${runId}/events`);
  const call = await scripted.called("pair/second");
  call.end({ kind: "completed", output: "late", confidence: { value: 1, source: "checked" } });
  const seen = await live;
  expect(seen[0]!.data).toMatchObject({ type: "plan", runId, plan: { roots: ["pair"] } });
  expect(seen.filter(({ data }) => data.type === "agent.ended")).toMatchObject([
    { data: { path: "pair/first", result: { output: "output of pair/first" } } },
    { data: { path: "pair/second", result: { output: "late" } } },
  ]);
  expect(seen.at(-1)!.data).toMatchObject({ type: "result", result: { runId, status: "succeeded" } });
  expect(new Set(seen.map(({ id }) => id)).size).toBe(seen.length);
  await first.serving.close();

  const second = await server({ folder: first.folder });
  expect(await frames(second.serving.url, `/runs/${runId}/events`)).toEqual(seen);
});

test("a reader that comes again with the last id it had gets what came after it, nothing twice, nothing left out", async () => {
  const { ask, start, serving } = await server();
  const runId = await start("ABYSSAL[PAIR]()");
  const path = `/runs/${runId}/events`;
  const all = await frames(serving.url, path);
  for (const [place, { id }] of all.entries()) {
    const rest = await frames(serving.url, path, { headers: { "last-event-id": id } });
    expect(rest).toEqual(all.slice(place + 1));
  }
  expect(await frames(serving.url, `${path}?after=${all[2]!.id}`)).toEqual(all.slice(3));
  expect(await frames(serving.url, path, { headers: { "last-event-id": "nonsense" } })).toEqual(all);
  expect((await ask(path, { headers: { "last-event-id": "x".repeat(99) } })).status).toBe(400);
});

test("readers of one run are told while it goes on, and let go when the server stops", async () => {
  const scripted = new ScriptedPerformer().script("pair/second", "hold");
  const { serving, start } = await server({ scripted, config: { server: { drainSeconds: 0 } } });
  const runId = await start("ABYSSAL[PAIR]()");
  await scripted.called("pair/second");
  const until = ({ data }: Frame): boolean => data.type === "agent.running" && data.path === "pair/second";
  const [some, more] = await Promise.all([
    frames(serving.url, `/runs/${runId}/events`, { until }),
    frames(serving.url, `/runs/${runId}/events`, { until }),
  ]);
  expect(some).toEqual(more);
  const begun = Promise.withResolvers<void>();
  const open = frames(serving.url, `/runs/${runId}/events`, {
    until: () => {
      begun.resolve();
      return false;
    },
  });
  await begun.promise;
  await serving.close();
  expect((await open).map(({ data }) => data.type)).not.toContain("result");
});

test("the plan comes with the run's own budget, where it has one", async () => {
  const { ask, serving } = await server();
  const first = async (options: object) => {
    const body = { command: "ABYSSAL[PAIR]()", options };
    const { json } = await ask("/execute", { method: "POST", body });
    const events = await frames(serving.url, `/runs/${(json as { runId: string }).runId}/events`);
    return events[0]!.data;
  };
  expect(await first({ maxTokens: 5_000, maxCostMicros: 70 })).toMatchObject({
    type: "plan",
    budget: { maxTokens: 5_000, maxCostMicros: 70 },
  });
  expect(await first({})).not.toHaveProperty("budget");
});
