import type { PlanSettings } from "../plan/plan-builder.ts";
import type { AbyssalParts } from "./abyssal-parts.ts";
import { templateBudgets } from "./budget-settings.ts";
import type { Config } from "./config.ts";
import type { ExecuteOptions } from "./execute-options.ts";

/** What a plan is made with: the configuration, and what is said for this one run. */
export function planSettings(
  {
    config,
    performers,
    merges,
    modelNeeded,
    models,
    routing,
    tools,
  }: Pick<AbyssalParts, "config" | "performers" | "merges" | "modelNeeded" | "models" | "routing" | "tools">,
  options: ExecuteOptions,
): PlanSettings {
  const { execution, planning, resources } = config;
  const agents = options.maxConcurrency ?? execution.maxConcurrentAgents;
  return {
    capacity: capacityOf(agents, resources),
    maxDepth: execution.maxRecursiveDepth,
    forkThreshold: execution.forkThreshold,
    improveMs: planning.improveMs,
    performers,
    merges,
    modelPerformers: ["model"],
    tools: tools.catalogue,
    modelNeeded,
    models,
    templateBudgets: templateBudgets(config),
    runTimeoutMs: runTimeoutMs(config, options),
    ...routing.forPlan(),
  };
}

/** How long one run may take. */
export function runTimeoutMs({ execution }: Config, { timeoutMs }: ExecuteOptions): number {
  return timeoutMs ?? execution.defaultTimeoutMinutes * 60_000;
}

/** What agents may use together; a machine with a GPU lends it to one at a time. */
function capacityOf(agents: number, resources: Config["resources"]): PlanSettings["capacity"] {
  const { cpuLimitCores, memoryLimitGb, gpuEnabled } = resources;
  return { agents, cpu: cpuLimitCores, memoryMb: memoryLimitGb * 1024, ...(gpuEnabled ? { gpu: 1 } : {}) };
}
