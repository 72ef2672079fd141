import type { InspectionEvent } from "xstate";
import type { Fact, Task } from "../../../src/actors/ports.ts";
import { Run } from "../../../src/actors/run.ts";
import type { RunEvent } from "../../../src/actors/run-events.ts";
import type { AgentResult } from "../../../src/plan/outcome.ts";
import type { Plan } from "../../../src/plan/plan.ts";
import { type Command, RecordingEffects } from "../../support/recording-effects.ts";
import { completed, failed } from "../../support/scripted-performer.ts";
import { DONE, speechOf } from "./judging.ts";
import { attemptAt, attemptEnd, type Expected, expectedEnds } from "./oracle.ts";
import {
  type AttemptEnd,
  CONFIDENCE,
  isGranted,
  type PlacedNode,
  type PlanSpec,
  placeNodes,
  planOf,
} from "./plan-spec.ts";

export type Scenario = {
  readonly spec: PlanSpec;
  /** What happens next, step by step; when they are used up, always what has waited longest. */
  readonly choices: readonly number[];
  readonly stop: { readonly kind: "none" | "cancel" | "deadline"; readonly afterSteps: number };
};

export type Simulated = {
  readonly plan: Plan;
  readonly ends: ReadonlyMap<string, Expected>;
  readonly facts: readonly Fact[];
  readonly commands: readonly Command[];
  readonly events: readonly RunEvent[];
  readonly results: readonly AgentResult[];
  readonly run: Run;
  /** Rules that were broken on the way, each as a sentence. */
  readonly violations: readonly string[];
  /** How many results there were when the run was stopped; all of them when it was not. */
  readonly keptResults: number;
  readonly stopped: boolean;
};

const RUN_ID = "r_random";
const TIMEOUT_MS = 3_600_000;
const STEPS_MAX = 10_000;

/** Plays the world around a run: performers, timers and people, in an order that the choices give. */
export function simulate(scenario: Scenario, inspect?: (event: InspectionEvent) => void): Simulated {
  const world = new World(scenario, inspect);
  world.play();
  return world.report();
}

/** The same facts, applied to a new run. */
export function replay(plan: Plan, facts: readonly Fact[]): Pick<Simulated, "commands" | "events" | "run"> {
  const effects = new RecordingEffects();
  const run = new Run(plan, effects, { runId: RUN_ID, timeoutMs: TIMEOUT_MS });
  const events: RunEvent[] = [];
  run.events$.subscribe((event) => events.push(event));
  for (const fact of facts) run.apply(fact);
  return { commands: effects.commands, events, run };
}

class World {
  readonly #scenario: Scenario;
  readonly #plan: Plan;
  readonly #placed: ReadonlyMap<string, PlacedNode>;
  readonly #ends: ReadonlyMap<string, Expected>;
  readonly #needs: ReadonlyMap<string, readonly string[]>;
  readonly #effects = new RecordingEffects((command) => this.#hear(command));
  readonly #run: Run;
  readonly #facts: Fact[] = [];
  readonly #events: RunEvent[] = [];
  readonly #results: AgentResult[] = [];
  readonly #violations: string[] = [];
  readonly #working = new Map<string, Task>();
  readonly #timers = new Map<string, number>();
  readonly #everSet = new Set<string>();
  readonly #questions = new Set<string>();
  readonly #settled = new Set<string>();
  readonly #attempts = new Map<string, number>();
  #nowMs = 1_000;
  #keptResults: number | null = null;

