import { DEFAULT_ROUTING, type RouteWeights, type RoutingSettings } from "../plan/routing/routing.ts";
import type { Config } from "./config.ts";
import type { RoutingParts } from "./routing.ts";

const DAY_MS = 86_400_000;

/** The configured routing as the planner takes it. */
function routingSettings({ routing }: Config): RoutingSettings {
  const given = Object.entries(routing.weights ?? {}).filter(([, weight]) => weight !== undefined);
  const weights: RouteWeights = { ...DEFAULT_ROUTING.weights, ...Object.fromEntries(given) };
  return { rules: routing.rules ?? [], weights, performers: routing.performers };
}

/** Everything of the configuration that routing goes by. */
export function routingTerms(config: Config): Pick<RoutingParts, "settings" | "halfLifeMs" | "calibrates"> {
  const { halfLifeDays, confidence } = config.routing;
  return {
    settings: routingSettings(config),
    halfLifeMs: halfLifeDays * DAY_MS,
    calibrates: confidence === "calibrated",
  };
}
