import type { FastifyPluginCallbackZod } from "fastify-type-provider-zod";
import { z } from "zod";
import {
  AtWorkAnswer,
  CacheAnswer,
  ClearedAnswer,
  DrainAnswer,
  ResetAnswer,
} from "../answers/admin-answers.ts";
import { tenantOf } from "../run-desk.ts";
import type { RouteGroup, ServerPorts } from "../server-ports.ts";

/** Runs that one answer lists. */
const RUNS_LISTED = 500;

const DrainBody = z.strictObject({
  draining: z.boolean().describe("True: no more runs are taken; those that were go on. False: as usual."),
});

const ResetBody = z.strictObject({
  resource: z.string().min(1).max(500).describe("As `GET /overview` names it, such as `host:example.com`."),
});

/** What whoever runs the server sees and does, for all tenants. */
export const adminRoutes: RouteGroup = (app, ports) => {
  app.register(work(ports));
  app.register(cache(ports));
};

function work({ service, desk, intake }: ServerPorts): FastifyPluginCallbackZod {
  const isDraining = (): boolean => intake.reasons.length > 0;
  return (app, _, done) => {
    app.get(
      "/admin/runs",
      {
        config: {
          needs: "server.read",
          answers: { 200: { description: "What is at work or waits.", schema: AtWorkAnswer } },
        },
        schema: { summary: "The runs of all tenants that have not ended, and the limits" },
      },
      (_request, reply) => {
        const { maxRunningRuns, maxQueuedRuns } = service.abyssal.config.server;
        const open = service.engine.list({ unfinished: true });
        const runs = open
          .slice(0, RUNS_LISTED)
          .map(({ runId, origin, status, acceptedAtMs, agents, pid }) => ({
            runId,
            tenant: tenantOf(origin),
            by: origin?.by ?? null,
            status: desk.isQueued(runId) ? ("queued" as const) : status,
            acceptedAtMs,
            agents,
            pid,
          }));
        const limits = { maxRunning: maxRunningRuns, maxQueued: maxQueuedRuns };
        reply.send({ draining: isDraining(), load: desk.load, limits, runs, total: open.length });
      },
    );
    app.post(
      "/admin/drain",
      {
        config: {
          needs: "server.control",
          audits: "server.drain",
          answers: { 200: { description: "So it is from now on.", schema: DrainAnswer } },
        },
        schema: { summary: "Take no more runs, or take them again", body: DrainBody },
      },
      (request, reply) => {
        const { draining } = request.body;
        request.audited = draining ? "on" : "off";
        if (draining) intake.drain();
        else intake.open();
        reply.send({ draining: isDraining(), load: desk.load });
      },
    );
    app.post(
      "/admin/breakers/reset",
      {
        config: {
          needs: "server.control",
          audits: "breaker.reset",
          answers: { 200: { description: "How the resource stands now.", schema: ResetAnswer } },
        },
        schema: { summary: "Close the breaker of a resource that is well again", body: ResetBody },
      },
      (request, reply) => {
        const { resource } = request.body;
        request.audited = resource;
        reply.send({ resource: service.resetBreaker(resource) });
      },
    );
    done();
  };
}

function cache({ service }: ServerPorts): FastifyPluginCallbackZod {
  return (app, _, done) => {
    app.get(
      "/admin/cache",
      {
        config: {
          needs: "server.read",
          answers: { 200: { description: "How it stands.", schema: CacheAnswer } },
        },
        schema: { summary: "Results that are kept, hits and misses by template" },
      },
      (_request, reply) => {
        reply.send(service.abyssal.cacheStats());
      },
    );
    app.post(
      "/admin/cache/clear",
      {
        config: {
          needs: "server.control",
          audits: "cache.clear",
          answers: { 200: { description: "What there was.", schema: ClearedAnswer } },
        },
        schema: { summary: "Forget every kept result", body: z.strictObject({}).nullish() },
      },
      (_request, reply) => {
        reply.send(service.abyssal.clearCache());
      },
    );
    done();
  };
}
