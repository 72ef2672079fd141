import type { Question } from "../../../actors/question.ts";
import type { RunEvent } from "../../../actors/run-events.ts";
import type { DurableEngine } from "../../../engine/durable-engine.ts";
import type { FollowedRun } from "../../../engine/followed-run.ts";
import { RunTree } from "../progress/run-tree.ts";

/** What a monitor tells of one run; the counts are of agents. */
export type Sight = {
  readonly ended: number;
  readonly total: number;
  readonly running: number;
  readonly failed: number;
  readonly isSuspended: boolean;
  /** What people are asked. */
  readonly waitingFor: readonly Question[];
  /** Of the last thing that happened, ms since the epoch. */
  readonly lastMs: number;
};

/** A run that is watched through its records, with the tree of what is known of it. */
export class FollowedTree {
  readonly followed: FollowedRun;
  #tree: RunTree | undefined;
  #early: RunEvent[] = [];
  #lastMs = 0;

  /** Throws AbyssalError RUN_UNKNOWN, JOURNAL_*; `heard` gets every event, what has happened so far first. */
  constructor(engine: DurableEngine, runId: string, heard: (event: RunEvent) => void = () => {}) {
    this.followed = engine.follow(runId, (event) => {
      this.#lastMs = event.atMs;
      if (this.#tree) this.#tree.apply(event);
      else this.#early.push(event);
      heard(event);
    });
    this.#tree = new RunTree(this.followed.accepted.plan);
    for (const event of this.#early) this.#tree.apply(event);
    this.#early = [];
  }

  get tree(): RunTree {
    return this.#tree!;
  }

  get sight(): Sight {
    const { run, pending, accepted } = this.followed;
    const { ended, total, active, failed } = this.tree.root;
    const waitingFor = pending.questions;
    return {
      ended,
      total: Math.max(total, accepted.plan.bounds.agents.expected),
      running: Math.max(0, active - waitingFor.length),
      failed,
      isSuspended: run.state === "suspended",
      waitingFor,
      lastMs: this.#lastMs,
    };
  }
}
