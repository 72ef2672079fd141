import type { RunEvent } from "../../actors/run-events.ts";

/** States that agents are in while they have not ended and may start. */
export const LIVE_STATES = [
  "ready",
  "running",
  "backingOff",
  "awaitingApproval",
  "stopping",
  "held",
] as const;
export type LiveState = (typeof LIVE_STATES)[number];

const STATES: ReadonlyMap<RunEvent["type"], LiveState> = new Map(
  LIVE_STATES.map((state) => [`agent.${state}` as RunEvent["type"], state]),
);

type Standing = { readonly state: LiveState; readonly sinceMs: number };

/**
 * Purpose: know in which state every live agent of every watched run is.
 * Owns: the agents by run, and the counts by state. Does not own: what is counted of what has ended.
 * Invariants:
 * L1 the counts are those of the agents; those of a run that has ended, or was let go, are gone.
 */
export class LiveAgents {
  readonly #runs = new Map<string, Map<string, Standing>>();
  readonly #counts = new Map<LiveState, number>(LIVE_STATES.map((state) => [state, 0]));

  get runs(): number {
    return this.#runs.size;
  }

  get counts(): ReadonlyMap<LiveState, number> {
    return this.#counts;
  }

  begin(runId: string): void {
    this.#runs.set(runId, new Map());
  }

  /** Takes one event; gives where the agent stood before, if it is one's. */
  note(runId: string, event: RunEvent): Standing | undefined {
    const agents = this.#runs.get(runId);
    if (!agents || !("path" in event)) return undefined;
    const before = agents.get(event.path);
    const state = STATES.get(event.type);
    if (state) {
      this.#move(before?.state, state);
      agents.set(event.path, { state, sinceMs: event.atMs });
    } else if (event.type === "agent.ended") {
      this.#move(before?.state, undefined);
      agents.delete(event.path);
    }
    return before;
  }

  end(runId: string): void {
    for (const { state } of this.#runs.get(runId)?.values() ?? []) this.#move(state, undefined);
    this.#runs.delete(runId);
  }

  #move(from: LiveState | undefined, to: LiveState | undefined): void {
    if (from) this.#counts.set(from, this.#counts.get(from)! - 1);
    if (to) this.#counts.set(to, this.#counts.get(to)! + 1);
  }
}
