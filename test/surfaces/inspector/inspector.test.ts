import { request } from "node:http";
import { createContext, runInContext } from "node:vm";
import {
  createBrowserReceiver,
  createWebSocketReceiver,
  type StatelyInspectionEvent,
} from "@statelyai/inspect";
import { expect, onTestFinished, test } from "vitest";
import WebSocket from "ws";
import { type Abyssal, createAbyssal, type Performer } from "../../../src/index.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

const CANARY = "canary-of-the-inspector";
const TEMPLATE = `
name: PAIR
version: 1.0.0
description: Two pieces of work at once
category: test
parameters: { what: { type: string, position: 1, required: true } }
steps:
  one: { run: { performer: held, text: "{{ what }}" }, resources: { cpu: 0, memory: 0 } }
  two: { run: { performer: held, text: "{{ what }}" }, resources: { cpu: 0, memory: 0 } }
`;

const done: Awaited<ReturnType<Performer["perform"]>> = {
  kind: "completed",
  output: `done with ${CANARY}`,
  confidence: { value: 1, source: "checked" },
};

async function open(perform: Performer["perform"], page?: string): Promise<Abyssal> {
  const abyssal = await createAbyssal({
    workingFolder: temporaryFolder(),
    env: { SOME_API_KEY: CANARY },
    clock: new ManualClock(),
    templates: [TEMPLATE],
    performers: [{ name: "held", perform }],
    inspect: { port: 0, ...(page ? { page } : {}) },
  });
  onTestFinished(() => abyssal.close());
  return abyssal;
}

const urlOf = ({ observatory }: Abyssal): URL => new URL(observatory.inspector!.url);

test("the official receiver, come late, is told of every live actor and then of all that happens", async () => {
  const entered = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  let count = 0;
  const abyssal = await open(async () => {
    if (++count === 2) entered.resolve();
    await release.promise;
    return done;
  });
  const run = abyssal.start(`ABYSSAL[PAIR]("${CANARY}")`);
  await entered.promise;

  const frames: StatelyInspectionEvent[] = [];
  const ended = Promise.withResolvers<void>();
  const receiver = createWebSocketReceiver({ server: urlOf(abyssal).href.replace("http", "ws") });
  receiver.subscribe((frame) => {
    frames.push(frame);
    const { parentId } = (frames.find(({ sessionId }) => sessionId === frame.sessionId) ?? {}) as {
      parentId?: string;
    };
    if (frame.type === "@xstate.snapshot" && frame.snapshot.status === "done" && parentId === undefined)
      ended.resolve();
    // Machines of one agent that are at work have been told of: now they may end.
    const atWork = frames.filter((one) => one.type === "@xstate.actor" && one.snapshot.value === "running");
    if (atWork.length >= 3) release.resolve();
  });
  await ended.promise;
  expect((await run.result).status).toBe("succeeded");

  const actors = frames.filter((frame) => frame.type === "@xstate.actor");
  expect(actors.map(({ name }) => name)).toEqual(
    expect.arrayContaining([`orchestrator ${run.runId}`, "agent pair/one", "agent pair/two"]),
  );
  const known = new Set(actors.map(({ sessionId }) => sessionId));
  expect(
    actors.every(
      ({ parentId, rootId }) => parentId === undefined || known.has(parentId) || parentId === rootId,
    ),
  ).toBe(true);
  const definition = actors.find(({ name }) => name === "agent pair/one")!.definition!;
  expect(Object.keys(JSON.parse(definition).states)).toContain("backingOff");
  const ends = frames.filter(
    (frame) => frame.type === "@xstate.snapshot" && frame.snapshot.status === "done",
  );
  expect(ends.length).toBeGreaterThanOrEqual(3);
  expect(frames.every(({ _version }) => typeof _version === "string")).toBe(true);
  expect(JSON.stringify(frames)).not.toContain(CANARY);
});

