import type { FastifyPluginCallbackZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { readSince, SINCE_FORMS } from "../../analytics/since.ts";
import { AnalyticsAnswer } from "../answers/observe-answers.ts";
import { Refusal } from "../problem.ts";
import type { RouteGroup, ServerPorts } from "../server-ports.ts";

const AnalyticsQuery = z.strictObject({
  since: z
    .string()
    .max(40)
    .refine((text) => readSince(text, 0) !== undefined, { error: SINCE_FORMS })
    .optional()
    .describe(`Only runs that ended since: ${SINCE_FORMS}.`),
});

/** What the runs of all tenants come to: counted by this process, and added up from the records. */
export const observeRoutes: RouteGroup = (app, ports) => void app.register(observing(ports));

function observing({ service, clock }: ServerPorts): FastifyPluginCallbackZod {
  // Every record is read anew for an answer, so one at a time.
  let isReading = false;
  return (app, _, done) => {
    app.get(
      "/metrics",
      {
        config: {
          needs: "statistics.read",
          answers: { 200: { description: "Prometheus' text format.", mediaType: "text/plain" } },
        },
        schema: { summary: "What all runs do, for Prometheus" },
      },
      async (_request, reply) => {
        const { observatory } = service.abyssal;
        const text = await observatory.renderMetrics();
        return reply.type(observatory.metricsContentType).header("cache-control", "no-store").send(text);
      },
    );
    app.get(
      "/analytics",
      {
        config: {
          needs: "statistics.read",
          answers: { 200: { description: "The report.", schema: AnalyticsAnswer } },
        },
        schema: {
          summary: "How all recorded runs went, and what may be worth changing",
          querystring: AnalyticsQuery,
        },
      },
      async (request, reply) => {
        if (isReading)
          throw new Refusal(429, "ANALYTICS_BUSY", "the records are being read for another request", {
            retryAfterS: 1,
          });
        const { since } = request.query;
        isReading = true;
        try {
          const sinceMs = since === undefined ? null : readSince(since, clock.nowMs())!;
          return reply.send(await service.abyssal.analytics({ sinceMs }));
        } finally {
          isReading = false;
        }
      },
    );
    done();
  };
}
