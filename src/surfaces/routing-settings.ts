import { DEFAULT_ROUTING, type RouteWeights, type RoutingSettings } from "../plan/routing/routing.ts";
import type { Config } from "./config.ts";

const DAY_MS = 86_400_000;

/** The configured routing as the planner takes it. */
export function routingSettings({ routing }: Config): RoutingSettings {
  const given = Object.entries(routing.weights ?? {}).filter(([, weight]) => weight !== undefined);
  const weights: RouteWeights = { ...DEFAULT_ROUTING.weights, ...Object.fromEntries(given) };
  return { rules: routing.rules ?? [], weights, performers: routing.performers };
}

export function halfLifeMsOf({ routing }: Config): number {
  return routing.halfLifeDays * DAY_MS;
}