  constructor(scenario: Scenario, inspect?: (event: InspectionEvent) => void) {
    this.#scenario = scenario;
    this.#plan = planOf(scenario.spec);
    this.#placed = placeNodes(scenario.spec);
    this.#ends = expectedEnds(scenario.spec);
    this.#needs = new Map(this.#plan.nodes.map(({ path, needs }) => [path, needs]));
    this.#run = new Run(this.#plan, this.#effects, {
      runId: RUN_ID,
      timeoutMs: TIMEOUT_MS,
      ...(inspect ? { inspect } : {}),
    });
    this.#run.events$.subscribe((event) => {
      this.#events.push(event);
      if (event.type === "agent.ended" || event.type === "group.ended") this.#settled.add(event.path);
    });
    this.#run.results$.subscribe((result) => this.#results.push(result));
  }

  play(): void {
    const { choices, stop } = this.#scenario;
    this.#apply({ type: "run.started", atMs: this.#nowMs });
    for (let step = 0; this.#run.active; step++) {
      if (step > STEPS_MAX) throw new Error("the run does not end");
      if (
        stop.kind !== "none" &&
        this.#keptResults === null &&
        step >= stop.afterSteps &&
        this.#may(stop.kind)
      )
        this.#stop(stop.kind);
      else this.#step(choices[step] ?? 0);
    }
    // A fact that comes after the end must find nobody.
    for (const fact of this.#facts.slice(-3)) this.#disturb(fact);
  }

  report(): Simulated {
    if (this.#working.size > 0)
      this.#violations.push(`still at work: ${[...this.#working.keys()].join(", ")}`);
    if (this.#timers.size > 0) this.#violations.push(`timers left: ${[...this.#timers.keys()].join(", ")}`);
    return {
      plan: this.#plan,
      ends: this.#ends,
      facts: this.#facts,
      commands: this.#effects.commands,
      events: this.#events,
      results: this.#results,
      run: this.#run,
      violations: this.#violations,
      keptResults: this.#keptResults ?? this.#results.length,
      stopped: this.#keptResults !== null,
    };
  }

  #step(choice: number): void {
    if (choice % 5 === 4) {
      this.#disturb(this.#noise(Math.floor(choice / 5)));
      return;
    }
    const moves = [...this.#outcomes(), ...this.#backoffs(), ...this.#decisions()];
    const move = moves[Math.floor(choice / 5) % Math.max(1, moves.length)];
    if (!move) throw new Error(`nothing can happen any more, the run is ${this.#run.state}`);
    this.#apply({ ...move, atMs: Math.max(this.#nowMs + 10, move.atMs) });
  }

  /** While only people are waited for, no deadline is set that could pass. */
  #may(kind: "cancel" | "deadline"): boolean {
    return kind === "cancel" || this.#timers.has("run/deadline");
  }

  #stop(kind: "cancel" | "deadline"): void {
    this.#keptResults = this.#results.length;
    this.#nowMs += 10;
    const atMs = this.#nowMs;
    this.#apply(
      kind === "cancel"
        ? { type: "run.cancelRequested", reason: "enough", atMs }
        : { type: "timer.fired", id: "run/deadline", atMs },
    );
  }

  #apply(fact: Fact): void {
    this.#nowMs = fact.atMs;
    this.#facts.push(fact);
    // What the world knows to be over is over before the run hears of it.
    if (fact.type === "agent.completed" || fact.type === "agent.failed" || fact.type === "agent.asked")
      this.#working.delete(fact.path);
    if (fact.type === "approval.decided") this.#questions.delete(fact.path);
    if (fact.type === "timer.fired") {
      this.#timers.delete(fact.id);
      this.#questions.delete(fact.id.replace(/#0\/approval$/, ""));
    }
    this.#run.apply(fact);
  }

  /** Applies a fact that must change nothing. */
  #disturb(fact: Fact): void {
    const before = this.#mark();
    this.#facts.push({ ...fact, atMs: this.#nowMs });
    this.#run.apply({ ...fact, atMs: this.#nowMs });
    const after = this.#mark();
    if (before !== after) this.#violations.push(`${JSON.stringify(fact)} changed ${before} to ${after}`);
  }

  #mark(): string {
    const { state, status } = this.#run;
    return JSON.stringify([state, status, this.#effects.commands.length, this.#events.length]);
  }

  /** A fact that was there before, one that comes too late, or one about nobody. */
  #noise(choice: number): Fact {
    const known = this.#facts.filter(({ type }) => type !== "run.started" && type !== "run.cancelRequested");
    const duplicate = known[Math.floor(choice / 4) % Math.max(1, known.length)];
    const stale = [...this.#everSet].filter((id) => !this.#timers.has(id) && id !== "run/deadline");
    const timer = stale[Math.floor(choice / 4) % Math.max(1, stale.length)];
    const atMs = this.#nowMs;
    if (choice % 4 === 0 && duplicate && !isDeadline(duplicate)) return duplicate;
    if (choice % 4 === 1 && timer !== undefined) return { type: "timer.fired", id: timer, atMs };
    if (choice % 4 === 2 && timer !== undefined) {
      const [, path, attempt] = /^(.*)#(\d+)\//.exec(timer)!;
      const late = { path: path!, attempt: Number(attempt), atMs };
      return { type: "agent.completed", outcome: completed("late"), ...late };
    }
    return { type: "approval.decided", path: "nobody", approved: true, atMs };
  }

  *#outcomes(): Generator<Fact> {
    for (const task of this.#working.values()) {
      const { path, attempt } = task;
      const work = this.#ends.get(path)!.work!;
      const end = attemptEnd(work, attempt);
      const base = { path, attempt, atMs: 0 };
      const timeout = `${path}#${attempt}/timeout`;
      if (end === "ok" || end === "unsure") {
        const confidence = { value: CONFIDENCE[end], source: "declared" } as const;
        const outcome = completed(`${path}${DONE}`, { confidence, ...speechOf(this.#placed, task) });
        yield { type: "agent.completed", outcome, ...base };
      } else if (end === "asks") {
        const expiry = { withinMs: 60_000, default: isGranted(work) ? "approve" : "reject" } as const;
        const deadline = work.expires ? { deadline: expiry } : {};
        yield { type: "agent.asked", asked: { question: "On?", state: attempt, ...deadline }, ...base };
      } else if (end === "timeout")
        yield { type: "timer.fired", id: timeout, atMs: this.#timers.get(timeout)! };
      else yield { type: "agent.failed", failure: failureOf(end), ...base };
    }
  }

  *#backoffs(): Generator<Fact> {
    for (const [id, atMs] of this.#timers)
      if (id.endsWith("/backoff")) yield { type: "timer.fired", id, atMs };
  }

  *#decisions(): Generator<Fact> {
    for (const path of this.#questions) {
      const work = this.#ends.get(path)!.work!;
      const id = `${path}#0/approval`;
      if (work.expires) {
        yield { type: "timer.fired", id, atMs: this.#timers.get(id)! };
        continue;
      }
      yield { type: "approval.decided", path, approved: isGranted(work), answer: "fine", atMs: 0 };
    }
  }

  #hear(command: Command): void {
    if (!this.#run.active) this.#violations.push(`${command.type} after the end of the run`);
    switch (command.type) {
      case "dispatch":
        this.#dispatched(command.task);
        return;
      case "cancel":
        if (!this.#working.delete(command.path))
          this.#violations.push(`cancelled ${command.path}, which is idle`);
        return;
      case "setTimer":
        this.#timers.set(command.id, command.atMs);
        this.#everSet.add(command.id);
        return;
      case "clearTimer":
        this.#timers.delete(command.id);
        return;
      case "askApproval":
        this.#questions.add(command.path);
    }
  }

  #dispatched(task: Task): void {
    const { path, attempt } = task;
    const say = (violation: string): void => void this.#violations.push(`${path}#${attempt} ${violation}`);
    if (this.#keptResults !== null) say("was dispatched after the run was stopped");
    if (this.#working.has(path)) say("was dispatched while an attempt was under way");
    if (attempt !== (this.#attempts.get(path) ?? 0) + 1) say(`follows attempt ${this.#attempts.get(path)}`);
    this.#attempts.set(path, attempt);
    const { alternative } = attemptAt(this.#ends.get(path)!.work!, attempt);
    if ((task.alternative?.index ?? 0) !== alternative || task.agent !== agentAt(alternative))
      say(`is at ${task.agent}, not at ${agentAt(alternative)}`);
    this.#working.set(path, task);
    const { agents, cpu } = this.#scenario.spec;
    const cores = [...this.#working.keys()].reduce((sum, at) => sum + this.#ends.get(at)!.work!.cpu, 0);
    if (this.#working.size > agents) say(`makes ${this.#working.size} agents of ${agents}`);
    if (cores > cpu) say(`makes ${cores} cores of ${cpu}`);
    for (let at: string | null = path; at !== null; at = this.#ends.get(at)!.parent) {
      for (const need of this.#needs.get(at) ?? []) {
        if (!this.#settled.has(need)) say(`did not wait for ${need}`);
        if (!this.#ends.get(need)!.satisfied) say(`was not kept back by ${need}`);
      }
    }
  }
}

/** As the plans of tests name them. */
function agentAt(alternative: number): string {
  return alternative === 0 ? "worker" : `worker${alternative}`;
}

function isDeadline(fact: Fact): boolean {
  return fact.type === "timer.fired" && fact.id === "run/deadline";
}

function failureOf(end: AttemptEnd) {
  const outcome = failed(end === "shut" ? "BREAKER_OPEN" : "SCRIPTED", { retryable: end !== "fatal" });
  if (outcome.kind !== "failed") throw new Error("a failure was asked for");
  return outcome.failure;
}
