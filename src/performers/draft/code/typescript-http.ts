import { camelToSnake } from "../names.ts";
import type { CodeBrief } from "./code-brief.ts";
import { tsType } from "./typescript-body.ts";

type Server = {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly imports: readonly string[];
  readonly setup: readonly string[];
  /** The route of one operation, given its path and the call that answers it. */
  readonly route: (path: string, call: string) => readonly string[];
  readonly listen: readonly string[];
};

/** The frameworks that a TypeScript scaffold can be served with. */
export const TYPESCRIPT_SERVERS: Readonly<Record<string, Server>> = {
  fastify: {
    dependencies: { fastify: "^5.0.0" },
    imports: ['import Fastify from "fastify";'],
    setup: ["const app = Fastify({ logger: true, bodyLimit: 64 * 1024 });"],
    route: (path, call) => [
      `app.post("${path}", async (request, reply) => {`,
      `  const answer = respond(() => ${call.replaceAll("BODY", "fields(request.body)")});`,
      "  return reply.code(answer.status).send(answer.body);",
      "});",
    ],
    listen: ['await app.listen({ port, host: "127.0.0.1" });'],
  },
  express: {
    dependencies: { express: "^5.0.0" },
    imports: ['import express from "express";'],
    setup: ["const app = express();", 'app.use(express.json({ limit: "64kb" }));'],
    route: (path, call) => [
      `app.post("${path}", (request, response) => {`,
      `  const answer = respond(() => ${call.replaceAll("BODY", "fields(request.body)")});`,
      "  response.status(answer.status).json(answer.body);",
      "});",
    ],
    listen: ['app.listen(port, "127.0.0.1");'],
  },
  hono: {
    dependencies: { hono: "^4.0.0", "@hono/node-server": "^1.0.0" },
    imports: ['import { serve } from "@hono/node-server";', 'import { Hono } from "hono";'],
    setup: ["const app = new Hono();"],
    route: (path, call) => [
      `app.post("${path}", async (context) => {`,
      "  const input: unknown = await context.req.json();",
      `  const answer = respond(() => ${call.replaceAll("BODY", "fields(input)")});`,
      "  return Response.json(answer.body, { status: answer.status });",
      "});",
    ],
    listen: ['serve({ fetch: app.fetch, port, hostname: "127.0.0.1" });'],
  },
};

/** `src/server.ts`: one POST route for each operation, JSON in and out, refusals as 404, 409 or 422. */
export function typescriptServer(brief: CodeBrief): string[] {
  const server = TYPESCRIPT_SERVERS[brief.framework!]!;
  const ports = brief.sketch.ports.length > 0;
  return [
    ...server.imports,
    'import { ServiceError } from "./errors.ts";',
    ...(ports ? ['import { systemPorts } from "./ports.ts";'] : []),
    `import { ${brief.className} } from "./service.ts";`,
    "",
    `const service = new ${brief.className}(${ports ? "systemPorts" : ""});`,
    "const port = Number(process.env.PORT ?? 8080);",
    ...server.setup,
    "",
    ...brief.sketch.operations.flatMap((operation) => {
      // Time is the server's to tell, never the caller's.
      const args = operation.parameters.map((p) =>
        p.name === "nowMs"
          ? "Date.now()"
          : `read(BODY, "${p.name}", ${JSON.stringify(kindOf(p.type))}) as ${tsType(p.type)}`,
      );
      const path = `/${camelToSnake(operation.name).replaceAll("_", "-")}`;
      return [...server.route(path, `service.${operation.name}(${args.join(", ")})`), ""];
    }),
    ...server.listen,
    "",
    ...SUPPORT,
  ];
}

function kindOf(type: string): string {
  if (type.startsWith("[")) return "array";
  return { str: "string", int: "number", bool: "boolean" }[type] ?? "object";
}

const SUPPORT = [
  "function fields(body: unknown): Record<string, unknown> {",
  '  if (typeof body !== "object" || body === null || Array.isArray(body)) throw new TypeError("expected a JSON object");',
  "  return body as Record<string, unknown>;",
  "}",
  "",
  "function read(body: Record<string, unknown>, name: string, kind: string): unknown {",
  "  const value = Object.hasOwn(body, name) ? body[name] : undefined;",
  '  const got = Array.isArray(value) ? "array" : typeof value;',
  '  if (got !== kind) throw new TypeError(name + ": expected " + kind + ", got " + got);',
  "  return value;",
  "}",
  "",
  "function respond(work: () => unknown): { status: number; body: unknown } {",
  "  try {",
  "    return { status: 200, body: { result: work() ?? null } };",
  "  } catch (error) {",
  '    if (error instanceof TypeError) return { status: 400, body: { code: "BAD_INPUT", message: error.message } };',
  "    if (!(error instanceof ServiceError)) throw error;",
  '    const status = error.code.endsWith("NOT_FOUND") ? 404 : error.code.endsWith("EXISTS") ? 409 : 422;',
  "    return { status, body: { code: error.code, message: error.message } };",
  "  }",
  "}",
];
