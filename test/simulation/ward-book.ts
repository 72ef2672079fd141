import type { RunEvent } from "../../src/actors/run-events.ts";
import { isCrash } from "../../src/plan/outcome.ts";
import type { GroupNode, Plan } from "../../src/plan/plan.ts";
import type { Call } from "./book.ts";
import type { SimCase } from "./sim-case.ts";

type WardPorts = {
  readonly plan: Plan;
  readonly wallMs: () => number;
  /** A call of this process that has not returned. */
  readonly callOf: (path: string, attempt: number) => Call | undefined;
  readonly say: (detail: string) => void;
};

/** How late a grace may be noticed, ms. */
const NOTICE_MS = 200;

type Stop = { readonly path: string; readonly attempt: number; readonly atMs: number };

/**
 * Purpose: know who was stopped, crashed and started again below which supervisor, from what one process has shown.
 * Owns: attempts that were begun anew, stops, crashes. Does not own: what supervisors decide; it is held against their rules.
 */
export class WardBook {
  readonly #ports: WardPorts;
  readonly #groups: ReadonlyMap<string, GroupNode>;
  readonly #parents: ReadonlyMap<string, string | null>;
  readonly #hasJumped: boolean;
  readonly #standsStill: boolean;
  readonly #stops = new Map<string, Stop>();
  readonly #held = new Set<string>();
  readonly #ready = new Set<string>();
  readonly #atRest = new Set<string>();
  readonly #anew = new Map<string, Set<number>>();
  readonly #crashes = new Map<string, number[]>();
  readonly #exceeded = new Set<string>();
  readonly #endedStopping = new Set<string>();
  /** Whether a supervisor has given up what is below it. */
  hasFailed = false;

  constructor({ faults }: SimCase, ports: WardPorts) {
    const { nodes } = ports.plan;
    this.#ports = ports;
    this.#groups = new Map(nodes.flatMap((node) => (node.kind === "agent" ? [] : [[node.path, node]])));
    this.#parents = new Map(nodes.map(({ path, parent }) => [path, parent]));
    this.#hasJumped = faults.some(({ kind }) => kind === "clock.jump");
    this.#standsStill = faults.some(({ kind }) => kind === "stall" || kind === "busy");
  }

  /** The nearest group around a node that declares supervision. */
  supervisorOf(path: string): GroupNode | null {
    const above = this.#parents.has(path) ? this.#parents.get(path)! : path.replace(/\.\d+$/, "");
    for (let at: string | null = above; at !== null; at = this.#parents.get(at) ?? null) {
      const group = this.#groups.get(at)!;
      if (group.supervision) return group;
    }
    return null;
  }

