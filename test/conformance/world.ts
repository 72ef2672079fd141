import type { MergeFunction } from "../../src/actors/blackboard.ts";
import type { Performer } from "../../src/actors/ports.ts";
import type { Engine, RunEnd, RunHandle, StartOptions } from "../../src/engine/engine.ts";
import { MemoryCache } from "../../src/engine/memory/memory-cache.ts";
import type { ResultCache } from "../../src/engine/result-cache.ts";
import type { AgentResult } from "../../src/plan/outcome.ts";
import type { Plan } from "../../src/plan/plan.ts";
import type { Clock } from "../../src/shared/clock.ts";
import { ManualClock } from "../support/manual-clock.ts";
import { RunWatch } from "../support/run-watch.ts";
import { ScriptedPerformer } from "../support/scripted-performer.ts";

/** Makes an engine with nothing in it. */
export type MakeEngine = (parts: {
  readonly clock: Clock;
  readonly performers: ReadonlyMap<string, Performer>;
  readonly cache: ResultCache;
  readonly merges: Readonly<Record<string, MergeFunction>>;
}) => Engine;

export type Started = {
  readonly handle: RunHandle;
  readonly watch: RunWatch;
  readonly ended: Promise<RunEnd>;
};

/** An engine with the world around it in the hands of the test. */
export class World {
  readonly clock = new ManualClock();
  readonly work = new ScriptedPerformer();
  readonly cache = new MemoryCache({ maxBytes: 1024 * 1024 });
  readonly engine: Engine;

  constructor(
    makeEngine: MakeEngine,
    more: readonly Performer[] = [],
    merges: Readonly<Record<string, MergeFunction>> = {},
  ) {
    const performers = new Map([this.work, ...more].map((one) => [one.name, one as Performer]));
    this.engine = makeEngine({ clock: this.clock, performers, cache: this.cache, merges });
  }

  /** Starts a run and watches it from its first event; a run may take an hour. */
  start(plan: Plan, options: Partial<StartOptions> = {}): Started {
    const handle = this.engine.start(plan, { runId: "r_1", timeoutMs: 3_600_000, ...options });
    return { handle, watch: new RunWatch(handle), ended: handle.ended };
  }

  /** Runs a plan that needs nobody and no time. */
  async run(plan: Plan): Promise<RunEnd> {
    return this.start(plan).ended;
  }
}

/** The result of one agent. */
export function resultOf(end: RunEnd, path: string): AgentResult {
  const result = end.answer?.results.find((one) => one.path === path);
  if (!result) throw new Error(`${path} has no result`);
  return result;
}

/** How each agent ended: path -> status. */
export function statusesOf(end: RunEnd): Readonly<Record<string, string>> {
  return Object.fromEntries(end.answer?.results.map(({ path, status }) => [path, status]) ?? []);
}
