import type { FastifyPluginCallbackZod } from "fastify-type-provider-zod";
import { AliveAnswer, ReadyAnswer } from "../answers/server-answers.ts";
import type { RouteGroup, ServerPorts } from "../server-ports.ts";

/** Who asks for it needs no token: no file is named. */
const UNAUDITED = "the audit log takes no entries: what changes something is refused";

/** Whether the process lives, and whether it takes work. */
export const healthRoutes: RouteGroup = (app, ports) => void app.register(health(ports));

function health({ desk, intake, audit }: ServerPorts): FastifyPluginCallbackZod {
  return (app, _, done) => {
    app.get(
      "/healthz",
      {
        config: { needs: "nothing", answers: { 200: { description: "It lives.", schema: AliveAnswer } } },
        schema: { summary: "Whether the process lives" },
      },
      (_request, reply) => {
        reply.send({ status: "alive" });
      },
    );
    app.get(
      "/readyz",
      {
        config: {
          needs: "nothing",
          answers: {
            200: { description: "It takes work.", schema: ReadyAnswer },
            503: { description: "It does not, for these reasons.", schema: ReadyAnswer },
          },
        },
        schema: { summary: "Whether it takes work" },
      },
      (_request, reply) => {
        const reasons = [...intake.reasons, ...(audit.takesEntries ? [] : [UNAUDITED])];
        const { queued, running } = desk.load;
        reply
          .code(reasons.length === 0 ? 200 : 503)
          .send({ status: reasons.length === 0 ? "ready" : "notReady", reasons, queued, running });
      },
    );
    done();
  };
}
