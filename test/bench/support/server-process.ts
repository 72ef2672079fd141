import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";

/** What a process holds and has used so far. */
export type Usage = {
  /** What the heap of its first thread holds, and what V8 has of the system for that. */
  readonly heapBytes: number;
  readonly heapHeldBytes: number;
  readonly rssBytes: number;
  /** User and system time of all its threads, ms. */
  readonly cpuMs: number;
  /** How long its event loop was busy, ms. */
  readonly loopMs: number;
};

type Message = Usage & { readonly url: string; readonly bareUrl: string };

/** The server under load, in a process of its own (`http-server.ts`). */
export class ServerProcess {
  readonly url: string;
  /** A fastify route of the same process that answers a fixed body. */
  readonly bareUrl: string;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, { url, bareUrl }: Message) {
    this.#child = child;
    this.url = url;
    this.bareUrl = bareUrl;
  }

  /** `profile`: a folder for its processor profile, written when it stops. */
  static async start(
    folder: string,
    settings: { readonly stallSeconds: number },
    profile?: string,
  ): Promise<ServerProcess> {
    const execArgv = ["--expose-gc", ...(profile ? ["--cpu-prof", `--cpu-prof-dir=${profile}`] : [])];
    const child = fork(join(import.meta.dirname, "http-server.ts"), [folder, JSON.stringify(settings)], {
      execArgv,
    });
    return new ServerProcess(child, await told(child));
  }

  /** The body that the bare route answers from now on. */
  async answerBare(body: string): Promise<void> {
    await this.#ask({ type: "body", body });
  }

  /** Read before garbage is collected, so that its time is that of the load; memory after. */
  usage(): Promise<Usage> {
    return this.#ask({ type: "usage" });
  }

  async stop(): Promise<void> {
    const gone = new Promise<void>((resolve) => this.#child.once("exit", () => resolve()));
    this.#child.send({ type: "stop" });
    await gone;
  }

  #ask(message: object): Promise<Message> {
    const answer = told(this.#child);
    this.#child.send(message);
    return answer;
  }
}

function told(child: ChildProcess): Promise<Message> {
  return new Promise((resolve, reject) => {
    const gone = (): void => reject(new Error("the server's process has ended"));
    child.once("exit", gone);
    child.once("message", (message) => {
      child.off("exit", gone);
      resolve(message as Message);
    });
  });
}
