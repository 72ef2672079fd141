import { Subject } from "rxjs/internal/Subject";
import type { MergeFunction } from "../../actors/blackboard.ts";
import type { EffectPort, Performer } from "../../actors/ports.ts";
import { Run } from "../../actors/run.ts";
import { type Timer, timerId } from "../../actors/timer.ts";
import type { Plan } from "../../plan/plan.ts";
import type { Clock } from "../../shared/clock.ts";
import { AbyssalError, type Diagnostic } from "../../shared/diagnostic.ts";
import { LIMITS } from "../../shared/limits.ts";
import {
  type AgentSignal,
  drive,
  type Engine,
  type RunEnd,
  type RunHandle,
  type StartOptions,
} from "../engine.ts";
import { factOfOutcome } from "../fact-of-outcome.ts";
import type { Gates } from "../resilience/gate.ts";
import { type ResultCache, writeOnly } from "../result-cache.ts";
import { SteadyClock } from "../steady-clock.ts";
import { TimerQueue } from "../timer-queue.ts";
import { Workers } from "../workers.ts";
import { MemoryDriver } from "./memory-driver.ts";

/** Performers by the names that plans use. */
export type MemoryEngineOptions = {
  readonly clock: Clock;
  readonly performers: ReadonlyMap<string, Performer>;
  /** Results that steps may use again; default: none. */
  readonly cache?: ResultCache | undefined;
  /** What stands between runs and performers; default: nothing. */
  readonly gates?: Gates | undefined;
  /** Merge functions that blackboards may name; default: none. */
  readonly merges?: Readonly<Record<string, MergeFunction>> | undefined;
};

/**
 * Purpose: run plans in this process, with nothing kept: what ends with the process is lost.
 * Owns: for each run its driver, timers and workers; the runs under way. Does not own: any decision.
 */
export class MemoryEngine implements Engine {
  readonly #options: MemoryEngineOptions;
  readonly #live = new Set<RunHandle>();
  #isClosed = false;

  constructor(options: MemoryEngineOptions) {
    this.#options = options;
  }

  start(plan: Plan, options: StartOptions): RunHandle {
    if (this.#isClosed) throw new AbyssalError([letGo(options.runId)]);
    const { performers, cache, gates, merges = {} } = this.#options;
    const clock = new SteadyClock(this.#options.clock);
    const driver = new MemoryDriver(clock);
    const signals$ = new Subject<AgentSignal>();
    const timers = new TimerQueue(clock, (timer: Timer) =>
      driver.record({ type: "timer.fired", id: timerId(timer) }),
    );
    const workers = new Workers({
      performers,
      cache: options.cache === false && cache ? writeOnly(cache) : cache,
      gate: gates?.gate(options.runId),
      settled: (task, outcome, cached) => driver.record(factOfOutcome(task, outcome, cached)),
      stopped: (path, attempt) => driver.record({ type: "agent.stopped", path, attempt }),
      isHeard: () => signals$.observed,
      signalled: (path, signal) => {
        if (signals$.observed) signals$.next({ path, signal });
      },
      board: {
        entry: (key) => run.boardEntry(key),
        record: (written) => driver.record({ type: "board.written", ...written }),
      },
      said: (ofCall) => driver.record(ofCall),
    });
    const run: Run = new Run(plan, effectsOf(workers, timers), { ...options, merges });
    driver.record({ type: "run.started" });
    const ended = this.#finish(run, clock, driver, timers, workers, signals$).then((end) => ({
      ...end,
      policyHash: options.policyHash ?? null,
    }));
    const handle: RunHandle = {
      runId: run.runId,
      plan,
      ended,
      events$: run.events$,
      signals$: signals$.asObservable(),
      batch: options.batch ?? null,
      settlement: (path) => run.settlement(path),
      get questions() {
        return run.questions;
      },
      get board() {
        return run.board;
      },
      cancel(reason) {
        driver.record({ type: "run.cancelRequested", reason });
        return ended;
      },
      decide: (path, decision) => driver.record({ type: "approval.decided", path, ...decision }),
    };
    this.#live.add(handle);
    const forget = (): void => void this.#live.delete(handle);
    ended.then(forget, forget);
    return handle;
  }

  /** Nobody could go on with them: runs under way are cancelled, and answer with what was done by then. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.allSettled([...this.#live].map((handle) => handle.cancel(CLOSED)));
  }

  async #finish(
    run: Run,
    clock: Clock,
    driver: MemoryDriver,
    timers: TimerQueue<Timer>,
    workers: Workers,
    signals$: Subject<AgentSignal>,
  ): Promise<Omit<RunEnd, "policyHash">> {
    const startedAtMs = clock.nowMs();
    try {
      await drive(run, driver);
    } finally {
      timers.clearAll();
      workers.cancelAll();
      await workers.drained(clock, LIMITS.drainMs);
      signals$.complete();
    }
    const { runId, plan, answer, stopped, board, budgets } = run;
    const endedAtMs = clock.nowMs();
    return { runId, plan, status: run.status!, answer, stopped, startedAtMs, endedAtMs, board, budgets };
  }
}

const CLOSED = "the engine was closed";

function letGo(runId: string): Diagnostic {
  const hint = "start it before the runtime is closed";
  return { code: "RUN_LET_GO", severity: "error", place: runId, message: CLOSED, hint };
}

function effectsOf(workers: Workers, timers: TimerQueue<Timer>): EffectPort {
  return {
    dispatch: (task) => workers.dispatch(task),
    cancel: (path, why) => workers.cancel(path, why),
    stop: (path, attempt) => workers.stop(path, attempt),
    setTimer: (timer, atMs) => timers.set(timer, atMs),
    clearTimer: (timer) => timers.clear(timer),
    // In memory a question needs no errand: whoever holds the handle sees it among the events and decides.
    askApproval: () => {},
    answerBoard: (path, attempt, write, receipt) => workers.answerBoard(path, attempt, write, receipt),
    answerCall: (path, attempt, call, refusal) => workers.answerCall(path, attempt, call, refusal),
  };
}
