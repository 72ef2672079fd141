import type { Observable } from "rxjs";
import { firstValueFrom } from "rxjs/internal/firstValueFrom";
import { filter } from "rxjs/internal/operators/filter";
import type { BoardEntry } from "../actors/blackboard.ts";
import type { Settlement } from "../actors/place.ts";
import type { Decision, Question } from "../actors/question.ts";
import type { RunEvent } from "../actors/run-events.ts";
import type { AgentSignal, BatchOrigin, RunEnd, RunHandle } from "../engine/engine.ts";
import type { Plan } from "../plan/plan.ts";
import type { Clock } from "../shared/clock.ts";
import type { Diagnostic } from "../shared/diagnostic.ts";
import { type BatchResult, batchResult } from "./batch.ts";
import { checkDecision } from "./check-decision.ts";
import type { RunArchive, RunRecord } from "./run-archive.ts";
import { type RunResult, toRunResult } from "./run-result.ts";
import { unknownNode } from "./unknown-node.ts";

/** How a node ended; `satisfied`: what needs it may go on. */
export type NodeEnd = Settlement & { readonly path: string };

export type LiveRunOptions = {
  readonly warnings?: readonly Diagnostic[];
  readonly past?: readonly RunEvent[];
  readonly signal?: AbortSignal | undefined;
  /** Told once how it ended, before `result` resolves; null when the runtime is at fault. */
  readonly ended?: (end: RunEnd | null) => void;
};

/** Where a run is remembered, and by which time. */
type RunPorts = { readonly archive: RunArchive; readonly clock: Clock };

/** A run under way: await `result`, watch `events$`, or iterate over its events. */
export class LiveRun implements AsyncIterable<RunEvent> {
  readonly runId: string;
  readonly plan: Plan;
  /** What was found in the program that does not keep it from running. */
  readonly warnings: readonly Diagnostic[];
  /** What had happened when this process took the run over; empty for one that starts here. */
  readonly past: readonly RunEvent[];
  /** Resolves however the run ends, once it is remembered; rejects only when the runtime itself is at fault. */
  readonly result: Promise<RunResult>;
  readonly #handle: RunHandle;

  constructor(
    handle: RunHandle,
    ports: RunPorts,
    { warnings = [], past = [], signal, ended }: LiveRunOptions,
  ) {
    this.#handle = handle;
    this.runId = handle.runId;
    this.plan = handle.plan;
    this.warnings = warnings;
    this.past = past;
    const stop = (): void => void handle.cancel("aborted by the caller");
    if (signal?.aborted) stop();
    else signal?.addEventListener("abort", stop, { once: true });
    this.result = remember(handle, ports, ended).finally(() => signal?.removeEventListener("abort", stop));
    // Whoever cares awaits it; a run that is let go must not end the process of who watches its events alone.
    this.result.catch(() => {});
  }

  /** Changes of state from the subscription on, in order; completes when the run has ended. */
  get events$(): Observable<RunEvent> {
    return this.#handle.events$;
  }

  /** Progress from inside the agents' work; lossy. */
  get signals$(): Observable<AgentSignal> {
    return this.#handle.signals$;
  }

  /** What the run was started as, when it is a batch. */
  get batch(): BatchOrigin | null {
    return this.#handle.batch;
  }

  /** How each command of a batch ended; null when the run is no batch. */
  async batchResult(): Promise<BatchResult | null> {
    const result = await this.result;
    return this.batch ? batchResult(this.batch, this.plan, result) : null;
  }

  /** Stops the run and everything below it; resolves when no performer is at work any more. */
  async cancel(reason = "cancelled by the caller"): Promise<RunResult> {
    await this.#handle.cancel(reason);
    return this.result;
  }

  /** What people are asked and have not answered. */
  get questions(): readonly Question[] {
    return this.#handle.questions;
  }

  /** What stands on the run's blackboard now, by key. */
  get board(): Readonly<Record<string, BoardEntry>> {
    return this.#handle.board;
  }

  /**
   * Tells how a node of the plan ends, once, and at once when it has ended already. Rejects with AbyssalError
   * RUN_NODE_UNKNOWN when the run has no such node, and as `result` does when the run is let go.
   */
  async watch(path: string): Promise<NodeEnd> {
    const known = this.#handle.settlement(path);
    if (known) return { path, ...known };
    const paths = this.plan.nodes.map((node) => node.path);
    // Copies of a loop over what only the run knows are no nodes of the plan.
    const mayBeMade = this.plan.nodes.some(
      (node) => node.kind === "fork" && node.forEach && path.startsWith(`${node.path}.`),
    );
    if (!mayBeMade && !paths.includes(path)) throw unknownNode(this.runId, path, paths);
    const ended = this.events$.pipe(
      filter((event) => "path" in event && event.path === path && event.type.endsWith(".ended")),
    );
    await Promise.race([firstValueFrom(ended, { defaultValue: null }), this.#handle.ended]);
    const settlement = this.#handle.settlement(path);
    if (!settlement) throw unknownNode(this.runId, path, paths);
    return { path, ...settlement };
  }

  /** Decides what a person is asked. Throws AbyssalError APPROVAL_UNKNOWN, APPROVAL_INVALID; nothing is changed then. */
  decide(path: string, decision: Decision): void {
    this.#handle.decide(path, checkDecision(this.questions, path, decision));
  }

  /** The events from now on; ends with the run. */
  async *[Symbol.asyncIterator](): AsyncIterator<RunEvent> {
    const queue: RunEvent[] = [];
    let wake = (): void => {};
    let ended = false;
    const subscription = this.events$.subscribe({
      next: (event) => {
        queue.push(event);
        wake();
      },
      complete: () => {
        ended = true;
        wake();
      },
    });
    try {
      for (;;) {
        const event = queue.shift();
        if (event) yield event;
        else if (ended) return;
        else await new Promise<void>((resolve) => (wake = resolve));
      }
    } finally {
      subscription.unsubscribe();
    }
  }
}

async function remember(
  handle: RunHandle,
  { archive, clock }: RunPorts,
  ended: LiveRunOptions["ended"],
): Promise<RunResult> {
  const { runId, plan } = handle;
  const record: RunRecord = {
    runId,
    program: plan.program,
    planHash: plan.hash,
    startedAtMs: clock.nowMs(),
    agents: plan.bounds.agents.expected,
    pid: process.pid,
    status: "running",
    endedAtMs: null,
    result: null,
    waitingFor: [],
  };
  const saved = archive.save(record);
  const end = await handle.ended.catch((error: unknown) => {
    ended?.(null);
    throw error;
  });
  ended?.(end);
  await saved;
  const result = toRunResult(end);
  const { startedAtMs, endedAtMs, status } = end;
  await archive.save({ ...record, startedAtMs, endedAtMs, status, result });
  return result;
}
