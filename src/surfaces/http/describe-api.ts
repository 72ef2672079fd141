import swagger from "@fastify/swagger";
import type { FastifyInstance } from "fastify";
import { jsonSchemaTransform } from "fastify-type-provider-zod";
import { abyssalVersion } from "../cli/version.ts";

/** Describes every route that is added from now on: OpenAPI 3.1 at `/openapi.json`, made from the schemas that requests are held to. */
export async function describeApi(app: FastifyInstance): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "Abyssal",
        version: abyssalVersion(),
        description: "Refusals are `application/problem+json` (RFC 9457).",
      },
      components: { securitySchemes: { token: { type: "http", scheme: "bearer", bearerFormat: "JWT" } } },
      security: [{ token: [] }],
    },
    transform: jsonSchemaTransform,
  });
  app.get(
    "/openapi.json",
    { config: { needs: "nothing" }, schema: { summary: "This description" } },
    (_request, reply) => {
      reply.type("application/json; charset=utf-8").send(JSON.stringify(app.swagger()));
    },
  );
}
