import type { BoardEntry, BoardReceipt, BoardWrite } from "../actors/blackboard.ts";
import type { BoardWritten } from "../actors/board-desk.ts";
import type { BoardAccess } from "../actors/ports.ts";
import { LIMITS } from "../shared/limits.ts";

/** The run's blackboard, as its workers reach it. */
export type BoardPort = {
  readonly entry: (key: string) => BoardEntry | undefined;
  /** Puts a write among the run's facts; `AttemptBoard.answer` is told what became of it. */
  readonly record: (written: Omit<BoardWritten, "type" | "atMs">) => void;
};

type Attempt = { readonly path: string; readonly attempt: number };

/**
 * Purpose: the blackboard in the hands of one attempt.
 * Owns: the numbers of its writes, and who waits for a receipt. Does not own: entries, what becomes of a write.
 * Invariants:
 * T1 every write is settled once: by its receipt, or by an error when the attempt is over before.
 * T2 once the attempt is over or told to stop, nothing of it reaches the run.
 */
export class AttemptBoard implements BoardAccess {
  readonly #port: BoardPort;
  readonly #attempt: Attempt;
  readonly #signal: AbortSignal;
  /** Made with the first write: most attempts write nothing. */
  #waiting: Map<number, PromiseWithResolvers<BoardReceipt>> | null = null;
  /** How often it has written; -1: it has not even looked. */
  #writes = -1;
  #isClosed = false;

  constructor(port: BoardPort, attempt: Attempt, signal: AbortSignal) {
    this.#port = port;
    this.#attempt = attempt;
    this.#signal = signal;
  }

  /** In whose hands it is. */
  get attempt(): number {
    return this.#attempt.attempt;
  }

  /** Whether the attempt has looked at the board: then its result depends on more than its task. */
  get isUsed(): boolean {
    return this.#writes >= 0;
  }

  get(key: string): Promise<BoardEntry | null> {
    return quiet(this.#get(key));
  }

  put(write: BoardWrite): Promise<BoardReceipt> {
    return quiet(this.#put(write));
  }

  answer(write: number, receipt: BoardReceipt): void {
    this.#waiting?.get(write)?.resolve(structuredClone(receipt));
    this.#waiting?.delete(write);
  }

  /** The attempt is over. */
  close(reason: unknown): void {
    this.#isClosed = true;
    for (const { reject } of this.#waiting?.values() ?? []) reject(reason);
    this.#waiting = null;
  }

  async #get(key: string): Promise<BoardEntry | null> {
    this.#use();
    const entry = this.#port.entry(key);
    return entry ? structuredClone(entry) : null;
  }

  async #put({ key, value, ifVersion }: BoardWrite): Promise<BoardReceipt> {
    this.#use();
    const text = JSON.stringify(value);
    if (text === undefined) throw new TypeError(`the blackboard takes JSON values, got ${typeof value}`);
    // Neither is worth a record: the board could only refuse it.
    if (this.#writes >= LIMITS.boardWritesOfAttempt)
      return this.#conflict(key, `an attempt may write at most ${LIMITS.boardWritesOfAttempt} times`);
    if (text.length > LIMITS.boardValueCharacters)
      return this.#conflict(key, `the value has more than ${LIMITS.boardValueCharacters} characters of JSON`);
    const number = ++this.#writes;
    const waiting = Promise.withResolvers<BoardReceipt>();
    this.#waiting ??= new Map();
    if (number === 1)
      this.#signal.addEventListener("abort", () => this.close(this.#signal.reason), { once: true });
    this.#waiting.set(number, waiting);
    const { path, attempt } = this.#attempt;
    const condition = ifVersion === undefined ? {} : { ifVersion };
    this.#port.record({
      path,
      attempt,
      write: number,
      key: String(key),
      value: JSON.parse(text),
      ...condition,
    });
    return waiting.promise;
  }

  #use(): void {
    this.#signal.throwIfAborted();
    if (this.#isClosed) throw new Error(`${this.#attempt.path}: this attempt is over`);
    if (this.#writes < 0) this.#writes = 0;
  }

  #conflict(key: string, reason: string): BoardReceipt {
    const entry = this.#port.entry(key);
    return { kind: "conflict", entry: entry ? structuredClone(entry) : null, reason };
  }
}

/** Work that does not wait for its writes, or goes on after its end, must not end the process by an error that nobody hears. */
function quiet<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}