  /** How many attempts before this one crashed or were stopped under a supervisor. */
  begunAnew(path: string, attempt: number): number {
    return [...(this.#anew.get(path) ?? [])].filter((one) => one < attempt).length;
  }

  /** Which attempt of `retry` an attempt is. */
  countedAttempt(path: string, attempt: number): number {
    return attempt - this.begunAnew(path, attempt);
  }

  /** The attempt that is the n-th of those that were not begun anew, from 1. */
  attemptCounted(path: string, counted: number): number {
    let attempt = counted;
    while (this.#anew.get(path)?.has(attempt) || this.countedAttempt(path, attempt) < counted) attempt++;
    return attempt;
  }

  /** Whether an agent ended while it was to stop. */
  hasEndedStopping(path: string): boolean {
    return this.#endedStopping.has(path);
  }

  /** Whether an agent was brought to rest after this attempt had begun, and before the next. */
  wasHeld(path: string, attempt: number): boolean {
    return this.#held.has(`${path}#${attempt}`);
  }

  /** Whether a call that was told to stop still holds its slot: it has not returned, nor is its grace over. */
  isStopping({ path, attempt }: Pick<Call, "path" | "attempt">): boolean {
    const stop = this.#stops.get(`${path}#${attempt}`);
    if (!stop || !this.#ports.callOf(path, attempt)) return false;
    const { graceMs } = this.supervisorOf(path)!.supervision!;
    // With a clock that jumps nobody outside knows when a span is over.
    return !this.#hasJumped && this.#ports.wallMs() - stop.atMs < graceMs;
  }

  /** After everything that follows from one event: whoever is to stop has been told, and is not waited for beyond its grace. */
  settle(): void {
    for (const { path, attempt, atMs } of this.#stops.values()) {
      const call = this.#ports.callOf(path, attempt);
      // What another process began has returned with it.
      if (!call) continue;
      if (!call.signal.aborted) this.#ports.say(`${call.key} is to stop, and was not told`);
      const { graceMs } = this.supervisorOf(path)!.supervision!;
      const isLate = this.#ports.wallMs() - atMs > graceMs + NOTICE_MS;
      if (isLate && !this.#standsStill && !this.#hasJumped && !this.#held.has(`${path}#${attempt}`))
        this.#ports.say(`${path}#${attempt} is waited for, though its grace is over`);
    }
  }

  show(event: RunEvent): void {
    switch (event.type) {
      case "agent.stopping":
        this.#stopping(event);
        return;
      case "agent.held": {
        const { path, attempt, failure } = event;
        const key = `${path}#${attempt}`;
        this.#held.add(key);
        // What has not begun yet begins when it may, also while others are to stop: that is no restart.
        if (this.#ready.has(path)) this.#atRest.add(path);
        if (failure || this.#stops.has(key))
          this.#anew.set(path, (this.#anew.get(path) ?? new Set()).add(attempt));
        if (failure) this.#crashed(path, event.atMs, isCrash(failure));
        return;
      }
      case "agent.ready":
        this.#ready.add(event.path);
        if (this.#atRest.delete(event.path)) this.#restarted(event.path);
        return;
      case "agent.ended":
        this.#atRest.delete(event.path);
        for (const [key, { path }] of this.#stops) {
          if (path !== event.path) continue;
          if (!this.#held.has(key)) this.#endedStopping.add(path);
          this.#stops.delete(key);
        }
        return;
      case "supervisor.failed":
        this.hasFailed = true;
        this.#failed(event.path);
    }
  }

  #stopping({ path, attempt, atMs }: Stop): void {
    if (!this.supervisorOf(path)) this.#ports.say(`${path} is stopped, and has no supervisor`);
    this.#stops.set(`${path}#${attempt}`, { path, attempt, atMs });
  }

  #crashed(path: string, atMs: number, isOne: boolean): void {
    const group = this.supervisorOf(path);
    if (!group || !isOne) {
      this.#ports.say(`${path} is held after what is no crash under a supervisor`);
      return;
    }
    const { restartsMax, withinMs } = group.supervision!;
    const crashes = [...(this.#crashes.get(group.path) ?? []), atMs].filter((at) => atMs - at <= withinMs);
    this.#crashes.set(group.path, crashes);
    if (crashes.length > restartsMax) this.#exceeded.add(group.path);
  }

  #restarted(path: string): void {
    const group = this.supervisorOf(path);
    if (!group) return;
    for (const stop of this.#stops.values())
      if (this.supervisorOf(stop.path) === group && this.isStopping(stop))
        this.#ports.say(`${path} is started again before ${stop.path}#${stop.attempt} has stopped`);
    if (!this.#exceeded.has(group.path)) return;
    // The supervisor around it has begun it anew; without one nothing may be.
    if (this.supervisorOf(group.path)) {
      this.#exceeded.delete(group.path);
      this.#crashes.delete(group.path);
    } else this.#ports.say(`${path} is started again, though ${group.path} has had too many crashes`);
  }

  #failed(path: string): void {
    const isAlone = [...this.#groups.values()].every(
      (group) => !group.supervision || this.supervisorOf(group.path)?.path !== path,
    );
    if (isAlone && !this.supervisorOf(path) && !this.#exceeded.has(path))
      this.#ports.say(`${path} gives up, and has not had too many crashes`);
  }
}
