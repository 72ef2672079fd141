import type { AgentEvent } from "../machines/agent.ts";
import type { Failure } from "../plan/outcome.ts";
import type { PlanIndex } from "./plan-index.ts";
import type { Notify } from "./run-events.ts";
import { Supervision, type SupervisorRef } from "./supervision.ts";

/** What wards need of the run. */
export type WardsPorts = {
  readonly index: PlanIndex;
  readonly clock: { nowMs(): number };
  readonly notify: Notify;
  readonly raise: (then: () => void) => void;
  readonly raiseFirst: (thens: readonly (() => void)[]) => void;
  /** Ends what has not started below a supervisor that has failed, and stops the rest. */
  readonly giveUp: (path: string, failure: Failure) => void;
};

/** Connects a plan's agents with the supervisors that its groups declare; agents without one are nobody's concern here. */
export class Wards {
  readonly supervision: Supervision;
  readonly #ports: WardsPorts;

  constructor(ports: WardsPorts) {
    this.#ports = ports;
    const { raise, raiseFirst, clock, giveUp } = ports;
    this.supervision = new Supervision({
      raise,
      raiseFirst,
      nowMs: clock.nowMs,
      failed: giveUp,
    });
  }

  /** Takes on the supervisor of a group. */
  open(path: string, ref: SupervisorRef): void {
    this.supervision.open(path, ref, this.#ports.index.supervisorOf(path));
  }

  /** A supervisor has failed: told before its children end, because the run may end with them. */
  abandon(path: string, failure: Failure): void {
    const { clock, notify } = this.#ports;
    notify(() => ({ type: "supervisor.failed", path, failure, atMs: clock.nowMs() }));
    this.supervision.abandon(path, failure);
  }

  isSupervised(path: string): boolean {
    return this.#ports.index.supervisorOf(path) !== null;
  }

  graceMs(path: string): number {
    const { index } = this.#ports;
    return index.group(index.supervisorOf(path)!).supervision!.graceMs;
  }

  enlist(path: string, ref: { send(event: AgentEvent): void }): void {
    const supervisor = this.#ports.index.supervisorOf(path);
    if (supervisor === null) return;
    this.supervision.adopt(supervisor, path, {
      stop: () => ref.send({ type: "stop" }),
      restart: () => ref.send({ type: "restart" }),
      abandon: (failure) => ref.send({ type: "abandon", failure }),
    });
  }

  left(path: string): void {
    const supervisor = this.#ports.index.supervisorOf(path);
    if (supervisor !== null) this.supervision.left(supervisor, path);
  }

  crashed(path: string, failure: Failure): void {
    const { index, clock } = this.#ports;
    this.supervision.crashed(index.supervisorOf(path)!, path, clock.nowMs(), failure);
  }

  stopped(path: string): void {
    this.supervision.stopped(this.#ports.index.supervisorOf(path)!, path);
  }
}
