import { OverviewAnswer } from "../answers/observe-answers.ts";
import type { RouteGroup } from "../server-ports.ts";

/** How the server stands: what it has at work and may have, and the things that its agents call. */
export const overviewRoutes: RouteGroup = (app, { service, desk, feeds, clock }) => {
  app.get(
    "/overview",
    {
      config: {
        needs: "metrics.read",
        answers: { 200: { description: "The figures of the moment.", schema: OverviewAnswer } },
      },
      schema: { summary: "How the server stands, in figures" },
    },
    () => {
      const { abyssal } = service;
      const { server, execution, resources } = abyssal.config;
      const { entries, hits, misses } = abyssal.cacheStats();
      return {
        nowMs: clock.nowMs(),
        load: desk.load,
        readers: feeds.readers,
        limits: { maxRunning: server.maxRunningRuns, maxQueued: server.maxQueuedRuns },
        capacity: {
          agents: execution.maxConcurrentAgents,
          cpu: resources.cpuLimitCores,
          memoryMb: resources.memoryLimitGb * 1_024,
        },
        resources: abyssal.resources(),
        alerts: abyssal.observatory.alerts,
        cache: { entries, hits, misses },
      };
    },
  );
};
