import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { FastifyInstance } from "fastify";
import { AbyssalError } from "../../shared/diagnostic.ts";

/** Ports of their own beside the application's; null: none. */
export type FurtherPorts = { readonly dashboard: number | null; readonly metrics: number | null };

/** Where a server is reached. */
export type OpenPorts = {
  readonly url: string;
  /** The dashboard's own port, or `url`. */
  readonly dashboardUrl: string;
  /** `/metrics` on its own port, or on the application's. */
  readonly metricsUrl: string;
  /** Lets go of the further ports; the first one is the application's. */
  close(): Promise<void>;
};

/**
 * Listens: on the dashboard's port, where that is another, everything is served too; on the metrics' port `/metrics` alone. The same
 * rules hold on all of them. Throws AbyssalError PORT_UNAVAILABLE; the further ports are let go of then.
 */
export async function openPorts(
  app: FastifyInstance,
  host: string,
  port: number,
  { dashboard, metrics }: FurtherPorts,
): Promise<OpenPorts> {
  await listening(host, port, "monitoring.api_port", () => app.listen({ host, port }));
  const further: Server[] = [];
  const close = async (): Promise<void> => void (await Promise.all(further.map(letGo)));
  const open = async (at: number, setting: string, answer: RequestListener): Promise<string> => {
    const { requestTimeout } = app.server;
    const server = createServer({ requestTimeout }, answer);
    await listening(host, at, setting, () => listen(server, host, at));
    further.push(server);
    return addressOf(server);
  };
  const url = addressOf(app.server);
  try {
    const isApart = dashboard !== null && (dashboard !== port || port === 0);
    const dashboardUrl = isApart ? await open(dashboard, "monitoring.dashboard_port", everything(app)) : url;
    const metricsUrl =
      metrics === null ? url : await open(metrics, "monitoring.metrics_port", metricsAlone(app));
    return { url, dashboardUrl, metricsUrl: `${metricsUrl}/metrics`, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function everything(app: FastifyInstance): RequestListener {
  return (request, response) => app.routing(request, response);
}

function metricsAlone(app: FastifyInstance): RequestListener {
  return (request, response) => {
    if (request.url?.split("?")[0] === "/metrics") app.routing(request, response);
    else response.writeHead(404).end();
  };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port }, resolve);
  });
}

function letGo(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

function addressOf(server: { address(): unknown }): string {
  const { address, family, port } = server.address() as AddressInfo;
  return `http://${family === "IPv6" ? `[${address}]` : address}:${port}`;
}

async function listening(
  host: string,
  port: number,
  setting: string,
  open: () => Promise<unknown>,
): Promise<void> {
  try {
    await open();
  } catch (error) {
    throw new AbyssalError([unavailable(host, port, setting, error)], { cause: error });
  }
}

function unavailable(host: string, port: number, setting: string, error: unknown) {
  const { code, message } = error as NodeJS.ErrnoException;
  return {
    code: "PORT_UNAVAILABLE",
    severity: "error",
    place: `${host}:${port}`,
    message: code === "EADDRINUSE" ? "another process listens there" : message,
    expected: "an address that is free",
    hint: `set ${setting}, or --port; 0 takes a free one`,
  } as const;
}
