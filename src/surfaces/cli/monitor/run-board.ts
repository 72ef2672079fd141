import type { DurableEngine, RunSummary } from "../../../engine/durable-engine.ts";
import { AbyssalError } from "../../../shared/diagnostic.ts";
import { FollowedTree, type Sight } from "./followed-tree.ts";

/** Unfinished runs whose records are followed, the newest first; of those beyond only their status is told. */
const FOLLOWED_MAX = 50;

/** One run on the board; the counts are null where its records are not followed, or cannot be read. */
export type BoardRow = {
  readonly runId: string;
  readonly status: RunSummary["status"];
  readonly agents: number;
  readonly ended: number | null;
  readonly running: number | null;
  readonly failed: number | null;
  readonly startedAtMs: number;
  readonly endedAtMs: number | null;
  /** Of the last thing that happened; null where it is not known. */
  readonly lastMs: number | null;
  readonly waitingFor: Sight["waitingFor"];
  readonly pid: number | null;
  readonly program: string;
};

/**
 * Purpose: how all runs of a folder stand, kept up through their records while others drive them.
 * Owns: what it follows. Does not own: the records; it writes nothing.
 * Invariants:
 * B1 a run that has ended is followed no more, and its records are not read again.
 * B2 a run whose records cannot be read hides no other.
 */
export class RunBoard {
  readonly #engine: DurableEngine;
  readonly #followed = new Map<string, FollowedTree | "unreadable">();
  readonly #final = new Map<string, Sight>();

  constructor(engine: DurableEngine) {
    this.#engine = engine;
  }

  /** The rows as of now, the newest run first. */
  refresh(): readonly BoardRow[] {
    let followed = 0;
    return this.#engine.list().map((summary) => {
      const { runId, status } = summary;
      if (summary.endedAtMs !== null) return rowOf(summary, status, this.#end(runId));
      followed++;
      const sight = followed <= FOLLOWED_MAX ? this.#look(runId) : undefined;
      return rowOf(summary, sight?.isSuspended ? "suspended" : status, sight);
    });
  }

  /** The last sight of a run that was followed until its end. */
  #end(runId: string): Sight | undefined {
    if (this.#followed.has(runId)) {
      const sight = this.#look(runId);
      if (sight) this.#final.set(runId, sight);
      this.#followed.delete(runId);
    }
    return this.#final.get(runId);
  }

  #look(runId: string): Sight | undefined {
    const known = this.#followed.get(runId);
    if (known === "unreadable") return undefined;
    try {
      known?.followed.catchUp();
      const followed = known ?? new FollowedTree(this.#engine, runId);
      this.#followed.set(runId, followed);
      return followed.sight;
    } catch (error) {
      if (!(error instanceof AbyssalError)) throw error;
      this.#followed.set(runId, "unreadable");
      return undefined;
    }
  }
}

function rowOf(
  { runId, agents, acceptedAtMs, endedAtMs, pid, program }: RunSummary,
  status: RunSummary["status"],
  sight: Sight | undefined,
): BoardRow {
  return {
    runId,
    status,
    agents: sight?.total ?? agents,
    ended: sight?.ended ?? null,
    running: sight?.running ?? null,
    failed: sight?.failed ?? null,
    startedAtMs: acceptedAtMs,
    endedAtMs,
    lastMs: sight?.lastMs ?? null,
    waitingFor: sight?.waitingFor ?? [],
    pid,
    program,
  };
}
