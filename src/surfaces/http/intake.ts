import { Refusal } from "./problem.ts";

const RETRY_AFTER_S = 5;

/** Who asks for them needs no token: nobody is named. */
const REASONS = {
  open: [],
  drained: ["an administrator has told the server to take no more runs"],
  over: ["the server is being shut down"],
} as const;

/** Whether the server takes runs on: an operator may say no for a while, and a server that goes says no for good. */
export class Intake {
  #state: "open" | "drained" | "over" = "open";

  /** Why no work is taken now; empty when it is. */
  get reasons(): readonly string[] {
    return REASONS[this.#state];
  }

  /** Takes no more runs until it is told otherwise; those that were taken go on. */
  drain(): void {
    if (this.#state === "open") this.#state = "drained";
  }

  open(): void {
    if (this.#state === "drained") this.#state = "open";
  }

  end(): void {
    this.#state = "over";
  }

  /** Throws Refusal DRAINING. */
  admit(): void {
    const [reason] = this.reasons;
    if (reason !== undefined) throw new Refusal(503, "DRAINING", reason, { retryAfterS: RETRY_AFTER_S });
  }
}
