import type { Observable, Subscription } from "rxjs";
import type { RunEvent } from "../../actors/run-events.ts";
import type { Plan } from "../../plan/plan.ts";
import type { Abyssal } from "../abyssal.ts";
import { type Log, silentLog } from "../log.ts";

type Logged = {
  readonly runId: string;
  readonly plan: Pick<Plan, "hash">;
  readonly events$: Observable<RunEvent>;
};

/** Logs a run's changes of state, until it ends. */
export function logRun({ runId, plan, events$ }: Logged, to: Log): void {
  if (to === silentLog) return;
  const log = to.child({ runId });
  events$.subscribe((happened) => {
    const { type: event, atMs: _, ...fields } = happened;
    if (event === "run.started") log.info({ event, planHash: plan.hash }, "run started");
    else if (happened.type === "run.ended") log.info({ event, status: happened.status }, "run ended");
    else if (event === "run.suspended") log.warn({ event, ...fields }, "run suspended");
    else if (happened.type === "agent.ended") {
      const { type: __, atMs: ___, failure, ...rest } = happened;
      const line = { event, ...rest, ...(failure ? { err: failure } : {}) };
      if (happened.status === "failed") log.error(line, "agent failed");
      else log.info(line, "agent ended");
    } else log.debug({ event, ...fields }, "state changed");
  });
}

/** Logs what becomes of alerts, and of what runs call. */
export function logWatched(
  { resilience$, observatory }: Pick<Abyssal, "resilience$" | "observatory">,
  log: Log,
): Subscription {
  const watching = resilience$.subscribe(({ type, atMs: _, ...fields }) =>
    log.warn({ event: type, ...fields }, "guard of a resource changed"),
  );
  watching.add(
    observatory.alertEvents$.subscribe(({ type, notice, reason }) => {
      const { id, rule, subject, text } = notice;
      const fields = { event: type, id, rule, subject, text, ...(reason === undefined ? {} : { reason }) };
      if (type === "alert.resolved") log.info(fields, "alert resolved");
      else if (type === "alert.firing") log.warn(fields, "alert firing");
      else log.error(fields, "alert undelivered");
    }),
  );
  return watching;
}
