import { Refusal } from "./problem.ts";

const RETRY_AFTER_S = 5;

/** Whether the server takes runs on: an operator may say no for a while, and a server that goes says no for good. */
export class Intake {
  /** Why it takes none; null: it does. */
  #refusal: string | null = null;
  #isOver = false;

  /** Why no work is taken now; empty when it is. */
  get reasons(): readonly string[] {
    if (this.#isOver) return ["the server is being shut down"];
    return this.#refusal === null ? [] : [this.#refusal];
  }

  /** Takes no more runs until it is told otherwise; those that were taken go on. */
  drain(by: string): void {
    this.#refusal = `${by} has told the server to take no more runs`;
  }

  open(): void {
    this.#refusal = null;
  }

  end(): void {
    this.#isOver = true;
  }

  /** Throws Refusal DRAINING. */
  admit(): void {
    const [reason] = this.reasons;
    if (reason !== undefined) throw new Refusal(503, "DRAINING", reason, { retryAfterS: RETRY_AFTER_S });
  }
}
