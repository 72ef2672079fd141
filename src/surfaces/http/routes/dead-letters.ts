import type { FastifyPluginCallbackZod } from "fastify-type-provider-zod";
import { DeadLettersAnswer } from "../answers/admin-answers.ts";
import { RunParams } from "../schemas.ts";
import type { RouteGroup, ServerPorts } from "../server-ports.ts";

/** What came too late in a run, or for nobody. */
export const deadLetterRoutes: RouteGroup = (app, ports) => void app.register(reading(ports));

function reading({ service, desk }: ServerPorts): FastifyPluginCallbackZod {
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
      (request, reply) => {
        const { runId } = desk.find(request.identity.tenant, request.params.id);
        const { count, kept } = service.engine.replayed(runId).run.deadLetters;
        reply.send({ runId, count, letters: kept });
      },
    );
    done();
  };
}
