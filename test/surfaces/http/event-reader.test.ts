import { expect, test } from "vitest";
import type { EventFeed } from "../../../src/surfaces/http/event-feed.ts";
import { EventReader } from "../../../src/surfaces/http/event-reader.ts";
import { RecentTexts } from "../../../src/surfaces/http/recent-texts.ts";
import { ManualClock } from "../../support/manual-clock.ts";

const STALL_MS = 30_000;

/** A reader of a feed that is in the test's hands; it takes nothing more while `isFull`. */
function reading() {
  const clock = new ManualClock();
  const feed = { frames: [] as string[], isWhole: false };
  const sink = { written: [] as string[], isFull: false, ended: 0, destroyed: 0 };
  let closed = 0;
  const reader = new EventReader(
    feed as unknown as EventFeed,
    0,
    {
      write: (text) => {
        sink.written.push(text);
        return !sink.isFull;
      },
      end: () => void sink.ended++,
      destroy: () => void sink.destroyed++,
    },
    { clock, stallMs: STALL_MS, closed: () => void closed++ },
  );
  return { clock, feed, sink, reader, closed: () => closed };
}

test("Q1 a reader that takes nothing is handed one chunk and no more, however much happens; then all the rest in order", () => {
  const { feed, sink, reader } = reading();
  sink.isFull = true;
  const frame = (n: number) => `${n}:${"x".repeat(20_000)}\n`;
  for (let n = 0; n < 100; n++) {
    feed.frames.push(frame(n));
    reader.pump();
  }
  expect(sink.written.join("").length).toBeLessThan(100_000);
  sink.isFull = false;
  feed.isWhole = true;
  reader.drained();
  expect(sink.written.join("")).toBe(feed.frames.join(""));
  expect(sink.ended).toBe(1);
});

test("Q2 a reader that takes nothing for too long is dropped; one that takes something in time is not", () => {
  const { clock, feed, sink, reader, closed } = reading();
  sink.isFull = true;
  feed.frames.push("a");
  reader.pump();
  clock.advance(STALL_MS - 1);
  expect(sink.destroyed).toBe(0);
  reader.drained();
  feed.frames.push("b");
  reader.pump();
  clock.advance(STALL_MS - 1);
  expect(sink.destroyed).toBe(0);
  clock.advance(1);
  expect([sink.destroyed, closed(), clock.pending]).toEqual([1, 1, 0]);
  feed.frames.push("c");
  reader.pump();
  expect(sink.written).toEqual(["a", "b"]);
});

test("a reader that is told nothing hears that, so that nobody in between gives up; a closed one leaves no timer", () => {
  const { clock, sink, reader } = reading();
  clock.advance(46_000);
  expect(sink.written).toEqual([": nothing new\n\n", ": nothing new\n\n", ": nothing new\n\n"]);
  reader.close();
  expect(clock.pending).toBe(0);
});

test("N1 what is kept stays within its limit, and what was used longest ago goes first", () => {
  const texts = new RecentTexts<null>(10_000);
  for (let n = 0; n < 50; n++) {
    texts.put(`k${n}`, "x".repeat(1_000), null);
    texts.get("k0");
    expect(texts.bytes).toBeLessThanOrEqual(10_000);
  }
  expect(texts.get("k0")?.text).toHaveLength(1_000);
  expect(texts.get("k1")).toBeUndefined();
  expect(texts.get("k49")).toBeDefined();
  texts.put("huge", "x".repeat(10_000), null);
  expect(texts.get("huge")).toBeUndefined();
});
