import { hostname } from "node:os";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Clock } from "../../shared/clock.ts";
import { randomIds } from "../../shared/ids.ts";
import type { Owner } from "../journal.ts";
import { runError } from "./journal-error.ts";

/** How long a lease holds without being renewed, ms. */
export const LEASE_MS = 10_000;

type Row = { readonly owner: string; readonly pid: number; readonly expires_at_ms: number };

/**
 * Purpose: one driver for each run at a time, also among processes.
 * Owns: the rows of `leases` that name this owner. Does not own: transactions; every call stands inside one.
 * Invariants:
 * L1 a run is leased to at most one owner.
 * L2 another's lease is taken only when it has expired, or its process is known to be dead.
 */
export class Leases {
  readonly #clock: Clock;
  /** Who holds what is taken here. */
  readonly owner: string;
  readonly #get: StatementSync;
  readonly #put: StatementSync;
  readonly #drop: StatementSync;

  /** `owner`: that of another connection of this process, whose leases these are too. */
  constructor(db: DatabaseSync, clock: Clock, owner?: string) {
    this.#clock = clock;
    // Process ids mean something on one host only (a container is a host of its own).
    this.owner = owner ?? `${hostname()}/${process.pid}/${randomIds.ownerId()}`;
    this.#get = db.prepare("SELECT owner, pid, expires_at_ms FROM leases WHERE run_id = ?");
    this.#put = db.prepare(
      "INSERT OR REPLACE INTO leases(run_id, owner, pid, expires_at_ms) VALUES (?, ?, ?, ?)",
    );
    this.#drop = db.prepare("DELETE FROM leases WHERE run_id = ? AND owner = ?");
  }

  /** Throws AbyssalError RUN_OWNED. */
  take(runId: string): void {
    const owner = this.ownerOf(runId);
    if (owner?.live && !this.holds(runId)) {
      const message = `process ${owner.pid} drives this run`;
      throw runError(
        "RUN_OWNED",
        runId,
        message,
        "cancel or approve reach it there; or wait until it has stopped",
      );
    }
    this.renew(runId);
  }

  holds(runId: string): boolean {
    return this.#row(runId)?.owner === this.owner;
  }

  renew(runId: string): void {
    this.#put.run(runId, this.owner, process.pid, this.#clock.nowMs() + LEASE_MS);
  }

  drop(runId: string): void {
    this.#drop.run(runId, this.owner);
  }

  /** Null when nobody has a lease; not `live` when it may be taken over. */
  ownerOf(runId: string): Owner | null {
    const row = this.#row(runId);
    if (!row) return null;
    const { owner, pid, expires_at_ms } = row;
    const live = owner === this.owner || (expires_at_ms > this.#clock.nowMs() && mayLive(owner, pid));
    return { pid, live };
  }

  #row(runId: string): Row | undefined {
    return this.#get.get(runId) as Row | undefined;
  }
}

function mayLive(owner: string, pid: number): boolean {
  if (!owner.startsWith(`${hostname()}/`)) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}
