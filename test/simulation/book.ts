import type { Task } from "../../src/actors/ports.ts";
import type { Question } from "../../src/actors/question.ts";
import type { RunEvent } from "../../src/actors/run-events.ts";
import type { RunEnd } from "../../src/engine/engine.ts";
import type { Draft, StoredRecord } from "../../src/engine/journal.ts";
import type { Outcome } from "../../src/plan/outcome.ts";
import type { Plan } from "../../src/plan/plan.ts";
import { ActorWatch } from "./actor-watch.ts";
import { RulesOfBudgets } from "./budget-rules.ts";
import { type CallRules, RulesOfCalls } from "./call-rules.ts";
import { QuestionBook, questionKey } from "./question-book.ts";
import { RulesOfRecords } from "./record-rules.ts";
import type { SimCase } from "./sim-case.ts";
import type { SimulatedTime } from "./simulated-time.ts";
import type { Trace } from "./trace.ts";
import { WardBook } from "./ward-book.ts";

/** What must hold in every simulated world; docs/reference/simulation.md says each in a sentence. */
export type Invariant =
  | "acknowledged is durable"
  | "recorded is never run again"
  | "the key stays the same"
  | "one end"
  | "capacity"
  | "within budget"
  | "one driver"
  | "supervised"
  | "restarted by the rules"
  | "asked, then told"
  | "judged as said"
  | "the surer stands"
  | "silence"
  | "in order"
  | "in time"
  | "heard is recorded"
  | "asked is done"
  | "every run ends"
  | "faithful"
  | "as the rules say";

export type Violation = { readonly invariant: Invariant; readonly detail: string };

export type Call = {
  readonly pid: number;
  readonly path: string;
  readonly attempt: number;
  readonly key: string;
  readonly signal: AbortSignal;
  answered: boolean;
};

/**
 * How long a process that is awake may take to record what another one asks, ms: the engine looks every 100, and tries a
 * locked journal again after 25.
 */
const NOTICE_MS = 200;

type Moment = { readonly step: number; readonly atMs: number };

/** One process's time as the driver of the run. */
export type Drive = {
  readonly pid: number;
  /** What its observers have seen, from the run's first event on. */
  readonly shown: RunEvent[];
  /** Paths of nodes that it has shown to have ended. */
  readonly settled: Set<string>;
  readonly ended: Set<string>;
  readonly begun: Set<string>;
  readonly calls: Set<Call>;
  readonly actors: ActorWatch;
  readonly wards: WardBook;
  readonly questions: QuestionBook;
  /** Since when it has been awake. */
  since: Moment;
  /** Answers given and not yet due in the records. */
  heard: { readonly call: Call; readonly step: number }[];
  state: "driving" | "stopped" | "over";
  hasEnded: boolean;
  /** Whether it has recorded that the run is to stop, or knows it from the records. */
  isTold: boolean;
};

/**
 * Purpose: know what happened in a simulated world, and say what should not have.
 * Owns: calls, answers, what was shown and what was acknowledged, as the world outside the product sees them.
 * Does not own: anything the product keeps; it reads the disk and what is handed to performers and observers.
 */
export class Book {
  readonly violations: Violation[] = [];
  readonly drives = new Map<number, Drive>();
  acknowledged: Pick<StoredRecord, "kind" | "body">[] = [];
  readonly trace: Trace;
  readonly time: SimulatedTime;
  readonly records: RulesOfRecords;
  readonly budget: RulesOfBudgets;
  readonly #rules: CallRules;
  readonly #case: SimCase;
  readonly #plan: Plan;
  readonly #tasks = new Map<string, string>();
  readonly #calledAtMs = new Map<string, number>();
  readonly #decided = new Set<string>();
  readonly driverOf: () => number | null;
  step = 0;
  calls = 0;
  /** When a cancellation was sent to whoever drives the run. */
  cancelSent: Moment | null = null;

