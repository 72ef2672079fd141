import { Subject } from "rxjs/internal/Subject";
import type { EffectPort, Fact, Performer, Task } from "../../actors/ports.ts";
import type { Run } from "../../actors/run.ts";
import { type Timer, timerId } from "../../actors/timer.ts";
import type { Outcome } from "../../plan/outcome.ts";
import type { Clock } from "../../shared/clock.ts";
import { sha3 } from "../../shared/hash.ts";
import { LIMITS } from "../../shared/limits.ts";
import { thrownWords } from "../../shared/thrown-words.ts";
import type { Writable } from "../../shared/writable.ts";
import {
  type AgentSignal,
  type BatchOrigin,
  type Driver,
  drive,
  type RunEnd,
  type RunHandle,
} from "../engine.ts";
import { factOfOutcome } from "../fact-of-outcome.ts";
import type { Ended, Suspension } from "../journal.ts";
import type { Replayed } from "../replay.ts";
import type { Gates } from "../resilience/gate.ts";
import type { ResultCache } from "../result-cache.ts";
import { SteadyClock } from "../steady-clock.ts";
import { TimerQueue } from "../timer-queue.ts";
import { Workers } from "../workers.ts";
import type { Entry } from "./group-commit.ts";
import { LocalDriver } from "./local-driver.ts";

/** A fact without its time: it is stamped when it takes its place in the order. */
export type Happening = Fact extends infer F ? (F extends Fact ? Omit<F, "atMs"> : never) : never;

export type LocalRunPorts = {
  readonly clock: Clock;
  readonly policyHash: string | null;
  readonly batch: BatchOrigin | null;
  readonly performers: ReadonlyMap<string, Performer>;
  readonly cache: ResultCache | undefined;
  readonly gates: Gates | undefined;
  readonly commit: (entry: Entry) => void;
  /** Everything waits for people. */
  readonly suspended: (suspension: Suspension) => void;
  /** Nothing of the run is under way here any more. */
  readonly left: () => void;
};

/**
 * Purpose: drive one run over durable facts.
 * Owns: its driver, timers and workers. Does not own: the journal, the lease, any decision.
 * Invariants:
 * W1 what happens is applied after it is durable, exactly as a replay will read it.
 * W2 no effect precedes the commit of the facts that caused it.
 * W3 once let go, the run is applied nothing and its performers are called no more.
 */
export class LocalRun implements Driver {
  readonly handle: RunHandle;
  readonly #ports: LocalRunPorts;
  readonly #run: Run;
  readonly #driver: LocalDriver;
  readonly #timers: TimerQueue<Timer>;
  readonly #workers: Workers;
  readonly #signals$ = new Subject<AgentSignal>();
  readonly #endDurable = Promise.withResolvers<void>();
  /** How many facts it had when it was taken up. */
  readonly #replayed: number;
  #startedAtMs: number;
  #lastMs: number;
  #isLetGo = false;

