import { AbyssalError } from "../../shared/diagnostic.ts";

/** How long other processes may keep the journal locked before a run here is given up, ms; less than what a lease leaves. */
const LOCKED_MAX_MS = 5_000;

/**
 * Purpose: bear with a journal that another process keeps locked, without blocking this one.
 * Owns: since when it has been locked. Does not own: when it is tried again.
 */
export class Patience {
  #sinceMs: number | null = null;

  /** Whether to try again after this error. */
  bears(error: unknown, nowMs: number): boolean {
    if (!(error instanceof AbyssalError) || error.code !== "JOURNAL_BUSY") return false;
    this.#sinceMs ??= nowMs;
    return nowMs - this.#sinceMs < LOCKED_MAX_MS;
  }

  /** It was not locked this time. */
  renew(): void {
    this.#sinceMs = null;
  }
}
