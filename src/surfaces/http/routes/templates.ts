import type { FastifyPluginCallbackZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { Refusal } from "../problem.ts";
import type { RouteGroup, ServerPorts } from "../server-ports.ts";

const NameParams = z.strictObject({
  name: z.string().min(1).max(200).describe("NAME, or NAME@VERSION; without a version the newest one."),
});

/** The templates that programs may use. */
export const templateRoutes: RouteGroup = (app, ports) => void app.register(templates(ports));

function templates({ service }: ServerPorts): FastifyPluginCallbackZod {
  return (app, _, done) => {
    app.get(
      "/templates",
      { config: { needs: "templates.read" }, schema: { summary: "Every template" } },
      (_request, reply) => {
        const list = service.abyssal
          .listTemplates()
          .map(({ name, version, description, category, parameters, steps, hash }) => ({
            name,
            version,
            description,
            category,
            parameters,
            steps: steps.map((step) => step.name),
            hash,
          }));
        reply.send({ templates: list });
      },
    );
    app.get(
      "/templates/:name",
      {
        config: { needs: "templates.read" },
        schema: { summary: "One template with its parameters and steps", params: NameParams },
      },
      (request, reply) => {
        const [name = "", version] = request.params.name.split("@");
        const found = service.abyssal.templates.get(name, version);
        if (!found.ok)
          throw new Refusal(404, found.error.code, found.error.message, { diagnostics: [found.error] });
        const { source: _, ...template } = found.value;
        reply.send(template);
      },
    );
    done();
  };
}
