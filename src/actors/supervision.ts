import type { ActorRefFrom } from "xstate";
import type { SupervisorEvent, supervisorMachine } from "../machines/supervisor.ts";
import type { Failure } from "../plan/outcome.ts";

/** A child of a supervisor: an agent, or another supervisor. */
export type SupervisedUnit = {
  /** Brings it to rest; it reports `stopped` or `left` sooner or later, at once too. */
  stop(): void;
  /** Lets it go on from rest. */
  restart(): void;
  /** Ends it for good, from rest. */
  abandon(failure: Failure): void;
};

/** A live supervisor. */
export type SupervisorRef = Pick<ActorRefFrom<typeof supervisorMachine>, "send">;

type Ward = {
  /** Null until it has started; some of its children may start first. */
  ref: SupervisorRef | null;
  owner: string | null;
  isClosed: boolean;
  /** In the order in which they were first started. */
  readonly units: Map<string, SupervisedUnit>;
  readonly stopping: Set<string>;
  readonly atRest: Set<string>;
};

/** What supervisors need of the run. */
export type SupervisionPorts = {
  /** Carries something out when what is under way has been told to everybody. */
  readonly raise: (then: () => void) => void;
  /** As `raise`, before everything else that was raised. */
  readonly raiseFirst: (thens: readonly (() => void)[]) => void;
  /** A supervisor has failed: nothing more is to be started below it. */
  readonly failed: (path: string, failure: Failure) => void;
  /** The time of the fact that is being applied, ms since the epoch. */
  readonly nowMs: () => number;
};

/**
 * Purpose: know the live children of each supervisor, and do with them what its machine decides.
 * Owns: who is supervised by whom, in which order they were started, who is at rest. Does not own: decisions, agents.
 * Invariants:
 * V1 a supervisor's children are stopped in the reverse order of their start, and started again in its order.
 * V2 what has ended is no child any more: recorded work is not done again by a restart.
 * V3 every stop is answered once, by `stopped` or `left`.
 */
export class Supervision {
  readonly #ports: SupervisionPorts;
  readonly #wards = new Map<string, Ward>();

  constructor(ports: SupervisionPorts) {
    this.#ports = ports;
  }

  /** Takes a supervisor on; `owner` is its own supervisor. */
  open(path: string, ref: SupervisorRef, owner: string | null): void {
    Object.assign(this.#ward(path), { ref, owner });
    if (owner === null) return;
    this.adopt(owner, path, {
      stop: () => ref.send({ type: "stop" }),
      restart: () => ref.send({ type: "restart" }),
      abandon: (failure) => ref.send({ type: "abandon", failure }),
    });
  }

  /** Everything below a supervisor has ended. */
  close(path: string): void {
    const ward = this.#wards.get(path);
    if (!ward) return;
    this.#wards.delete(path);
    ward.isClosed = true;
    if (ward.owner !== null) this.left(ward.owner, path);
  }

  adopt(supervisor: string, path: string, unit: SupervisedUnit): void {
    this.#ward(supervisor).units.set(path, unit);
  }

  /** A child has ended. */
  left(supervisor: string, path: string): void {
    const ward = this.#wards.get(supervisor);
    if (!ward?.units.delete(path)) return;
    ward.atRest.delete(path);
    if (ward.stopping.delete(path)) this.#tell(ward, { type: "child.stopped", path });
  }

  /** A child has crashed, and is at rest. */
  crashed(supervisor: string, path: string, atMs: number, failure: Failure): void {
    const ward = this.#wards.get(supervisor);
    if (!ward) return;
    ward.atRest.add(path);
    this.#tell(ward, { type: "child.crashed", path, atMs, failure });
  }

  /** A child that was told to stop is at rest. */
  stopped(supervisor: string, path: string): void {
    const ward = this.#wards.get(supervisor);
    if (!ward?.stopping.delete(path)) return;
    ward.atRest.add(path);
    this.#tell(ward, { type: "child.stopped", path });
  }

  /** Of the live children that `affected` names, in the order of their start, those that are neither at rest nor told to stop. */
  stoppable(path: string, affected: (live: Units) => Units): Units {
    const ward = this.#wards.get(path)!;
    return affected([...ward.units.keys()]).filter(
      (unit) => !ward.stopping.has(unit) && !ward.atRest.has(unit),
    );
  }

  /** Stops children, the newest first. */
  stop(path: string, chosen: Units): void {
    const ward = this.#wards.get(path)!;
    for (const unit of chosen) ward.stopping.add(unit);
    for (const unit of [...chosen].reverse()) ward.units.get(unit)?.stop();
  }

  /** A supervisor that was told to stop is at rest. */
  reportStopped(path: string): void {
    const { owner } = this.#wards.get(path)!;
    if (owner !== null) this.stopped(owner, path);
  }

  /** Ends the children of a supervisor that has failed. */
  abandon(path: string, failure: Failure): void {
    const { units } = this.#wards.get(path)!;
    const ends = [...units].reverse().map(([name, unit]) => () => {
      if (units.get(name) === unit) unit.abandon(failure);
    });
    this.#ports.raiseFirst([...ends, () => this.#ports.failed(path, failure)]);
  }

  /** Starts the children that are at rest, in the order in which they were started first. */
  startHeld(path: string): void {
    const ward = this.#wards.get(path)!;
    const held = [...ward.units].filter(([unit]) => ward.atRest.has(unit));
    ward.atRest.clear();
    for (const [, unit] of held) unit.restart();
  }

  /** A supervisor cannot go on: its own decides; without one it fails. */
  escalate(path: string, failure: Failure): void {
    const ward = this.#wards.get(path)!;
    if (ward.owner !== null) this.crashed(ward.owner, path, this.#ports.nowMs(), failure);
    else this.#tell(ward, { type: "abandon", failure });
  }

  #ward(path: string): Ward {
    const known = this.#wards.get(path);
    if (known) return known;
    const ward: Ward = {
      ref: null,
      owner: null,
      isClosed: false,
      units: new Map(),
      stopping: new Set(),
      atRest: new Set(),
    };
    this.#wards.set(path, ward);
    return ward;
  }

  #tell(ward: Ward, event: SupervisorEvent): void {
    this.#ports.raise(() => {
      // Everything below it may have ended meanwhile.
      if (!ward.isClosed) ward.ref!.send(event);
    });
  }
}

type Units = readonly string[];
