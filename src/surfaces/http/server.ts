import type { IncomingMessage } from "node:http";
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { hasZodFastifySchemaValidationErrors, validatorCompiler } from "fastify-type-provider-zod";
import type { Ids } from "../../shared/ids.ts";
import { allowOrigins } from "./allowed-origins.ts";
import { auditRequests } from "./audit/audit-requests.ts";
import { describeApi } from "./describe-api.ts";
import { type GuardSettings, guardRequests } from "./guard-requests.ts";
import { invalidRequest } from "./invalid-request.ts";
import { checkAddress } from "./origin-check.ts";
import { PROBLEM_TYPE, type Problem, problem, problemOf, Refusal } from "./problem.ts";
import { readBodies } from "./read-body.ts";
import { adminRoutes } from "./routes/admin.ts";
import { auditRoutes } from "./routes/audit.ts";
import { configRoutes } from "./routes/config.ts";
import { dashboardRoutes } from "./routes/dashboard.ts";
import { deadLetterRoutes } from "./routes/dead-letters.ts";
import { eventRoutes } from "./routes/events.ts";
import { healthRoutes } from "./routes/health.ts";
import { historyRoutes } from "./routes/history.ts";
import { machineRoutes } from "./routes/machines.ts";
import { observeRoutes } from "./routes/observe.ts";
import { overviewRoutes } from "./routes/overview.ts";
import { planRoutes } from "./routes/plan.ts";
import { runRoutes } from "./routes/runs.ts";
import { submitRoutes } from "./routes/submit.ts";
import { templateRoutes } from "./routes/templates.ts";
import type { RouteGroup, RouteRow, ServerPorts } from "./server-ports.ts";

/** Every group of routes; a new one is a file of `routes/` and a name here. */
const ROUTES: readonly RouteGroup[] = [
  submitRoutes,
  runRoutes,
  eventRoutes,
  historyRoutes,
  deadLetterRoutes,
  templateRoutes,
  planRoutes,
  configRoutes,
  auditRoutes,
  adminRoutes,
  healthRoutes,
  overviewRoutes,
  observeRoutes,
  machineRoutes,
  dashboardRoutes,
];

export type ServerSettings = GuardSettings & {
  /** Largest body of a request, bytes. */
  readonly bodyBytes: number;
  readonly ids: Pick<Ids, "ownerId">;
};

const REQUEST_MS = 30_000;
const CORRELATION = /^[A-Za-z0-9._-]{1,64}$/;

/** The HTTP server, not listening yet. */
export async function buildServer(ports: ServerPorts, settings: ServerSettings): Promise<FastifyInstance> {
  const app = fastify({
    logger: false,
    bodyLimit: settings.bodyBytes,
    requestTimeout: REQUEST_MS,
    forceCloseConnections: "idle",
    routerOptions: { maxParamLength: 200, ignoreTrailingSlash: true },
    return503OnClosing: true,
    frameworkErrors: (error, request, reply) => {
      // The address cannot be read: no hook has run, and none will.
      const refusal =
        refusedAddress(request.headers, settings) ?? new Refusal(400, "ADDRESS_INVALID", error.message);
      const { problem } = problemOf(refusal, String(request.id));
      sendProblem(reply as unknown as FastifyReply, problem);
    },
    requestIdHeader: false,
    genReqId: requestIds(settings.ids),
  });
  readBodies(app);
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(() => (value) => JSON.stringify(value));
  const table = holdToRules(app);
  app.decorate("routeTable", table);
  guardRequests(app, settings);
  answerErrors(app, ports);
  // Whatever is answered as a value is shown without secrets; texts are made so by who makes them.
  app.addHook("preSerialization", (_request, _reply, payload, done) =>
    done(null, ports.service.abyssal.observatory.secrets.value(payload)),
  );
  await allowOrigins(app, () => settings.addresses().origins);
  await describeApi(app);
  auditRequests(app, ports.audit, ports);
  for (const add of ROUTES) add(app, ports);
  return app;
}

function refusedAddress(headers: FastifyRequest["headers"], { addresses }: ServerSettings): unknown {
  try {
    checkAddress(headers, addresses());
    return null;
  } catch (refusal) {
    return refusal;
  }
}

/** What a request is called in answers, logs and the audit log: as its caller says, or by this server and a number. */
function requestIds({ ownerId }: Pick<Ids, "ownerId">): (request: IncomingMessage) => string {
  const server = ownerId();
  let requests = 0;
  return ({ headers }) => {
    const given = headers["x-request-id"];
    return typeof given === "string" && CORRELATION.test(given) ? given : `${server}-${++requests}`;
  };
}

/** No route may forget to say who may use it and what it answers; gives the table of all that there will be. */
function holdToRules(app: FastifyInstance): RouteRow[] {
  const table: RouteRow[] = [];
  app.addHook("onRoute", ({ method: named, url, config }) => {
    const methods = [named].flat();
    if (methods.includes("OPTIONS") || methods.includes("HEAD")) return;
    if (config?.needs === undefined) throw new Error(`route ${url} does not say who may use it`);
    if (config.answers === undefined) throw new Error(`route ${url} does not say what it answers`);
    if (!methods.includes("GET") && config.audits === undefined)
      throw new Error(`route ${url} does not say what the audit log calls it`);
    const { needs, answers } = config;
    for (const method of methods) table.push({ method, url, needs, answers });
  });
  return table;
}

function answerErrors(app: FastifyInstance, { log }: ServerPorts): void {
  app.setErrorHandler((error, request, reply) => {
    const cause = hasZodFastifySchemaValidationErrors(error) ? invalidRequest(error, request) : error;
    const { problem, retryAfterS, isInternal } = problemOf(cause, request.id);
    if (isInternal)
      log.error({ event: "request.failed", correlationId: request.id, err: error }, "request failed");
    if (retryAfterS !== undefined) reply.header("retry-after", retryAfterS);
    if (problem.status === 401) reply.header("www-authenticate", 'Bearer realm="abyssal"');
    sendProblem(reply, problem);
  });
  app.setNotFoundHandler((request, reply) => {
    const message = `nothing answers ${request.method} here`;
    sendProblem(reply, problem(404, "ROUTE_UNKNOWN", message, request.id));
  });
}

function sendProblem(reply: FastifyReply, problem: Problem): void {
  reply.code(problem.status).type(PROBLEM_TYPE).send(JSON.stringify(problem));
}
