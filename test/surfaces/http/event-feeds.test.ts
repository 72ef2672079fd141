import { expect, test } from "vitest";
import type { RunEvent } from "../../../src/actors/run-events.ts";
import { EventFeeds } from "../../../src/surfaces/http/event-feeds.ts";
import type { EventSink } from "../../../src/surfaces/http/event-reader.ts";
import { Refusal } from "../../../src/surfaces/http/problem.ts";
import type { Log } from "../../../src/surfaces/log.ts";
import type { Service } from "../../../src/surfaces/service.ts";
import { ManualClock } from "../../support/manual-clock.ts";

/** Feeds of runs that go on for ever; what is read of the records and made of them is counted. */
function feedsOf() {
  const clock = new ManualClock();
  const counts = { followed: 0, caughtUp: 0, frames: 0 };
  const tell: ((event: RunEvent) => void)[] = [];
  const follow = (_runId: string, observe: (event: RunEvent, seq: number) => void) => {
    counts.followed++;
    tell.push((event) => observe(event, 1));
    return { accepted: { plan: {}, atMs: 0 }, facts: [], ended: null, catchUp: () => counts.caughtUp++ };
  };
  const json = (value: object): string => {
    counts.frames++;
    return JSON.stringify(value);
  };
  const service = {
    engine: { follow },
    abyssal: { observatory: { learn: () => {}, secrets: { json } } },
  } as unknown as Service;
  const log = { warn: () => {} } as unknown as Log;
  return { clock, counts, tell, feeds: new EventFeeds(service, () => 1_000, clock, log) };
}

function sink(): EventSink & { readonly got: string[] } {
  const got: string[] = [];
  return { got, write: (text) => got.push(text) > 0, end: () => {}, destroy: () => {} };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("U1 a run that nobody reads any more has no feed, and its records are not looked at", async () => {
  const { clock, counts, feeds } = feedsOf();
  const readers = [feeds.read("r_1", undefined, sink()), feeds.read("r_1", undefined, sink())];
  clock.advance(50);
  expect(counts).toMatchObject({ followed: 1, caughtUp: 1 });
  for (const reader of readers) reader.close();
  await turn();
  clock.advance(1_000);
  expect([feeds.readers, counts.caughtUp, clock.pending]).toEqual([0, 1, 0]);
  feeds.read("r_1", undefined, sink()).close();
  expect(counts.followed).toBe(2);
});

test("U2 readers beyond the limit are refused, with a time to come again; a place that is free is given", () => {
  const { feeds } = feedsOf();
  const readers = Array.from({ length: 512 }, () => feeds.read("r_1", undefined, sink()));
  const late = (): unknown => feeds.read("r_1", undefined, sink());
  expect(late).toThrow(Refusal);
  expect(late).toThrow(expect.objectContaining({ code: "READERS_FULL" }));
  readers[0]!.close();
  expect(late).not.toThrow();
});

test("U2 runs beyond the limit are refused, more readers of a run that is read are not", () => {
  const { feeds } = feedsOf();
  for (let run = 0; run < 128; run++) feeds.read(`r_${run}`, undefined, sink());
  expect(() => feeds.read("r_128", undefined, sink())).toThrow(Refusal);
  expect(() => feeds.read("r_0", undefined, sink())).not.toThrow();
});

test("V2 a frame is made once, however many read it", () => {
  const { clock, counts, tell, feeds } = feedsOf();
  const sinks = Array.from({ length: 5 }, sink);
  for (const one of sinks) feeds.read("r_1", undefined, one);
  tell[0]!({ type: "run.started", runId: "r_1", atMs: 1 });
  clock.advance(50);
  expect(counts.frames).toBe(2);
  const [first, ...others] = sinks.map(({ got }) => got.join(""));
  expect(first).toContain('"type":"run.started"');
  expect(others).toEqual(others.map(() => first));
});
