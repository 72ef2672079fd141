import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { RunFeed } from "../../../src/surfaces/dashboard/model/run-feed.ts";

let frames: (() => void)[] = [];
let opened = 0;
let stream: ReadableStreamDefaultController<Uint8Array>;
let signal: AbortSignal | undefined;

/** A page whose frames come when the test says so, and a server that tells what the test says. */
beforeEach(() => {
  frames = [];
  opened = 0;
  vi.stubGlobal("document", { hidden: false });
  vi.stubGlobal("sessionStorage", { getItem: () => null });
  vi.stubGlobal("requestAnimationFrame", (frame: () => void) => frames.push(frame));
  vi.stubGlobal("cancelAnimationFrame", (id: number) => frames.splice(id - 1, 1, () => {}));
  vi.stubGlobal("fetch", async (_address: string, request: RequestInit) => {
    opened++;
    signal = request.signal ?? undefined;
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        stream = controller;
      },
    });
    signal?.addEventListener("abort", () => stream.error(new Error("aborted")));
    return new Response(body);
  });
});
afterEach(() => void vi.unstubAllGlobals());

const tell = (id: number): void =>
  stream.enqueue(
    new TextEncoder().encode(
      `id: ${id}.0\ndata: ${JSON.stringify({ type: "run.started", runId: "r_1", atMs: id })}\n\n`,
    ),
  );
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const nextFrame = (): void => {
  const due = frames;
  frames = [];
  for (const frame of due) frame();
};

test("whoever listens is told at most once a frame, however many events came (F1)", async () => {
  const feed = new RunFeed("r_1");
  await turn();
  nextFrame();
  let told = 0;
  feed.subscribe(() => told++);
  for (let id = 1; id <= 100; id++) {
    tell(id);
    await turn();
  }
  expect([told, frames.length]).toEqual([0, 1]);
  nextFrame();
  expect([told, frames.length]).toEqual([1, 0]);
  feed.close();
});

test("once it is closed nothing is told and nothing is connected (F2)", async () => {
  const feed = new RunFeed("r_1");
  await turn();
  let told = 0;
  feed.subscribe(() => told++);
  tell(1);
  await turn();
  feed.close();
  nextFrame();
  await turn();
  nextFrame();
  expect([told, opened, signal?.aborted]).toEqual([0, 1, true]);
});
