import type { AgentEvent } from "../machines/agent.ts";
import type { SupervisorContext } from "../machines/supervisor.ts";
import type { Failure } from "../plan/outcome.ts";
import type { PlanIndex } from "./plan-index.ts";
import type { RunEvent } from "./run-events.ts";
import { Supervision, type SupervisorRef } from "./supervision.ts";

/** What wards need of the run. */
export type WardsPorts = {
  readonly index: PlanIndex;
  readonly clock: { nowMs(): number };
  readonly notify: (event: RunEvent) => void;
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

  /** What the supervisor machine names. */
  supervisorActions() {
    const { clock, notify } = this.#ports;
    const actions = this.supervision.actions();
    return {
      ...actions,
      // Told before its children end: the run may end with them.
      abandonChildren: (from: Parameters<typeof actions.abandonChildren>[0]): void => {
        const { path, failure } = from.context;
        notify({ type: "supervisor.failed", path, failure: failure!, atMs: clock.nowMs() });
        actions.abandonChildren(from);
      },
      enlist: ({ context, self }: { context: SupervisorContext; self: SupervisorRef }): void =>
        this.supervision.open(context.path, self, this.#ports.index.supervisorOf(context.path)),
    };
  }

  isSupervised(path: string): boolean {
    return this.#ports.index.supervisorOf(path) !== null;
  }

  graceMs(path: string): number {
    const { index } = this.#ports;
    return index.group(index.supervisorOf(path)!).supervision!.graceMs;
  }

  enlist(path: string, send: (event: AgentEvent) => void): void {
    const supervisor = this.#ports.index.supervisorOf(path);
    if (supervisor === null) return;
    this.supervision.adopt(supervisor, path, {
      stop: () => send({ type: "stop" }),
      restart: () => send({ type: "restart" }),
      abandon: (failure) => send({ type: "abandon", failure }),
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
