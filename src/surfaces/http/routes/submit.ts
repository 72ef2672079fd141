import type { FastifyReply, FastifyRequest } from "fastify";
import type { FastifyPluginCallbackZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { hashJson } from "../../../shared/hash.ts";
import type { JsonObject } from "../../../shared/json.ts";
import { batchProgram } from "../../batch.ts";
import { commandText } from "../../command-text.ts";
import type { ExecuteOptions } from "../../execute-options.ts";
import type { Answers } from "../answers/answer-schemas.ts";
import { AcceptedAnswer, StatusAnswer } from "../answers/run-answers.ts";
import type { Identity } from "../identity.ts";
import type { RunDesk } from "../run-desk.ts";
import { BatchBody, ExecuteBody, IDEMPOTENCY_KEY, WaitQuery } from "../schemas.ts";
import type { RouteGroup, ServerPorts } from "../server-ports.ts";
import type { Submission } from "../submission.ts";

const KeyHeaders = z.looseObject({
  "idempotency-key": IDEMPOTENCY_KEY.describe("The same key is the same run, however often it is sent."),
});

const ANSWERS: Answers = {
  200: { description: "It has ended while `wait` lasted.", schema: StatusAnswer },
  202: { description: "It is on the disk; with `wait`, how it stands.", schema: AcceptedAnswer },
};

/** Starting runs. */
export const submitRoutes: RouteGroup = (app, ports) => void app.register(submitting(ports));

function submitting({ desk, intake }: ServerPorts): FastifyPluginCallbackZod {
  return (app, _, done) => {
    app.post(
      "/execute",
      {
        config: { needs: "runs.start", audits: "run.execute", answers: ANSWERS },
        schema: {
          summary: "Start a program, or a template with parameters",
          description: "202: it is on the disk, and will be run even if the server dies.",
          body: ExecuteBody,
          querystring: WaitQuery,
          headers: KeyHeaders,
        },
      },
      async (request, reply) => {
        intake.admit();
        const { command, template, parameters = {}, options = {} } = request.body;
        const submitted = await submit(desk, {
          identity: request.identity,
          program: command ?? commandText(template!, parameters as JsonObject),
          options: options as ExecuteOptions,
          key: request.headers["idempotency-key"],
          body: request.body,
          wait: request.query.wait,
        });
        return answer(request, reply, submitted);
      },
    );
    app.post(
      "/batch",
      {
        config: { needs: "runs.start", audits: "run.batch", answers: ANSWERS },
        schema: {
          summary: "Start many commands as one run",
          body: BatchBody,
          querystring: WaitQuery,
          headers: KeyHeaders,
        },
      },
      async (request, reply) => {
        intake.admit();
        const { commands, options = {} } = request.body;
        const submitted = await submit(desk, {
          identity: request.identity,
          program: batchProgram(commands, "commands"),
          options: options as ExecuteOptions,
          key: request.headers["idempotency-key"],
          body: request.body,
          wait: request.query.wait,
        });
        return answer(request, reply, submitted);
      },
    );
    done();
  };
}

const JSON_TYPE = "application/json; charset=utf-8";

type Asked = Pick<Submission, "program" | "options" | "key"> & {
  readonly identity: Identity;
  readonly body: unknown;
  /** How long the answer may wait for the run's end, seconds. */
  readonly wait: number | undefined;
};

type Submitted = { readonly runId: string; readonly status: number; readonly text: string };

function answer(
  request: Pick<FastifyRequest, "audited">,
  reply: Pick<FastifyReply, "code">,
  { runId, status, text }: Submitted,
): FastifyReply {
  request.audited = runId;
  return reply.code(status).header("location", `/status/${runId}`).type(JSON_TYPE).send(text);
}

/** 202 with the run's id; or, after a wait, with how it stands: 200 once it has ended. */
async function submit(
  desk: RunDesk,
  { identity: { tenant, subject }, program, options, key, body, wait = 0 }: Asked,
): Promise<Submitted> {
  const { runId, isNew, warnings } = await desk.submit({
    tenant,
    by: subject,
    program,
    options,
    key,
    ...(key === undefined ? {} : { requestHash: hashJson(body) }),
  });
  if (wait === 0) return { runId, status: 202, text: JSON.stringify({ runId, repeated: !isNew, warnings }) };
  const text = await desk.waitFor(tenant, runId, wait * 1_000);
  const { endedAtMs } = JSON.parse(text) as { readonly endedAtMs: number | null };
  return { runId, status: endedAtMs === null ? 202 : 200, text };
}
