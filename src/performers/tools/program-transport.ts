import { setTimeout as delay } from "node:timers/promises";
import { getDefaultEnvironment } from "@modelcontextprotocol/sdk/client/stdio.js";
import { ReadBuffer, serializeMessage } from "@modelcontextprotocol/sdk/shared/stdio.js";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import type { JSONRPCMessage } from "@modelcontextprotocol/sdk/types.js";
import { execa } from "execa";
import { HAS_GROUPS, LiveGroup } from "../command/live-group.ts";

/** A program to be started, with the whole environment that it is given beside the harmless part. */
export type ServerProgram = {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
};

/** How long a server may take to go by itself once its input has ended, and once it was told to. */
const LEAVES_MS = 2_000;
const GRACE_MS = 1_000;
/** Characters of a program's last words. */
const LAST_WORDS = 400;

/**
 * Purpose: speak with an MCP server that is a program, over its standard streams, and end it with all that it has started: what is begun by
 * `npx`, `uvx` or a script is their child, which the SDK's own transport would leave behind.
 * Owns: the program and its group. Does not own: the protocol (the SDK's client).
 */
export class ProgramTransport implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: (message: JSONRPCMessage) => void;
  readonly #program: ServerProgram;
  readonly #received = new ReadBuffer();
  #child: Child | undefined;
  #group: LiveGroup | undefined;
  #ended: Promise<void> = Promise.resolve();
  #said = "";

  constructor(program: ServerProgram) {
    this.#program = program;
  }

  /** The end of what it said on its error output, in words for a message: often why it does not come up. */
  get lastWords(): string {
    return this.#said.trim() === "" ? "" : `; it said: ${this.#said.trim()}`;
  }

  async start(): Promise<void> {
    const child = startProgram(this.#program);
    if (child.pid === undefined) {
      const failed = await child;
      throw failed.cause ?? new Error(failed.originalMessage);
    }
    const group = new LiveGroup(child.pid, GRACE_MS);
    this.#child = child;
    this.#group = group;
    child.stdout.on("data", (part: Buffer) => this.#receive(part));
    child.stderr.on("data", (part: Buffer) => {
      this.#said = `${this.#said}${part}`.slice(-LAST_WORDS);
    });
    for (const stream of [child.stdin, child.stdout]) stream.on("error", (error) => this.onerror?.(error));
    child.nodeChildProcess.once("exit", () => group.leaderLeft());
    this.#ended = this.#end(child, group);
  }

  async send(message: JSONRPCMessage): Promise<void> {
    const input = this.#child?.stdin;
    if (!input?.writable) throw new Error("the program is not there");
    if (!input.write(serializeMessage(message))) await new Promise((resolve) => input.once("drain", resolve));
  }

  /** Lets it go by itself, then ends it; resolves when nothing of it runs any more. */
  async close(): Promise<void> {
    this.#child?.stdin.end();
    const over = new AbortController();
    const late = delay(LEAVES_MS, true, { signal: over.signal, ref: false }).catch(() => false);
    if (await Promise.race([this.#ended.then(() => false), late])) this.#group?.end();
    over.abort();
    await this.#ended;
  }

  /** By force. */
  kill(): void {
    this.#group?.kill();
  }

  async #end(child: Child, group: LiveGroup): Promise<void> {
    await child;
    this.#child = undefined;
    this.#received.clear();
    this.onclose?.();
    await group.gone();
  }

  #receive(part: Buffer): void {
    try {
      this.#received.append(part);
    } catch (error) {
      // Nothing that follows can be read.
      this.onerror?.(error as Error);
      void this.close();
      return;
    }
    for (;;) {
      try {
        const message = this.#received.readMessage();
        if (message === null) return;
        this.onmessage?.(message);
      } catch (error) {
        this.onerror?.(error as Error);
      }
    }
  }
}

type Child = ReturnType<typeof startProgram>;

function startProgram({ command, args, env, cwd }: ServerProgram) {
  return execa(command, [...args], {
    cwd,
    env: { ...getDefaultEnvironment(), ...env },
    extendEnv: false,
    shell: false,
    reject: false,
    buffer: false,
    encoding: "buffer",
    stdin: "pipe",
    detached: HAS_GROUPS,
    cleanup: !HAS_GROUPS,
    windowsHide: true,
  });
}