  constructor(
    one: SimCase,
    plan: Plan,
    time: SimulatedTime,
    trace: Trace,
    ports: { readonly runId: string; readonly driverOf: () => number | null },
  ) {
    this.#case = one;
    this.#plan = plan;
    this.trace = trace;
    this.time = time;
    this.driverOf = ports.driverOf;
    this.records = new RulesOfRecords(one, {
      say: (invariant, detail) => this.say(invariant, detail),
      workedMs: (key) => time.nowMs - (this.#calledAtMs.get(key) ?? time.nowMs),
    });
    this.budget = new RulesOfBudgets(one.budget || Number.POSITIVE_INFINITY, (invariant, detail) =>
      this.say(invariant, detail),
    );
    this.#rules = new RulesOfCalls(one, plan, ports.runId, this);
  }

  get now(): Moment {
    return { step: this.step, atMs: this.time.nowMs };
  }

  say(invariant: Invariant, detail: string): void {
    this.trace.note(`VIOLATION ${invariant}: ${detail}`);
    this.violations.push({ invariant, detail });
  }

  /** A process begins to drive; `shown`: what it is shown of the time before. */
  drive(pid: number): Drive {
    const made: Drive = {
      pid,
      shown: [],
      settled: new Set(),
      ended: new Set(),
      begun: new Set(),
      calls: new Set(),
      actors: new ActorWatch(),
      wards: new WardBook(this.#case, {
        plan: this.#plan,
        wallMs: () => this.time.wallMs,
        callOf: (path, attempt) =>
          [...made.calls].find((call) => call.path === path && call.attempt === attempt),
        say: (detail) => this.say("restarted by the rules", `${detail} (${pid})`),
      }),
      questions: new QuestionBook(),
      since: this.now,
      heard: [],
      state: this.records.stopped ? "stopped" : "driving",
      hasEnded: false,
      isTold: this.records.stopped,
    };
    this.drives.set(pid, made);
    return made;
  }

  show(pid: number, event: RunEvent): void {
    const drive = this.drives.get(pid)!;
    this.trace.note(`${pid} shows ${JSON.stringify(event)}`);
    const before = drive.shown.at(-1);
    if (before?.type === "run.ended") this.say("one end", `${event.type} after run.ended`);
    drive.shown.push(event);
    drive.wards.show(event);
    drive.questions.show(event);
    if (event.type !== "agent.ended" && event.type !== "group.ended") return;
    // A fork whose agents were never made has a result too: that of the agents that it stands for.
    const name = `${event.type} ${event.path}`;
    if (drive.ended.has(name)) this.say("one end", `${event.path} ended twice`);
    drive.ended.add(name);
    drive.settled.add(event.path);
  }

  /** Somebody decides what was asked. */
  decided(question: Question): void {
    this.#decided.add(questionKey(question));
  }

  /** Whether what was asked is decided, or its time is over: with a clock that jumps nobody outside knows when it is. */
  isDecided(question: Question): boolean {
    const { untilMs } = question;
    const mayBeOver = this.#case.faults.some(({ kind }) => kind === "clock.jump");
    const isOver = untilMs !== undefined && (mayBeOver || this.time.wallMs >= untilMs);
    return isOver || this.#decided.has(questionKey(question));
  }

  called(pid: number, task: Task, key: string, signal: AbortSignal): Call {
    const { path, attempt } = task;
    const call: Call = { pid, path, attempt, key, signal, answered: false };
    this.calls++;
    this.trace.note(`${this.time.nowMs} ${pid} calls ${key}`);
    const drive = this.drives.get(pid);
    if (!drive) {
      this.say("one driver", `process ${pid} works without a run`);
      return call;
    }
    const text = JSON.stringify(task);
    const known = this.#tasks.get(`${path}#${attempt}`);
    if (known !== undefined && known !== text) this.say("the key stays the same", `${key} is another task`);
    this.#tasks.set(`${path}#${attempt}`, text);
    this.#calledAtMs.set(`${path}#${attempt}`, this.time.nowMs);
    this.#rules.check(call, task, drive);
    drive.begun.add(`${path}#${attempt}`);
    drive.calls.add(call);
    return call;
  }

