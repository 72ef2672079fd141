import type { FastifyInstance, FastifyRequest, onResponseHookHandler, preHandlerHookHandler } from "fastify";
import type { Clock } from "../../../shared/clock.ts";
import type { Log } from "../../log.ts";
import type { AuditEntry } from "./audit-chain.ts";
import type { AuditLog } from "./audit-log.ts";

/** Keeps every request that would change something: before anything is done, and how it ended; or that it was refused. */
export function auditRequests(
  app: FastifyInstance,
  audit: Pick<AuditLog, "append" | "note">,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): void {
  const entry = (
    request: FastifyRequest,
    phase: AuditEntry["phase"],
    action: string,
    status: number | null,
  ): AuditEntry => {
    const { identity, isKnown, id, params, audited } = request;
    const who = isKnown ? identity : { tenant: null, subject: null, role: null };
    const named = (params as { id?: unknown } | undefined)?.id;
    return {
      phase,
      atMs: clock.nowMs(),
      correlationId: id,
      tenant: who.tenant,
      subject: who.subject,
      role: who.role,
      action,
      target: audited ?? (typeof named === "string" ? named.slice(0, 200) : null),
      status,
    };
  };
  app.addHook("onRoute", (route) => {
    const { audits } = route.config ?? {};
    if (audits === undefined) return;
    const ask: preHandlerHookHandler = (request, _reply, done) => {
      audit.append(entry(request, "asked", audits, null)).then(() => {
        request.isAudited = true;
        done();
      }, done);
    };
    const answer: onResponseHookHandler = (request, reply, done) => {
      audit
        .note(entry(request, request.isAudited ? "answered" : "refused", audits, reply.statusCode))
        .catch((err) =>
          // It was answered by now; that it was asked for stands in the log.
          log.error({ event: "audit.failed", correlationId: request.id, err }, "answer could not be audited"),
        );
      done();
    };
    route.preHandler = [ask, ...[route.preHandler ?? []].flat()];
    route.onResponse = [answer, ...[route.onResponse ?? []].flat()];
  });
}