  /** Goes on where `facts` led; what is pending begins before the first new fact. */
  constructor(given: LocalRunPorts, { run, pending }: Replayed, facts: readonly Fact[]) {
    const ports = { ...given, clock: new SteadyClock(given.clock, facts.at(-1)?.atMs) };
    this.#ports = ports;
    this.#run = run;
    this.#replayed = facts.length;
    this.#startedAtMs = facts[0]?.atMs ?? ports.clock.nowMs();
    this.#lastMs = facts.at(-1)?.atMs ?? 0;
    this.#driver = new LocalDriver(ports.clock);
    this.#timers = new TimerQueue(ports.clock, (timer) =>
      this.record({ type: "timer.fired", id: timerId(timer) }),
    );
    this.#workers = new Workers({
      performers: ports.performers,
      cache: ports.cache,
      gate: ports.gates?.gate(run.runId),
      settled: (task, outcome, cached) => this.#settled(task, outcome, cached),
      stopped: (path, attempt) => this.record({ type: "agent.stopped", path, attempt }),
      signalled: (path, signal) => {
        if (this.#signals$.observed) this.#signals$.next({ path, signal });
      },
      isHeard: () => this.#signals$.observed,
      board: {
        entry: (key) => run.boardEntry(key),
        record: (written) => this.record({ type: "board.written", ...written }),
      },
      said: (ofCall) => this.record(ofCall),
    });
    this.#endDurable.promise.catch(() => {});
    const ended = this.#finish();
    // Whoever cares awaits it; a run that is let go must not end the process of who does not.
    ended.catch(() => {});
    this.handle = {
      runId: run.runId,
      plan: run.plan,
      ended,
      events$: run.events$,
      signals$: this.#signals$.asObservable(),
      batch: ports.batch,
      settlement: (path) => run.settlement(path),
      get questions() {
        return run.questions;
      },
      get board() {
        return run.board;
      },
      cancel: (reason) => {
        this.record({ type: "run.cancelRequested", reason });
        return ended;
      },
      decide: (path, decision) => this.record({ type: "approval.decided", path, ...decision }),
    };
    if (run.callsUnderWay > 0) this.record({ type: "calls.lost" });
    if (run.active) pending.goLive(this.#effects(), ports.clock.nowMs());
  }

  /** Whether everything waits for a person. */
  get isSuspended(): boolean {
    return this.#run.state === "suspended";
  }

  /** Asked for when the last fact was applied: it need not observe the run's events, which are made only for those who do. */
  next(): Promise<Fact> {
    if (this.isSuspended)
      this.#ports.suspended({
        runId: this.#run.runId,
        // The acceptance, and every fact that it has been applied.
        records: 1 + this.#replayed + this.#driver.given,
        questions: this.#run.questions,
      });
    return this.#driver.next();
  }

  /** Takes over what has happened: puts it in the journal, then before the run. */
  record(happening: Happening, requestId?: number): void {
    if (!this.#run.active || this.#isLetGo) return;
    this.#lastMs = Math.max(this.#lastMs, this.#ports.clock.nowMs());
    const fact = happening as Writable<Fact>;
    fact.atMs = this.#lastMs;
    const body = JSON.stringify(fact);
    this.#ports.commit({
      runId: this.#run.runId,
      kind: "fact",
      body,
      ...(requestId === undefined ? {} : { requestId }),
      committed: () => this.#deliver(JSON.parse(body) as Fact),
    });
  }

  /** Stops all work without an end: `ended` rejects with `error`; the run can be resumed. */
  letGo(error: unknown): void {
    this.#isLetGo = true;
    this.#timers.clearAll();
    this.#workers.cancelAll();
    this.#driver.fail(error);
    this.#endDurable.reject(error);
  }

  #deliver(fact: Fact): void {
    if (fact.type === "run.started") this.#startedAtMs = fact.atMs;
    this.#driver.deliver(fact);
  }

  #settled(task: Task, outcome: Outcome, cached: boolean): void {
    const { path, attempt } = task;
    try {
      this.record(factOfOutcome(task, outcome, cached));
    } catch (error) {
      // Data that JSON cannot hold, a circle or a bigint, would be lost by a replay.
      const message = `the outcome cannot be recorded: ${thrownWords(error)}`;
      this.record({
        type: "agent.failed",
        path,
        attempt,
        failure: { code: "OUTPUT_INVALID", message, retryable: false, hint: "give plain JSON values" },
      });
    }
  }

  #effects(): EffectPort {
    return {
      // W3: a fact may have been on its way to the run when it was let go.
      dispatch: (task) => {
        if (!this.#isLetGo) this.#workers.dispatch(task);
      },
      cancel: (path, why) => this.#workers.cancel(path, why),
      stop: (path, attempt) => this.#workers.stop(path, attempt),
      setTimer: (timer, atMs) => {
        if (!this.#isLetGo) this.#timers.set(timer, this.#dueAt(timer, atMs));
      },
      clearTimer: (timer) => this.#timers.clear(timer),
      // The question is a consequence of the facts: whoever replays them finds it.
      askApproval: () => {},
      answerBoard: (path, attempt, write, receipt) =>
        this.#workers.answerBoard(path, attempt, write, receipt),
      answerCall: (path, attempt, call, refusal) => this.#workers.answerCall(path, attempt, call, refusal),
    };
  }

  /** An attempt has its whole time from when it begins, however long the commit before it took. */
  #dueAt({ purpose }: Timer, atMs: number): number {
    const { givenAtMs } = this.#driver;
    if (givenAtMs === null || purpose !== "timeout") return atMs;
    return atMs + Math.max(0, this.#ports.clock.nowMs() - givenAtMs);
  }

  async #finish(): Promise<RunEnd> {
    try {
      await drive(this.#run, this);
      return await this.#recordEnd();
    } finally {
      this.#isLetGo = true;
      this.#timers.clearAll();
      this.#workers.cancelAll();
      await this.#workers.drained(this.#ports.clock, LIMITS.drainMs);
      this.#signals$.complete();
      this.#ports.left();
    }
  }

  async #recordEnd(): Promise<RunEnd> {
    const { runId, plan, answer, stopped, board, budgets } = this.#run;
    const status = this.#run.status!;
    const endedAtMs = Math.max(this.#lastMs, this.#ports.clock.nowMs());
    const end: Ended = { status, atMs: endedAtMs, resultHash: sha3(JSON.stringify(answer)) };
    this.#ports.commit({
      runId,
      kind: "ended",
      body: JSON.stringify(end),
      committed: this.#endDurable.resolve,
    });
    await this.#endDurable.promise;
    const { policyHash } = this.#ports;
    const startedAtMs = this.#startedAtMs;
    return { runId, plan, status, answer, stopped, startedAtMs, endedAtMs, policyHash, board, budgets };
  }
}
