import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { AbyssalError } from "../../shared/diagnostic.ts";
import { isLoopback, namesLoopback } from "../loopback.ts";

export type MetricsListenerOptions = {
  /** `monitoring.metrics_port`; 0 takes a free one. */
  readonly port: number;
  /** Default: this machine alone. */
  readonly host?: string;
  readonly contentType: string;
  readonly render: () => Promise<string>;
};

export type MetricsListener = { readonly url: string; close(): Promise<void> };

/** Answers `GET /metrics` and nothing else, on loopback under its own names alone; does not keep its process alive. Throws AbyssalError METRICS_PORT_BUSY. */
export async function listenForMetrics(options: MetricsListenerOptions): Promise<MetricsListener> {
  const { port, host = "127.0.0.1", contentType, render } = options;
  const server = createServer(async ({ method, url = "", headers }, response) => {
    if (isLoopback(host) && !isOurs(headers)) return void response.writeHead(403).end();
    if (url.split("?")[0] !== "/metrics") return void response.writeHead(404).end();
    if (method !== "GET" && method !== "HEAD")
      return void response.writeHead(405, { allow: "GET, HEAD" }).end();
    try {
      const text = await render();
      response.writeHead(200, { "content-type": contentType, "cache-control": "no-store" }).end(text);
    } catch {
      response.writeHead(503).end();
    }
  });
  server.headersTimeout = 5_000;
  server.requestTimeout = 5_000;
  await begin(server, port, host);
  server.unref();
  const { port: taken } = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${taken}/metrics`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

/** A page elsewhere must not read what stands on this machine's loopback, under a name that it has pointed there or from its own origin. */
function isOurs({ host = "", origin }: IncomingHttpHeaders): boolean {
  return namesLoopback(host) && (origin === undefined || origin === `http://${host}`);
}

function begin(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(portError(port, error)));
    server.listen({ port, host, exclusive: true }, resolve);
  });
}

function portError(port: number, { code = "", message }: NodeJS.ErrnoException): AbyssalError {
  return new AbyssalError([
    {
      code: "METRICS_PORT_BUSY",
      severity: "error",
      place: "monitoring.metrics_port",
      message: `the metrics cannot be offered on port ${port}`,
      expected: "a free port",
      got: code || message,
      hint: "set monitoring.metrics_port to another one, or to 0",
    },
  ]);
}
