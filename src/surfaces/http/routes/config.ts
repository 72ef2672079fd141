import type { FastifyPluginCallbackZod } from "fastify-type-provider-zod";
import { z } from "zod";
import type { Json } from "../../../shared/json.ts";
import { configAsWritten } from "../../config.ts";
import { ConfigAnswer, RenewedAnswer } from "../answers/server-answers.ts";
import type { RouteGroup, ServerPorts } from "../server-ports.ts";

const ConfigPatch = z
  .record(z.string(), z.json())
  .describe("Settings as abyssal.config.yaml writes them; what is left out stays as it is.");

/** The configuration in force, and changes of it while the server runs. */
export const configRoutes: RouteGroup = (app, ports) => void app.register(configuring(ports));

function configuring({ service }: ServerPorts): FastifyPluginCallbackZod {
  return (app, _, done) => {
    const standing = () => ({
      config: configAsWritten(service.abyssal.config),
      changed: service.patch,
      pending: service.pending,
    });
    app.get(
      "/config",
      {
        config: {
          needs: "config.read",
          answers: { 200: { description: "How it stands.", schema: ConfigAnswer } },
        },
        schema: {
          summary: "The configuration in force, what was changed by hand, and what waits for a start",
        },
      },
      (_request, reply) => {
        reply.send(standing());
      },
    );
    app.patch(
      "/config",
      {
        config: {
          needs: "config.write",
          audits: "config.change",
          answers: { 200: { description: "Changed.", schema: RenewedAnswer } },
        },
        schema: {
          summary: "Change settings until the server ends",
          description: "All or none: what is not valid changes nothing.",
          body: ConfigPatch,
        },
      },
      async (request, reply) => {
        request.audited = Object.keys(request.body).join(" ").slice(0, 200);
        const renewal = await service.change(request.body as Readonly<Record<string, Json>>);
        return reply.send({ ...renewal, ...standing() });
      },
    );
    app.post(
      "/config/reload",
      {
        config: {
          needs: "config.write",
          audits: "config.reload",
          answers: { 200: { description: "Read anew.", schema: RenewedAnswer } },
        },
        schema: {
          summary: "Read the configuration file and the templates anew",
          body: z.strictObject({}).nullish(),
        },
      },
      async (_request, reply) => reply.send({ ...(await service.reload()), ...standing() }),
    );
    done();
  };
}
