import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { FastifyInstance } from "fastify";
import { AbyssalError } from "../../shared/diagnostic.ts";

/** Where a server is reached. */
export type OpenPorts = {
  readonly url: string;
  /** The dashboard's own port, or `url`. */
  readonly dashboardUrl: string;
  /** Lets go of the dashboard's own port; the other one is the application's. */
  close(): Promise<void>;
};

/** Listens, on a second port for the dashboard too where that is another; both serve the same. Throws AbyssalError PORT_UNAVAILABLE. */
export async function openPorts(
  app: FastifyInstance,
  host: string,
  port: number,
  dashboardPort: number | null,
): Promise<OpenPorts> {
  await listening(host, port, "monitoring.api_port", () => app.listen({ host, port }));
  const url = addressOf(app.server);
  if (dashboardPort === null || (dashboardPort === port && port !== 0))
    return { url, dashboardUrl: url, close: async () => {} };
  const { requestTimeout } = app.server;
  const second = createServer({ requestTimeout }, (request, response) => app.routing(request, response));
  await listening(host, dashboardPort, "monitoring.dashboard_port", () =>
    listen(second, host, dashboardPort),
  );
  return {
    url,
    dashboardUrl: addressOf(second),
    close: () =>
      new Promise((resolve) => {
        second.close(() => resolve());
        second.closeAllConnections();
      }),
  };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port }, resolve);
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
