import { connect, type Socket } from "node:net";
import { setTimeout as passing } from "node:timers/promises";
import { Connection, getText, postText } from "./http-load.ts";
import type { ServerProcess } from "./server-process.ts";

/** Agents whose events come to far more than the system's own buffers take. */
const AGENTS = 4_000;
const READERS = 20;
const LOOK_MS = 250;

export type Stall = {
  readonly readers: number;
  readonly seconds: number;
  /** What the events of the run come to, for one reader. */
  readonly eventsMb: number;
  /** What the server held more while none of them took anything, the system's buffers aside; for one reader. */
  readonly heldMb: number;
  /** Seconds until the last of them was dropped. */
  readonly droppedAfter: number;
  /** Whether one that came again had every event once. */
  readonly isWhole: boolean;
};

/** Readers of events that take nothing for so long that they are dropped, and come again with the last id that they had. */
export async function stallReaders(server: ServerProcess, seconds: number): Promise<Stall> {
  const one = await Connection.open(server.url);
  const items = Array.from({ length: AGENTS }, (_, index) => index).join(",");
  const body = JSON.stringify({ command: `ABYSSAL[WIDE]([${items}])` });
  const status = await one.send(postText("/execute?wait=60", body));
  if (status !== 200) throw new Error(`the run was answered ${status}: ${one.body.slice(0, 300)}`);
  const { runId } = JSON.parse(one.body) as { readonly runId: string };
  const path = `/runs/${runId}/events`;
  const whole = await readAll(server.url, path);
  const before = await server.usage();
  const startMs = performance.now();
  const stalled = await Promise.all(Array.from({ length: READERS }, () => openReader(server.url, path)));
  let most = 0;
  let droppedAfter = Number.NaN;
  while (performance.now() - startMs < (seconds + 30) * 1_000) {
    await passing(LOOK_MS);
    const { rssBytes } = await server.usage();
    most = Math.max(most, rssBytes - before.rssBytes);
    await one.send(getText("/overview"));
    const { readers } = JSON.parse(one.body) as { readonly readers: number };
    if (readers > 0) continue;
    droppedAfter = (performance.now() - startMs) / 1_000;
    break;
  }
  const begun = framesOf(await textOf(stalled[0]!));
  const lastId = /^id: (\S+)/.exec(begun.at(-1) ?? "")?.[1] ?? "";
  const rest = await readAll(server.url, `${path}?after=${lastId}`);
  for (const socket of stalled) socket.destroy();
  one.close();
  return {
    readers: READERS,
    seconds,
    eventsMb: whole.join("").length / 1e6,
    heldMb: most / 1e6 / READERS,
    droppedAfter,
    isWhole: begun.length < whole.length && [...begun, ...rest].join("") === whole.join(""),
  };
}

function openReader(url: string, path: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => {
      socket.pause();
      socket.write(`GET ${path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n`, () =>
        resolve(socket),
      );
    });
    socket.once("error", reject);
  });
}

async function readAll(url: string, path: string): Promise<readonly string[]> {
  return framesOf(await textOf(await openReader(url, path)));
}

/** Everything that comes until the connection ends, however it ends. */
function textOf(socket: Socket): Promise<string> {
  const parts: Buffer[] = [];
  return new Promise((resolve) => {
    socket.on("data", (part: Buffer) => parts.push(part));
    socket.on("error", () => {});
    socket.on("close", () => resolve(Buffer.concat(parts).toString("latin1")));
    socket.resume();
  });
}

/** The whole frames of an answer in chunks, which may have been cut off. */
function framesOf(answer: string): readonly string[] {
  const chunks: string[] = [];
  let at = answer.indexOf("\r\n\r\n") + 4;
  while (at < answer.length) {
    const end = answer.indexOf("\r\n", at);
    const bytes = Number.parseInt(answer.slice(at, end), 16);
    if (end < 0 || !(bytes > 0)) break;
    chunks.push(answer.slice(end + 2, end + 2 + bytes));
    at = end + 2 + bytes + 2;
  }
  const frames = chunks.join("").split(/(?<=\n\n)/);
  return frames.filter((frame) => frame.startsWith("id: ") && frame.endsWith("\n\n"));
}