  /** A performer has returned; `crashed`: it throws. */
  answered(call: Call, outcome: { readonly kind: Outcome["kind"] | "crashed" }): void {
    if (call.answered) return;
    call.answered = true;
    this.trace.note(`${this.time.nowMs} ${call.pid} answers ${call.key} ${outcome.kind}`);
    const drive = this.drives.get(call.pid)!;
    // Who was stopped by a supervisor is waited for.
    const isAwaited = !call.signal.aborted || drive.wards.isStopping(call);
    drive.calls.delete(call);
    if (isAwaited && drive.state !== "over") drive.heard.push({ call, step: this.step });
  }

  /** A commit has returned: whoever waited for it is told. */
  committed(pid: number, drafts: readonly Draft[]): void {
    this.acknowledged.push(...drafts);
    for (const { kind, body } of drafts) this.trace.note(`${pid} records ${kind} ${body}`);
    this.records.committed(drafts);
    const drive = this.drives.get(pid);
    if (!drive || drafts.length === 0) return;
    // A run whose last fact is recorded has ended, though its end may not be recorded yet.
    if (drafts.some(({ kind }) => kind === "fact")) this.#checkCancel(drive);
    drive.isTold ||= this.records.stopped;
    const due = drive.heard.filter(({ step }) => step < this.step);
    drive.heard = drive.heard.filter(({ step }) => step >= this.step);
    for (const { call } of due)
      if (!this.records.isOver(call.path, call.attempt))
        this.say("heard is recorded", `the answer of ${call.key} is not in the records`);
  }

  /** A cancellation that was sent is taken by the next process at once, by one that is awake within a poll. */
  #checkCancel({ pid, since }: Drive): void {
    if (!this.cancelSent || this.records.stopped) return;
    const { step, atMs } = this.cancelSent;
    if (since.step > step || this.time.nowMs - Math.max(atMs, since.atMs) > NOTICE_MS)
      this.say(
        "asked is done",
        `${pid} goes on, though a cancellation was sent ${this.time.nowMs - atMs} ms ago`,
      );
  }

  /** What is on the disk after a cut must begin with all that was acknowledged. */
  survived(records: readonly StoredRecord[]): void {
    const missing = this.acknowledged.findIndex(
      ({ kind, body }, index) => records[index]?.kind !== kind || records[index]?.body !== body,
    );
    if (missing >= 0) this.say("acknowledged is durable", `record ${missing} is not there any more`);
    // What is there without having been acknowledged must stay from now on: others will have read it.
    this.acknowledged = [...records];
    this.records.reread(records);
  }

  /** A process has ended, let go of the run, or lost it. */
  over(pid: number, how: "dead" | "let go" | "ended"): void {
    const drive = this.drives.get(pid);
    if (!drive) return;
    drive.state = "over";
    drive.hasEnded = how === "ended";
    drive.heard = [];
    if (how !== "dead") this.#mustBeAborted(drive, `after the run was ${how}`);
    drive.calls.clear();
  }

  /** After everything that follows from one event has happened. */
  settle(): void {
    for (const drive of this.drives.values()) {
      // The actors of a run that was let go are garbage: nobody sends them anything any more.
      const isLeft = drive.state === "over" && !drive.hasEnded;
      if (!isLeft)
        for (const problem of drive.actors.problems(drive.hasEnded, drive.settled))
          this.say("supervised", problem);
      if (drive.state === "driving") drive.wards.settle();
      if (drive.state !== "driving" || !drive.isTold) continue;
      drive.state = "stopped";
      this.#mustBeAborted(drive, "after the run was stopped");
    }
  }

  /** The end that a handle has told. */
  ended(pid: number, { status, answer }: RunEnd): void {
    this.trace.note(`${pid} ends ${status} ${JSON.stringify(answer)}`);
  }

  #mustBeAborted(drive: Drive, when: string): void {
    for (const { key, signal, answered } of drive.calls)
      if (!signal.aborted && !answered) this.say("silence", `${key} is still at work ${when}`);
  }
}
