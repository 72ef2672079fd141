import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from "node:worker_threads";
import { moduleFile } from "./module-file.ts";

type Asking<Answer> = {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
};

/** What a thread is begun with; `closed` is 1 once it has finished. */
export type ThreadStart = { readonly data: unknown; readonly port: MessagePort; readonly closed: Int32Array };

/** The modules that threads run, below `src` without ending. A build makes each a file of its own, which a thread is started from. */
export const THREAD_MODULES = [
  "engine/local/journal-thread",
  "shared/checkpoint-thread",
  "surfaces/http/audit/audit-thread",
  "surfaces/http/replayed-runs-thread",
] as const;

/** The question that none follows. */
export const CLOSE = null;

/** How long a thread may take to finish what it was asked when it is closed, ms. */
const CLOSING_MS = 5_000;

/**
 * Purpose: have work done by a thread of its own, one question after the other.
 * Owns: the thread, from the first question until `close`. Does not own: what it does (`answerQuestions`, there).
 * Invariants:
 * X1 questions are answered in the order in which they were asked, each once.
 * X2 a thread that ends without having been closed fails every question that is open, and every later one.
 * X3 what was asked before `close` is done and answered when it returns; a thread that is asked nothing keeps no process alive.
 */
export class Thread<Question, Answer> {
  readonly #name: (typeof THREAD_MODULES)[number];
  readonly #data: unknown;
  readonly #closed = new Int32Array(new SharedArrayBuffer(4));
  readonly #open: Asking<Answer>[] = [];
  #running: { readonly worker: Worker; readonly port: MessagePort } | null = null;
  #failure: { readonly error: unknown } | null = null;

  /** `name`: the module that the thread runs. `data`: what it is begun with. */
  constructor(name: (typeof THREAD_MODULES)[number], data: unknown) {
    this.#name = name;
    this.#data = data;
  }

  ask(question: Question): Promise<Answer> {
    if (this.#failure) return Promise.reject(this.#failure.error);
    this.#running ??= this.#begin();
    const { port } = this.#running;
    port.ref();
    return new Promise((resolve, reject) => {
      this.#open.push({ resolve, reject });
      port.postMessage(question);
    });
  }

  /** Waits, with the event loop standing still, until everything that was asked is done; what is asked later fails with `error`. */
  close(error: unknown): void {
    if (this.#running && !this.#failure) {
      const { worker, port } = this.#running;
      port.postMessage(CLOSE);
      Atomics.wait(this.#closed, 0, 0, CLOSING_MS);
      for (let said = receiveMessageOnPort(port); said; said = receiveMessageOnPort(port))
        this.#answered(said.message as Answer);
      port.close();
      void worker.terminate();
    }
    this.#fail(error);
  }

  #begin(): { readonly worker: Worker; readonly port: MessagePort } {
    const { port1: port, port2: theirs } = new MessageChannel();
    const workerData: ThreadStart = { data: this.#data, port: theirs, closed: this.#closed };
    const worker = new Worker(moduleFile(this.#name), { workerData, transferList: [theirs] });
    worker.unref();
    worker.on("error", (error) => this.#fail(error));
    worker.on("exit", () => this.#fail(new Error(`the thread ${this.#name} has ended`)));
    port.on("message", (answer: Answer) => this.#answered(answer));
    return { worker, port };
  }

  #answered(answer: Answer): void {
    const asking = this.#open.shift();
    if (this.#open.length === 0) this.#running!.port.unref();
    asking?.resolve(answer);
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.#running?.port.unref();
    for (const { reject } of this.#open.splice(0)) reject(this.#failure.error);
  }
}
