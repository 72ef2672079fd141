import type { InspectionEvent } from "xstate";
import type { DurableEngine } from "../engine/durable-engine.ts";
import type { Engine } from "../engine/engine.ts";
import type { Resilience } from "../engine/resilience/resilience.ts";
import type { ResultCache } from "../engine/result-cache.ts";
import type { ModelCatalogue } from "../plan/models.ts";
import type { PlanSettings } from "../plan/plan-builder.ts";
import type { Policy } from "../plan/policy.ts";
import type { Clock } from "../shared/clock.ts";
import type { Ids } from "../shared/ids.ts";
import type { TemplateRegistry } from "../templates/registry.ts";
import type { Config } from "./config.ts";
import type { Observatory } from "./observatory.ts";
import type { Routing } from "./routing.ts";
import type { RunArchive } from "./run-archive.ts";

/** What a planner is put together from. */
export type PlannerParts = {
  readonly workingFolder: string;
  readonly config: Config;
  readonly registry: TemplateRegistry;
  readonly performers: readonly string[];
  /** Names of the merge functions there are. */
  readonly merges: readonly string[];
  /** Performers that have a model only where a step or an agent kind names one. */
  readonly modelNeeded: readonly string[];
  readonly models: ModelCatalogue;
  readonly tools: { readonly catalogue: NonNullable<PlanSettings["tools"]>; close(): Promise<void> };
  readonly routing: Routing;
  readonly policy: Policy | null;
  readonly observatory: Observatory;
};

/** What a runtime is put together from. */
export type AbyssalParts = PlannerParts & {
  readonly engine: Engine;
  /** The engine again, when its runs outlive the process. */
  readonly durable: DurableEngine | null;
  readonly archive: RunArchive;
  /** Null when it is turned off. */
  readonly cache: ResultCache | null;
  readonly resilience: Pick<Resilience, "status" | "events$" | "reset">;
  readonly ids: Ids;
  readonly clock: Clock;
  readonly inspect?: (event: InspectionEvent) => void;
};
