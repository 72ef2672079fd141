import type { RunEvent } from "../../../actors/run-events.ts";
import { formatSpan } from "../../../shared/quantity.ts";
import type { LiveRun } from "../../live-run.ts";
import { counted, fitted } from "../style.ts";
import type { Output } from "../terminal.ts";
import type { Progress } from "./progress.ts";

/** Above so many agents progress is told as counts. */
const AGENTS_TOLD_ONE_BY_ONE = 200;
const LINE_EVERY_MS = 1_000;
const FAILURES_TOLD = 20;

/** Progress as lines that a log can keep: one for each agent that ends, or counts where there are many. */
export class PlainProgress implements Progress {
  readonly #output: Output;
  readonly #total: number;
  readonly #oneByOne: boolean;
  #startedAtMs = 0;
  #saidAtMs = 0;
  #saidEnded = 0;
  #ended = 0;
  #failed = 0;

  constructor({ runId, plan, past }: Pick<LiveRun, "runId" | "plan" | "past">, output: Output) {
    this.#output = output;
    this.#total = plan.bounds.agents.expected;
    this.#oneByOne = this.#total <= AGENTS_TOLD_ONE_BY_ONE;
    const about = formatSpan(plan.bounds.wallMs.expected);
    const agents = counted(this.#total, "agent");
    if (past.length === 0) {
      output.write(`run ${runId} started: ${agents}, planned for ${about}\n`);
      return;
    }
    const ended = past.filter((event) => event.type === "agent.ended");
    this.#startedAtMs = past[0]!.atMs;
    this.#ended = this.#saidEnded = ended.length;
    this.#failed = ended.filter(({ status }) => status === "failed").length;
    output.write(`run ${runId} resumed: ${ended.length} of ${agents} ended before\n`);
  }

  event(event: RunEvent): void {
    switch (event.type) {
      case "run.started":
        this.#startedAtMs = event.atMs;
        this.#saidAtMs = event.atMs;
        return;
      case "agent.backingOff":
        if (this.#oneByOne) {
          const waits = formatSpan(event.untilMs - event.atMs);
          this.#say(`retry ${event.path}: attempt ${event.attempt} ${why(event.failure)}; again in ${waits}`);
        }
        return;
      case "agent.held":
        if (this.#oneByOne && event.failure)
          this.#say(`crash ${event.path}: attempt ${event.attempt} ${why(event.failure)}`);
        return;
      case "supervisor.failed":
        this.#say(`supervisor ${event.path} gives up: ${event.failure.message}`);
        return;
      case "agent.awaitingApproval":
        this.#say(`waits for ${event.asks === "answer" ? "an answer" : "approval"}: ${event.path}`);
        return;
      case "agent.ended":
        this.#agentEnded(event);
    }
  }

  signal(): void {}

  note<T>(write: () => T): T {
    return write();
  }

  end(): void {}

  #agentEnded(event: Extract<RunEvent, { type: "agent.ended" }>): void {
    const { path, status, durationMs, cached, failure, atMs } = event;
    this.#ended++;
    const isFailure = status === "failed";
    if (isFailure) this.#failed++;
    if (this.#oneByOne || (isFailure && this.#failed <= FAILURES_TOLD)) {
      const reason = failure && status !== "succeeded" ? ` (${why(failure)})` : "";
      this.#say(`${status} ${path} ${formatSpan(durationMs)}${cached ? ", from the cache" : ""}${reason}`);
    }
    const percent = this.#total / 100;
    if (this.#oneByOne || atMs - this.#saidAtMs < LINE_EVERY_MS || this.#ended - this.#saidEnded < percent)
      return;
    this.#saidAtMs = atMs;
    this.#saidEnded = this.#ended;
    const share = Math.min(100, Math.floor((this.#ended / Math.max(1, this.#total)) * 100));
    this.#say(
      `${this.#ended} of ${this.#total} agents (${share}%), ${this.#failed} failed, ${formatSpan(atMs - this.#startedAtMs)}`,
    );
  }

  #say(line: string): void {
    this.#output.write(`${fitted(line, 400)}\n`);
  }
}

function why(failure: { readonly code: string; readonly message: string } | null): string {
  return failure ? `${failure.code}: ${failure.message}` : "failed";
}
