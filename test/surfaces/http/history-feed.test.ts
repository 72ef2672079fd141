import { expect, test } from "vitest";
import { Secrets } from "../../../src/shared/secrets.ts";
import { HistoryFeed } from "../../../src/surfaces/http/history-feed.ts";
import type { RunPage } from "../../../src/surfaces/http/run-desk.ts";
import { silentLog } from "../../../src/surfaces/log.ts";
import type { Service } from "../../../src/surfaces/service.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { ScriptedPerformer } from "../../support/scripted-performer.ts";
import { type Frame, frames, server } from "./http-harness.ts";

/** A feed over lists that the test writes, by tenant. */
function feedOver(lists: Record<string, { runId: string; status: string }[]>) {
  const clock = new ManualClock();
  const reads: string[] = [];
  const desk = {
    list: (tenant: string) => {
      reads.push(tenant);
      return { runs: lists[tenant] ?? [], next: null } as unknown as RunPage;
    },
  };
  const service = { abyssal: { observatory: { secrets: new Secrets({ env: {} }) } } } as unknown as Service;
  const feed = new HistoryFeed(service, desk, { stallMs: () => 10_000, clock, log: silentLog });
  const reader = (tenant: string) => {
    const state = { written: [] as string[], isFull: false, ended: false, destroyed: false };
    const watching = feed.watch(tenant, {
      write: (text) => {
        state.written.push(text);
        return !state.isFull;
      },
      end: () => {
        state.ended = true;
      },
      destroy: () => {
        state.destroyed = true;
      },
    });
    const told = (): string[][] =>
      state.written
        .filter((text) => text.includes('data: {"type"'))
        .map((text) =>
          (JSON.parse(text.split("data: ")[1]!) as { runs: { runId: string; status: string }[] }).runs.map(
            ({ runId, status }) => `${runId} ${status}`,
          ),
        );
    return { state, watching, told };
  };
  return { feed, clock, reads, reader };
}

test("N1 who watches is told of all runs first, then of those alone whose line has changed, and of no other tenant's", () => {
  const lists = { ours: [{ runId: "a", status: "running" }], theirs: [{ runId: "x", status: "running" }] };
  const { clock, reader } = feedOver(lists);
  const { told } = reader("ours");
  clock.advance(1_000);
  expect(told()).toEqual([["a running"]]);
  lists.ours = [
    { runId: "b", status: "queued" },
    { runId: "a", status: "running" },
  ];
  clock.advance(500);
  lists.ours = [
    { runId: "b", status: "running" },
    { runId: "a", status: "failed" },
  ];
  clock.advance(500);
  expect(told()).toEqual([["a running"], ["b queued"], ["b running", "a failed"]]);
});

test("N2 a list is read once for all who watch it, and not at all once nobody does", () => {
  const { clock, reads, reader } = feedOver({});
  const watching = [reader("ours"), reader("ours"), reader("theirs")];
  reads.length = 0;
  clock.advance(500);
  expect(reads).toEqual(["ours", "theirs"]);
  for (const one of watching) one.watching.close();
  reads.length = 0;
  clock.advance(60_000);
  expect(reads).toEqual([]);
});

test("N3 a reader that takes nothing is written nothing, told all of it when it takes again, and dropped when that lasts", () => {
  const lists = { ours: [{ runId: "a", status: "one" }] };
  const { clock, reader } = feedOver(lists);
  const { state, watching, told } = reader("ours");
  const to = (status: string): void => {
    lists.ours = [{ runId: "a", status }];
    clock.advance(500);
  };
  state.isFull = true;
  to("two");
  to("three");
  to("four");
  expect(told()).toEqual([["a one"], ["a two"]]);
  state.isFull = false;
  watching.drained();
  clock.advance(500);
  expect(told().at(-1)).toEqual(["a four"]);
  state.isFull = true;
  to("five");
  clock.advance(10_500);
  expect([state.destroyed, state.ended]).toEqual([true, false]);
});

test("somebody who is told nothing for long hears that there is nothing, and all are let go when the server stops", () => {
  const { feed, clock, reader } = feedOver({});
  const { state } = reader("ours");
  clock.advance(15_500);
  expect(state.written.at(-1)).toBe(": nothing new\n\n");
  feed.close();
  expect([state.written.at(-1), state.ended]).toEqual(["event: dismissed\ndata: {}\n\n", true]);
});

test("a run is told of over HTTP from its beginning to its end", async () => {
  const scripted = new ScriptedPerformer().script("pair/first", "hold");
  const { start, serving } = await server({ scripted });
  const begun = Promise.withResolvers<void>();
  const states: string[] = [];
  const until = ({ data }: Frame): boolean => {
    for (const { status } of data.runs as { status: string }[]) states.push(status);
    begun.resolve();
    return states.at(-1) === "succeeded";
  };
  const watched = frames(serving.url, "/runs/events", { until });
  await begun.promise;
  await start("ABYSSAL[PAIR]()");
  (await scripted.called("pair/first")).end({
    kind: "completed",
    output: "",
    confidence: { value: 1, source: "checked" },
  });
  await watched;
  expect(states.at(-1)).toBe("succeeded");
});
