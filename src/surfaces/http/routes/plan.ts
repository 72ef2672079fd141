import type { FastifyPluginCallbackZod } from "fastify-type-provider-zod";
import { PlanAnswer } from "../answers/plan-answer.ts";
import { PlanQuery } from "../schemas.ts";
import type { RouteGroup, ServerPorts } from "../server-ports.ts";

/** What a program would do. */
export const planRoutes: RouteGroup = (app, ports) => void app.register(plan(ports));

function plan({ service }: ServerPorts): FastifyPluginCallbackZod {
  return (app, _, done) => {
    app.get(
      "/plan",
      {
        config: {
          needs: "plans.make",
          answers: { 200: { description: "The plan.", schema: PlanAnswer } },
        },
        schema: { summary: "What a program would do; nothing runs", querystring: PlanQuery },
      },
      (request, reply) => {
        const { plan, warnings } = service.abyssal.compile(request.query.command);
        reply.send({ plan, warnings: [...warnings, ...service.abyssal.judge(plan)] });
      },
    );
    done();
  };
}