test("foreign pages and names are refused, on the page and on the socket", async () => {
  const url = urlOf(await open(async () => done));
  const status = (headers: Record<string, string>, upgrade = false): Promise<number> =>
    new Promise((resolve, reject) => {
      const more = {
        connection: "Upgrade",
        upgrade: "websocket",
        "sec-websocket-version": "13",
        "sec-websocket-key": `${"a".repeat(22)}==`,
      };
      const sent = request(url, { headers: { ...headers, ...(upgrade ? more : {}) } });
      sent.on("response", ({ statusCode }) => resolve(statusCode!)).on("error", reject);
      sent.on("upgrade", (_, socket) => {
        socket.destroy();
        resolve(101);
      });
      sent.end();
    });
  expect(await status({})).toBe(200);
  expect(await status({ host: "evil.test" })).toBe(403);
  expect(await status({ host: `evil.test:${url.port}` })).toBe(403);
  expect(await status({}, true)).toBe(101);
  expect(await status({ origin: url.origin }, true)).toBe(101);
  expect(await status({ host: `localhost:${url.port}`, origin: `http://localhost:${url.port}` }, true)).toBe(
    101,
  );
  expect(await status({ origin: "https://evil.test" }, true)).toBe(403);
  expect(await status({ origin: "null" }, true)).toBe(403);
  expect(await status({ host: "evil.test", origin: "http://evil.test" }, true)).toBe(403);
  expect((await fetch(url, { method: "POST" })).status).toBe(405);
  expect((await fetch(new URL("/etc/passwd", url))).status).toBe(404);
});

test("the page hands on to the inspector's page, once that is ready, what its receiver understands", async () => {
  const entered = Promise.withResolvers<void>();
  const abyssal = await open((_, { signal }) => {
    entered.resolve();
    return new Promise((resolve) => signal.addEventListener("abort", () => resolve(done)));
  }, "https://inspector.test/page</script>");
  const run = abyssal.start('ABYSSAL[PAIR]("x")');
  await entered.promise;
  const url = urlOf(abyssal);
  const html = await (await fetch(url)).text();
  const script = /<script>(.*)<\/script>/s.exec(html)![1]!;

  const listeners: ((event: object) => void)[] = [];
  const inside: ((event: object) => void)[] = [];
  const frameWindow = {
    postMessage: (data: unknown, to: string) => {
      if (to === "https://inspector.test") for (const tell of inside) tell({ data });
    },
  };
  const frame = { contentWindow: frameWindow, src: "" };
  const sockets: WebSocket[] = [];
  const bridge = createContext({
    URL,
    location: { href: url.href, host: url.host },
    document: { getElementById: () => frame },
    addEventListener: (_: string, tell: (event: object) => void) => listeners.push(tell),
    WebSocket: class extends WebSocket {
      constructor(address: string) {
        super(address, { origin: url.origin });
        sockets.push(this);
      }
    },
  });
  runInContext(script, bridge);
  expect(frame.src).toBe("https://inspector.test/page%3C/script%3E");
  const say = (origin: string, source: object, data: object) => {
    for (const tell of listeners) tell({ data, origin, source });
  };
  say("https://evil.test", frameWindow, { type: "@statelyai.connected" });
  say("https://inspector.test", {}, { type: "@statelyai.connected" });
  expect(sockets).toEqual([]);

  const first = Promise.withResolvers<StatelyInspectionEvent>();
  // The receiver that the official page uses: it says by itself that it is ready.
  const page = {
    get self() {
      return page;
    },
    top: {},
    parent: { postMessage: (data: object) => say("https://inspector.test", frameWindow, data) },
    addEventListener: (_: string, tell: (event: object) => void) => inside.push(tell),
  };
  createBrowserReceiver({ window: page as never }).subscribe((event) => first.resolve(event));
  expect(sockets).toHaveLength(1);
  expect(await first.promise).toMatchObject({ type: "@xstate.actor", name: `orchestrator ${run.runId}` });
  sockets[0]!.close();
  await run.cancel();
});

test("a function still sees every event by itself, and no port is opened for it", async () => {
  const seen = new Set<string>();
  const abyssal = await createAbyssal({
    workingFolder: temporaryFolder(),
    env: {},
    templates: [TEMPLATE],
    performers: [{ name: "held", perform: async () => done }],
    inspect: ({ type }) => seen.add(type),
  });
  await abyssal.execute('ABYSSAL[PAIR]("x")');
  expect([...seen]).toEqual(
    expect.arrayContaining(["@xstate.actor", "@xstate.snapshot", "@xstate.microstep"]),
  );
  expect(abyssal.observatory.inspector).toBeNull();
});
