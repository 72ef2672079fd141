import { expect, test } from "vitest";
import { type AnyActorRef, assign, createActor, createMachine, type InspectionEvent } from "xstate";
import { HIDDEN, Secrets } from "../../../src/shared/secrets.ts";
import { InspectorHub, type Viewer } from "../../../src/surfaces/inspector/inspector-hub.ts";
import { INSPECTOR_LIMITS } from "../../../src/surfaces/inspector/inspector-limits.ts";
import { ManualClock } from "../../support/manual-clock.ts";

type Frame = Record<string, unknown> & { readonly type: string; readonly sessionId: string };
type Collector = Viewer & { readonly frames: Frame[]; isGone: boolean };

const CANARY = "canary-of-the-inspector";

const child = createMachine({
  id: "child",
  initial: "a",
  states: { a: { on: { go: "b" } }, b: { type: "final" } },
});
const parent = createMachine({
  id: "parent",
  context: { path: "the/path", text: "", password: "hunter2", count: 0 },
  invoke: { id: "worker", src: child },
  initial: "on",
  states: { on: { on: { off: "off" } }, off: { type: "final" } },
  on: {
    put: { actions: assign({ text: ({ event }) => event.text, count: ({ context }) => context.count + 1 }) },
  },
});

function hubFor() {
  const clock = new ManualClock();
  const hub = new InspectorHub(new Secrets({ env: { SOME_SECRET: CANARY } }), clock);
  return { hub, clock };
}

function collector(take: () => boolean = () => true): Collector {
  const frames: Frame[] = [];
  const viewer = {
    frames,
    isGone: false,
    send: (frame: string) => take() && frames.push(JSON.parse(frame)) > 0,
    leave: () => {
      viewer.isGone = true;
    },
  };
  return viewer;
}

/** An actor that tells when anything of it is read. */
function touchy(read: () => void) {
  return {
    sessionId: "x:touchy",
    id: "touchy",
    getSnapshot: () => {
      read();
      return { status: "active" };
    },
  } as unknown as AnyActorRef;
}

test("nothing of an actor is read while nobody watches (H1)", () => {
  const { hub } = hubFor();
  let reads = 0;
  const actorRef = touchy(() => reads++);
  const snapshot = Object.defineProperty({ status: "active" }, "context", {
    get: () => reads++,
    enumerable: true,
  });
  hub.inspect({ type: "@xstate.actor", actorRef, rootId: "x:touchy" } as unknown as InspectionEvent);
  hub.inspect({
    type: "@xstate.snapshot",
    actorRef,
    rootId: "x:touchy",
    snapshot,
    event: { type: "e" },
  } as never);
  hub.inspect({ type: "@xstate.event", actorRef, rootId: "x:touchy", event: { type: "e" } } as never);
  hub.flush();
  expect([reads, hub.actors]).toEqual([0, 1]);
  hub.join(collector());
  expect(reads).toBeGreaterThan(0);
});

test("who comes late hears of every live actor, parents first, and of none that has ended (H2)", () => {
  const { hub } = hubFor();
  const actor = createActor(parent, { inspect: hub.inspect }).start();
  const gone = createActor(parent, { inspect: hub.inspect }).start();
  gone.send({ type: "off" });
  const viewer = collector();
  hub.join(viewer);
  expect(viewer.frames.map(({ type, name, parentId }) => [type, name, parentId])).toEqual([
    ["@xstate.actor", "parent the/path", undefined],
    ["@xstate.actor", "child", actor.sessionId],
  ]);
  expect(JSON.parse(String(viewer.frames[0]!.definition))).toMatchObject({ id: "parent", initial: "on" });
  actor.stop();
  expect(hub.actors).toBe(0);
});

test("events and snapshots follow in order, in the turn after", async () => {
  const { hub, clock } = hubFor();
  const actor = createActor(parent, { inspect: hub.inspect }).start();
  const viewer = collector();
  hub.join(viewer);
  viewer.frames.length = 0;
  actor.send({ type: "put", text: "new" });
  expect(viewer.frames).toEqual([]);
  await new Promise<void>((resolve) => clock.nextTurn(resolve));
  expect(viewer.frames.map(({ type, sessionId }) => [type, sessionId])).toEqual([
    ["@xstate.event", actor.sessionId],
    ["@xstate.snapshot", actor.sessionId],
  ]);
  expect(viewer.frames[1]).toMatchObject({
    _version: expect.any(String),
    snapshot: { status: "active", value: "on", context: { text: "new", count: 1 } },
  });
});

