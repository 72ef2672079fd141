import type { FastifyPluginCallbackZod } from "fastify-type-provider-zod";
import { beginEvents } from "../begin-events.ts";
import type { RouteGroup, ServerPorts } from "../server-ports.ts";

/** The list of runs, as it changes. */
export const historyRoutes: RouteGroup = (app, ports) => void app.register(watching(ports));

function watching({ history }: ServerPorts): FastifyPluginCallbackZod {
  return (app, _, done) => {
    app.get(
      "/runs/events",
      {
        config: {
          needs: "runs.read",
          answers: {
            200: {
              description: "The newest runs, then those that have changed.",
              mediaType: "text/event-stream",
            },
          },
        },
        schema: {
          summary: "The tenant's newest runs, and what changes in them, as server-sent events",
          description:
            'The data of each event is JSON: `{"type": "runs", "runs", "next"}`, as `GET /runs` gives them; all of them first, then what changed.',
        },
      },
      (request, reply) => {
        const { sink, open } = beginEvents(reply);
        const watching = history.watch(request.identity.tenant, sink);
        open(watching);
      },
    );
    done();
  };
}
