import { type FastifyPluginCallbackZod, validatorCompiler } from "fastify-type-provider-zod";
import { z } from "zod";
import type { Answers } from "../answers/answer-schemas.ts";
import { Decided, RunNamed, RunsAnswer, StatusAnswer } from "../answers/run-answers.ts";
import { CancelBody, DecisionBody, RunParams, RunsQuery } from "../schemas.ts";
import type { RouteGroup, ServerPorts } from "../server-ports.ts";

const TAKEN_ON: Answers = { 202: { description: "It will be done.", schema: RunNamed } };

const JSON_TYPE = "application/json; charset=utf-8";

/** Knowing how runs stand, and what is done with them. */
export const runRoutes: RouteGroup = (app, ports) => {
  app.register(knowing(ports));
  app.register(controlling(ports));
};

function knowing({ desk }: ServerPorts): FastifyPluginCallbackZod {
  return (app, _, done) => {
    app.get(
      "/status/:id",
      {
        config: {
          needs: "runs.read",
          answers: { 200: { description: "How it stands.", schema: StatusAnswer } },
        },
        schema: { summary: "How a run stands, or its result", params: RunParams },
        // An id whose answer is at hand was checked when the run came.
        validatorCompiler: (part) => {
          const check = validatorCompiler(part as never);
          return (given: { readonly id: string }) =>
            desk.isAtHand(given.id) ? { value: given } : check(given);
        },
      },
      (request, reply) => {
        const status = desk.status(request.identity.tenant, request.params.id);
        if (typeof status === "string") reply.type(JSON_TYPE).send(status);
        else return status.then((text) => reply.type(JSON_TYPE).send(text));
      },
    );
    app.get(
      "/runs",
      {
        config: {
          needs: "runs.read",
          answers: { 200: { description: "One page of them.", schema: RunsAnswer } },
        },
        schema: { summary: "The tenant's runs, the newest first", querystring: RunsQuery },
      },
      (request, reply) => {
        const { limit, before } = request.query;
        reply.send(
          desk.list(request.identity.tenant, { limit, ...(before === undefined ? {} : { before }) }),
        );
      },
    );
    done();
  };
}

function controlling({ desk }: ServerPorts): FastifyPluginCallbackZod {
  return (app, _, done) => {
    app.post(
      "/runs/:id/cancel",
      {
        config: { needs: "runs.control", audits: "run.cancel", answers: TAKEN_ON },
        schema: {
          summary: "Stop a run, wherever it is driven",
          params: RunParams,
          body: CancelBody.nullish(),
        },
      },
      (request, reply) => {
        const { id } = request.params;
        const { tenant, subject } = request.identity;
        request.audited = id;
        desk.cancel(tenant, id, request.body?.reason ?? `cancelled by ${subject}`);
        reply.code(202).send({ runId: id });
      },
    );
    app.post(
      "/runs/:id/approve",
      {
        config: {
          needs: "runs.control",
          audits: "run.approve",
          answers: { 202: { description: "The decision is taken on.", schema: Decided } },
        },
        schema: { summary: "Decide what a person is asked", params: RunParams, body: DecisionBody },
      },
      (request, reply) => {
        const { id } = request.params;
        const { path, approved, answer, askedBy } = request.body;
        const { tenant, subject } = request.identity;
        request.audited = id;
        desk.decide(tenant, id, path, {
          approved,
          by: subject,
          ...(answer === undefined ? {} : { answer }),
          ...(askedBy === undefined ? {} : { askedBy }),
        });
        reply.code(202).send({ runId: id, path, approved });
      },
    );
    app.post(
      "/runs/:id/resume",
      {
        config: { needs: "runs.control", audits: "run.resume", answers: TAKEN_ON },
        schema: {
          summary: "Go on with a run that nobody drives",
          params: RunParams,
          body: z.strictObject({}).nullish(),
        },
      },
      (request, reply) => {
        const { id } = request.params;
        request.audited = id;
        desk.resume(request.identity.tenant, id);
        reply.code(202).send({ runId: id });
      },
    );
    done();
  };
}
