import { resolve } from "node:path";
import type { FastifyPluginCallbackZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { LIMITS } from "../../../shared/limits.ts";
import { refuseUnwritable, writeWhole } from "../../cli/replace-file.ts";
import { shippedTemplates } from "../../gather-templates.ts";
import { registerTemplate } from "../../register-template.ts";
import { RegisteredAnswer, TemplateAnswer, TemplatesAnswer } from "../answers/template-answers.ts";
import { Refusal } from "../problem.ts";
import type { RouteGroup, ServerPorts } from "../server-ports.ts";

const NameParams = z.strictObject({
  name: z.string().min(1).max(200).describe("NAME, or NAME@VERSION; without a version the newest one."),
});

const TemplateBody = z.strictObject({
  source: z
    .string()
    .min(1)
    .max(LIMITS.templateFileBytes)
    .describe("The template as a file holds it: YAML or JSON."),
});

/** The templates that programs may use. */
export const templateRoutes: RouteGroup = (app, ports) => {
  app.register(reading(ports));
  app.register(registering(ports));
};

function reading({ service }: ServerPorts): FastifyPluginCallbackZod {
  return (app, _, done) => {
    app.get(
      "/templates",
      {
        config: {
          needs: "templates.read",
          answers: { 200: { description: "By category, name and version.", schema: TemplatesAnswer } },
        },
        schema: { summary: "Every template" },
      },
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
        config: {
          needs: "templates.read",
          answers: { 200: { description: "The template.", schema: TemplateAnswer } },
        },
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

function registering({ service }: ServerPorts): FastifyPluginCallbackZod {
  return (app, _, done) => {
    app.post(
      "/templates",
      {
        config: {
          needs: "templates.write",
          audits: "template.register",
          answers: {
            200: { description: "It was registered before, the same.", schema: RegisteredAnswer },
            201: { description: "It is registered.", schema: RegisteredAnswer },
          },
        },
        schema: {
          summary: "Register a template, or a version of one",
          description:
            "Versions stand side by side; the same one again changes nothing, with other content it is refused.",
          body: TemplateBody,
        },
      },
      async (request, reply) => {
        const { workingFolder, config } = service.abyssal;
        const { state, template } = await service.register((registered) =>
          registerTemplate({
            text: request.body.source,
            source: "source",
            workingFolder,
            folder: resolve(workingFolder, config.templates.registryPath),
            shipped: shippedTemplates(),
            registered,
            write: (target, text) =>
              writeWhole(target, text).catch((error) => refuseUnwritable(target, error)),
          }),
        );
        const { name, version } = template;
        request.audited = `${name}@${version}`;
        return reply
          .code(state === "registered" ? 201 : 200)
          .header("location", `/templates/${name}@${version}`)
          .send({ name, version, state });
      },
    );
    done();
  };
}