test("secrets are hidden by value and by key, and long things are cut (H4)", () => {
  const { hub } = hubFor();
  const viewer = collector();
  hub.join(viewer);
  const actor = createActor(parent, { inspect: hub.inspect }).start();
  actor.send({ type: "put", text: `${CANARY} ${"x".repeat(10_000)}`, authorization: "abc" } as never);
  actor.send({
    type: "put",
    text: { list: Array.from({ length: 1_000 }, (_, at) => at), self: actor },
  } as never);
  hub.flush();
  const text = JSON.stringify(viewer.frames);
  expect(text).not.toContain(CANARY);
  expect(text).not.toContain("hunter2");
  expect(text).not.toContain('"abc"');
  expect(text).toContain(HIDDEN);
  expect(text).toContain("10024 characters");
  expect(text).toContain("1000 in all");
  expect(text).toContain(`{"actor":"${actor.id}","sessionId":"${actor.sessionId}"}`);
});

test("what cannot be read costs its frame and nothing else (H4)", () => {
  const { hub } = hubFor();
  const viewer = collector();
  hub.join(viewer);
  const actor = createActor(parent, { inspect: hub.inspect }).start();
  const trap = Object.defineProperty({}, "trap", {
    enumerable: true,
    get: () => {
      throw new Error(`no entry: ${CANARY}`);
    },
  });
  actor.send({ type: "put", text: trap } as never);
  hub.flush();
  expect(viewer.frames.at(-1)).toMatchObject({
    sessionId: actor.sessionId,
    snapshot: { context: { note: `cannot be shown: Error: no entry: ${HIDDEN}` } },
  });
});

test("a frame that is too large tells its size in place of what it holds (H4)", () => {
  const { hub } = hubFor();
  const viewer = collector();
  hub.join(viewer);
  const actor = createActor(parent, { inspect: hub.inspect }).start();
  const wide = Object.fromEntries(
    Array.from({ length: 90 }, (_, at) => [`k${at}`, Array.from({ length: 90 }, () => "y".repeat(90))]),
  );
  actor.send({ type: "put", text: wide } as never);
  hub.flush();
  expect(Math.max(...viewer.frames.map((frame) => JSON.stringify(frame).length))).toBeLessThan(
    INSPECTOR_LIMITS.frameCharacters,
  );
  expect(viewer.frames.at(-1)).toMatchObject({
    event: { type: "put", note: expect.stringContaining("too many to show") },
    snapshot: { status: "active", value: "on" },
  });
});

test("beyond what may wait, viewers get the live actors anew in place of what was dropped (H3)", () => {
  const { hub } = hubFor();
  const viewer = collector();
  hub.join(viewer);
  const actor = createActor(parent, { inspect: hub.inspect }).start();
  for (let at = 0; at <= INSPECTOR_LIMITS.pendingEvents; at++) actor.send({ type: "put", text: String(at) });
  hub.flush();
  expect(viewer.frames.map(({ type }) => type)).toEqual(["@xstate.actor", "@xstate.actor"]);
  expect(viewer.frames[0]).toMatchObject({
    snapshot: { context: { count: INSPECTOR_LIMITS.pendingEvents + 1 } },
  });
});

test("a viewer that takes nothing is let go, the others go on (H3)", () => {
  const { hub } = hubFor();
  let isSlow = false;
  const slow = collector(() => !isSlow);
  const quick = collector();
  hub.join(slow);
  hub.join(quick);
  isSlow = true;
  createActor(parent, { inspect: hub.inspect }).start();
  hub.flush();
  expect([slow.isGone, quick.isGone, hub.viewers]).toEqual([true, false, 1]);
  expect(quick.frames.length).toBeGreaterThan(2);
});
