import type { FastifyPluginCallbackZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { beginEvents } from "../begin-events.ts";
import { RunParams } from "../schemas.ts";
import type { RouteGroup, ServerPorts } from "../server-ports.ts";

const EventsHeaders = z.looseObject({
  "last-event-id": z
    .string()
    .max(40)
    .optional()
    .describe("The last event that was seen: what came after it is sent."),
});

const EventsQuery = z.strictObject({
  after: z.string().max(40).optional().describe("As Last-Event-ID, for who cannot send that header."),
});

/** What happens in a run, as server-sent events: its plan first, its result last. */
export const eventRoutes: RouteGroup = (app, ports) => void app.register(events(ports));

function events({ desk, feeds }: ServerPorts): FastifyPluginCallbackZod {
  return (app, _, done) => {
    app.get(
      "/runs/:id/events",
      {
        config: {
          needs: "runs.read",
          answers: {
            200: { description: "Events, until the run has ended.", mediaType: "text/event-stream" },
          },
        },
        schema: {
          summary: "What happens in a run, as server-sent events",
          description:
            "The data of each event is JSON with a `type`: `plan` first, then every change of state, `result` last.",
          params: RunParams,
          headers: EventsHeaders,
          querystring: EventsQuery,
        },
      },
      (request, reply) => {
        const { id } = request.params;
        desk.find(request.identity.tenant, id);
        const lastId = request.headers["last-event-id"] ?? request.query.after;
        const { sink, open } = beginEvents(reply);
        open(feeds.read(id, lastId, sink));
      },
    );
    done();
  };
}
