import { AbyssalError } from "../../shared/diagnostic.ts";
import { Thread } from "../../shared/thread.ts";
import { type RunResult, toRunResult } from "../run-result.ts";
import type { Service } from "../service.ts";
import { Refusal } from "./problem.ts";
import type { Letters, RunAnswer, RunQuestion } from "./replayed-runs-thread.ts";

/** Questions whose runs are replayed, or wait for that. */
const WAITING_MAX = 100;

/**
 * Purpose: say of runs what only a replay of their records tells.
 * Owns: the thread that replays them. Does not own: what is kept of the answers.
 * Invariants:
 * P1 a run of which many ask the same at the same time is replayed once.
 * P2 no more than `WAITING_MAX` questions wait; whoever asks another one is refused.
 */
export class ReplayedRuns {
  readonly #service: Service;
  readonly #thread: Thread<RunQuestion, RunAnswer>;
  readonly #waiting = new Map<string, Promise<RunAnswer>>();

  constructor(service: Service) {
    this.#service = service;
    this.#thread = new Thread("surfaces/http/replayed-runs-thread", service.abyssal.workingFolder);
  }

  /** How a run ended. Rejects with Refusal RESULTS_BUSY, AbyssalError RUN_UNKNOWN, RUN_UNFINISHED, JOURNAL_*. */
  async resultOf(runId: string): Promise<RunResult> {
    const answer = await this.#ask({ kind: "result", runId });
    if (!("result" in answer)) return toRunResult(this.#service.engine.ended(runId));
    this.#service.abyssal.observatory.secrets.learn(answer.given);
    return answer.result;
  }

  /** What was recorded of a run and found nobody in it. Rejects with Refusal RESULTS_BUSY, AbyssalError RUN_UNKNOWN, JOURNAL_*. */
  async lettersOf(runId: string): Promise<Letters> {
    const answer = await this.#ask({ kind: "letters", runId });
    if ("letters" in answer) return answer;
    const { count, kept } = this.#service.engine.replayed(runId).run.deadLetters;
    return { count, letters: kept };
  }

  close(): void {
    this.#thread.close(new Refusal(503, "DRAINING", "the server is being shut down", { retryAfterS: 5 }));
  }

  /** An answer without what was asked for: only this process can tell, because merge functions are its own. */
  #ask(question: RunQuestion): Promise<RunAnswer> {
    const key = `${question.kind} ${question.runId}`;
    const known = this.#waiting.get(key);
    if (known) return known;
    if (this.#waiting.size >= WAITING_MAX)
      return Promise.reject(
        new Refusal(429, "RESULTS_BUSY", "the records of many runs are being read already", {
          retryAfterS: 1,
        }),
      );
    const answer = this.#thread
      .ask(question)
      .then((said) => {
        if ("diagnostics" in said && said.diagnostics[0]?.code !== "BOARD_MERGE_UNKNOWN")
          throw new AbyssalError(said.diagnostics);
        return said;
      })
      .finally(() => this.#waiting.delete(key));
    this.#waiting.set(key, answer);
    return answer;
  }
}
