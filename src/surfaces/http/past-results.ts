import { AbyssalError } from "../../shared/diagnostic.ts";
import { Thread } from "../../shared/thread.ts";
import { type RunResult, toRunResult } from "../run-result.ts";
import type { Service } from "../service.ts";
import type { PastAnswer } from "./past-results-thread.ts";
import { Refusal } from "./problem.ts";

/** Runs whose records are replayed or wait for that. */
const WAITING_MAX = 100;

/**
 * Purpose: say how runs ended that are in nobody's memory.
 * Owns: the thread that replays them. Does not own: what is kept of the answers.
 * Invariants:
 * P1 a run that many ask for at the same time is replayed once.
 * P2 no more than `WAITING_MAX` runs wait; whoever asks for another one is refused.
 */
export class PastResults {
  readonly #service: Service;
  readonly #thread: Thread<string, PastAnswer>;
  readonly #waiting = new Map<string, Promise<RunResult>>();

  constructor(service: Service) {
    this.#service = service;
    this.#thread = new Thread("surfaces/http/past-results-thread", service.abyssal.workingFolder);
  }

  /** Rejects with Refusal RESULTS_BUSY, AbyssalError RUN_UNKNOWN, JOURNAL_*. */
  resultOf(runId: string): Promise<RunResult> {
    const known = this.#waiting.get(runId);
    if (known) return known;
    if (this.#waiting.size >= WAITING_MAX)
      return Promise.reject(
        new Refusal(429, "RESULTS_BUSY", "the records of many runs are being read already", {
          retryAfterS: 1,
        }),
      );
    const result = this.#replayed(runId).finally(() => this.#waiting.delete(runId));
    this.#waiting.set(runId, result);
    return result;
  }

  close(): void {
    this.#thread.close(new Refusal(503, "DRAINING", "the server is being shut down", { retryAfterS: 5 }));
  }

  async #replayed(runId: string): Promise<RunResult> {
    const answer = await this.#thread.ask(runId);
    if ("result" in answer) {
      this.#service.abyssal.observatory.secrets.learn(answer.given);
      return answer.result;
    }
    // Merge functions are this process's own: no thread can call them.
    if (answer.diagnostics[0]?.code === "BOARD_MERGE_UNKNOWN")
      return toRunResult(this.#service.engine.ended(runId));
    throw new AbyssalError(answer.diagnostics);
  }
}
