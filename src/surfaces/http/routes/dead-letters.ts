import type { FastifyPluginCallbackZod } from "fastify-type-provider-zod";
import { DeadLettersAnswer } from "../answers/admin-answers.ts";
import { RunParams } from "../schemas.ts";
import type { RouteGroup, ServerPorts } from "../server-ports.ts";

/** What came too late in a run, or for nobody. */
export const deadLetterRoutes: RouteGroup = (app, ports) => void app.register(reading(ports));

function reading({ replayed, desk }: ServerPorts): FastifyPluginCallbackZod {
  return (app, _, done) => {
    app.get(
      "/runs/:id/dead-letters",
      {
        config: {
          needs: "runs.read",
          answers: { 200: { description: "The newest of them, and how many.", schema: DeadLettersAnswer } },
        },
        schema: { summary: "Recorded facts of a run that found nobody, and why", params: RunParams },
      },
      async (request, reply) => {
        const { runId } = desk.find(request.identity.tenant, request.params.id);
        const { count, letters } = await replayed.lettersOf(runId);
        return reply.send({ runId, count, letters });
      },
    );
    done();
  };
}
