import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

/** A server on loopback, gone with its test. */
export async function serve(answer: RequestListener, port = 0): Promise<{ port: number; stop: () => void }> {
  const server = createServer(answer);
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  const stop = (): void => {
    server.closeAllConnections();
    server.close();
  };
  onTestFinished(stop);
  return { port: (server.address() as AddressInfo).port, stop };
}

export async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) text += chunk;
  return text;
}

export function sendJson(response: ServerResponse, body: unknown): void {
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify(body));
}

/** Lets no server listen anywhere but on loopback, and tells the port that it was given. */
const ON_LOOPBACK = `data:text/javascript,${encodeURIComponent(`
  import { Server } from "node:net";
  const listen = Server.prototype.listen;
  Server.prototype.listen = function (port, ...rest) {
    this.once("listening", () => console.error("PORT " + this.address().port));
    return listen.call(this, Number(port), "127.0.0.1", ...rest.filter((one) => typeof one === "function"));
  };`)}`;

/** The MCP project's own server of everything, over streamable HTTP. */
export async function everythingOverHttp(port = 0): Promise<{ port: number; kill: () => Promise<void> }> {
  const main = fileURLToPath(
    new URL("../../../node_modules/@modelcontextprotocol/server-everything/dist/index.js", import.meta.url),
  );
  const child = spawn(process.execPath, ["--import", ON_LOOPBACK, main, "streamableHttp"], {
    env: { PATH: process.env.PATH, PORT: String(port) },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const gone = once(child, "exit");
  const kill = async (): Promise<void> => {
    child.kill("SIGKILL");
    await gone;
  };
  onTestFinished(kill);
  for await (const line of createInterface({ input: child.stderr })) {
    const told = /^PORT (\d+)$/.exec(line);
    if (told) {
      child.stderr.resume();
      return { port: Number(told[1]), kill };
    }
  }
  throw new Error("the server ended before it listened");
}
