import type { FastifyPluginCallbackZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { DEFAULT_TENANT } from "../../../engine/engine.ts";
import { AuditAnswer, AuditCheckAnswer } from "../answers/server-answers.ts";
import type { RouteGroup, ServerPorts } from "../server-ports.ts";

const AuditQuery = z.strictObject({
  after: z.coerce.number().int().min(0).default(0).describe("Only entries after this one."),
  limit: z.coerce.number().int().min(1).max(1_000).default(100).describe("At most so many entries."),
});

/** Who did what. */
export const auditRoutes: RouteGroup = (app, ports) => void app.register(auditing(ports));

function auditing({ audit }: ServerPorts): FastifyPluginCallbackZod {
  return (app, _, done) => {
    app.get(
      "/audit",
      {
        config: {
          needs: "audit.read",
          answers: { 200: { description: "Entries, oldest first.", schema: AuditAnswer } },
        },
        schema: { summary: "Who did what in the tenant, oldest first", querystring: AuditQuery },
      },
      async (request, reply) => {
        const { after, limit } = request.query;
        const { tenant } = request.identity;
        // Whoever was refused without being known belongs to nobody; the owner of the server sees it.
        const entries = await audit.read(tenant, { after, limit, unknown: tenant === DEFAULT_TENANT });
        return reply.send({ entries, next: entries.length === limit ? entries.at(-1)!.seq : null });
      },
    );
    app.get(
      "/audit/check",
      {
        config: {
          needs: "audit.read",
          answers: { 200: { description: "What the check has found.", schema: AuditCheckAnswer } },
        },
        schema: { summary: "Whether the audit log is whole, from its beginning" },
      },
      async (_request, reply) => reply.send(await audit.verify()),
    );
    done();
  };
}
