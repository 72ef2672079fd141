import swagger from "@fastify/swagger";
import type { FastifyInstance } from "fastify";
import { jsonSchemaTransform } from "fastify-type-provider-zod";
import { abyssalVersion } from "../cli/version.ts";
import { type AnswerBody, JSON_MEDIA, namedSchemas, referenceTo } from "./answers/answer-schemas.ts";
import { ProblemAnswer } from "./answers/problem-answer.ts";
import { DescriptionAnswer } from "./answers/server-answers.ts";
import { PROBLEM_TYPE } from "./problem.ts";
import type { RouteRow } from "./server-ports.ts";

type Operation = { responses?: unknown; security?: unknown; "x-permission"?: string };
type Described = {
  readonly paths?: Record<string, Record<string, Operation>>;
  readonly components?: { readonly schemas?: object };
};

/**
 * Describes every route that is added from now on, as OpenAPI 3.1 at `/openapi.json`: requests by the schemas that they are held to,
 * answers by those of `answers/`.
 */
export async function describeApi(app: FastifyInstance): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "Abyssal",
        version: abyssalVersion(),
        description:
          "Refusals are `application/problem+json` (RFC 9457). Answers may get members that are not described yet.",
      },
      components: { securitySchemes: { token: { type: "http", scheme: "bearer", bearerFormat: "JWT" } } },
      security: [{ token: [] }],
    },
    transform: jsonSchemaTransform,
    transformObject: (document) => {
      if (!("openapiObject" in document)) throw new Error("the description is to be of OpenAPI 3.1");
      return withAnswers(
        document.openapiObject as Described,
        app.routeTable,
      ) as typeof document.openapiObject;
    },
  });
  app.get(
    "/openapi.json",
    {
      config: {
        needs: "nothing",
        answers: { 200: { description: "OpenAPI 3.1.", schema: DescriptionAnswer } },
      },
      schema: { summary: "This description" },
    },
    (_request, reply) => {
      reply.type("application/json; charset=utf-8").send(JSON.stringify(app.swagger()));
    },
  );
}

function withAnswers(api: Described, routes: readonly RouteRow[]): Described {
  for (const { method, url, needs, answers } of routes) {
    const operation = api.paths?.[url.replace(/:(\w+)/g, "{$1}")]?.[method.toLowerCase()];
    if (!operation) continue;
    operation.responses = {
      ...Object.fromEntries(Object.entries(answers).map(([status, body]) => [status, response(body)])),
      default: response({
        description: "A refusal, or a fault.",
        mediaType: PROBLEM_TYPE,
        schema: ProblemAnswer,
      }),
    };
    if (needs === "nothing") operation.security = [];
    else operation["x-permission"] = needs;
  }
  return { ...api, components: { ...api.components, schemas: namedSchemas() } };
}

function response({ description, mediaType = JSON_MEDIA, schema }: AnswerBody): object {
  return {
    description,
    content: { [mediaType]: { schema: schema ? referenceTo(schema) : { type: "string" } } },
  };
}
