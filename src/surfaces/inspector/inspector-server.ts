import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import type { InspectionEvent } from "xstate";
import type { Clock } from "../../shared/clock.ts";
import { AbyssalError } from "../../shared/diagnostic.ts";
import type { Secrets } from "../../shared/secrets.ts";
import { bridgePage } from "./bridge-page.ts";
import { InspectorHub } from "./inspector-hub.ts";
import { INSPECTOR_LIMITS } from "./inspector-limits.ts";

/** How the inspector is offered. */
export type InspectorOptions = {
  /** Default: `monitoring.inspector_port`; 0 takes a free one. */
  readonly port?: number;
  /** The page that draws what is sent; default: `monitoring.inspector_page`. */
  readonly page?: string;
};

type Parts = Required<InspectorOptions> & { readonly secrets: Secrets; readonly clock: Clock };

/** Running machines, shown on a port of loopback. */
export type Inspector = {
  /** Open it in a browser; viewers of other makes connect to the same address as a WebSocket. */
  readonly url: string;
  readonly inspect: (event: InspectionEvent) => void;
  /** Resolves when somebody watches; keeps the process alive until then. */
  untilWatched(): Promise<void>;
  close(): void;
};

const LOOPBACK = "127.0.0.1";

/** Opens the inspector; it does not keep its process alive. Throws AbyssalError INSPECTOR_PORT_BUSY. */
export async function openInspector({ port, page, secrets, clock }: Parts): Promise<Inspector> {
  const { WebSocketServer } = await import("ws");
  const hub = new InspectorHub(secrets, clock);
  const watched = Promise.withResolvers<void>();
  const sockets = new WebSocketServer({
    noServer: true,
    clientTracking: true,
    // A viewer has nothing to say.
    maxPayload: 1024,
    perMessageDeflate: false,
  });
  sockets.on("connection", (socket) => {
    const viewer = {
      send: (frame: string): boolean => {
        if (socket.bufferedAmount > INSPECTOR_LIMITS.viewerBytes) return false;
        socket.send(frame);
        return true;
      },
      // What was sent still goes out, if the viewer takes it soon.
      leave: (): void => {
        const deadline = setTimeout(() => socket.terminate(), INSPECTOR_LIMITS.leaveMs);
        socket.once("close", () => clearTimeout(deadline));
        socket.close(1001);
      },
    };
    socket.on("error", () => hub.leave(viewer));
    socket.on("close", () => hub.leave(viewer));
    hub.join(viewer);
    watched.resolve();
  });
  const server = createServer((request, response) => answerPage(request, response, page));
  server.on("upgrade", (request, stream, head) => {
    stream.on("error", () => stream.destroy());
    if (!isOurs(request) || !isOwnOrigin(request)) return refuse(stream, "403 Forbidden");
    if (hub.viewers >= INSPECTOR_LIMITS.viewers) return refuse(stream, "503 Service Unavailable");
    sockets.handleUpgrade(request, stream, head, (socket) => sockets.emit("connection", socket, request));
  });
  await begin(server, port);
  server.unref();
  server.on("connection", (socket) => socket.unref());
  return {
    url: `http://${LOOPBACK}:${(server.address() as AddressInfo).port}/`,
    inspect: hub.inspect,
    untilWatched: async () => {
      server.ref();
      await watched.promise;
      server.unref();
    },
    close: () => {
      hub.close();
      sockets.close();
      server.close();
      server.closeIdleConnections();
    },
  };
}

function answerPage(request: IncomingMessage, response: ServerResponse, page: string): void {
  if (!isOurs(request)) return void response.writeHead(403).end();
  if (request.method !== "GET") return void response.writeHead(405, { allow: "GET" }).end();
  if (request.url !== "/") return void response.writeHead(404).end();
  response
    .writeHead(200, {
      "content-type": "text/html; charset=utf-8",
      "cache-control": "no-store",
      "referrer-policy": "no-referrer",
      "x-frame-options": "DENY",
    })
    .end(bridgePage(page));
}

/** A name that a foreign page has pointed at this machine is no name of ours. */
function isOurs({ headers: { host = "" }, socket: { localPort } }: IncomingMessage): boolean {
  return [LOOPBACK, "localhost"].some((name) => host === `${name}:${localPort}`);
}

/** Browsers say from which page they come; what is no browser says nothing. */
function isOwnOrigin({ headers: { origin, host } }: IncomingMessage): boolean {
  return origin === undefined || origin === `http://${host}`;
}

function refuse(stream: Duplex, status: string): void {
  stream.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

function begin(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", ({ code = "", message }: NodeJS.ErrnoException) =>
      reject(
        new AbyssalError([
          {
            code: "INSPECTOR_PORT_BUSY",
            severity: "error",
            place: "monitoring.inspector_port",
            message: `the inspector cannot be offered on port ${port}`,
            expected: "a free port",
            got: code || message,
            hint: "set monitoring.inspector_port to another one, or to 0",
          },
        ]),
      ),
    );
    server.listen({ port, host: LOOPBACK, exclusive: true }, resolve);
  });
}
