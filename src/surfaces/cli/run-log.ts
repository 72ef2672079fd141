import type { Abyssal } from "../abyssal.ts";
import type { LiveRun } from "../live-run.ts";
import { createLog } from "../log.ts";
import type { Terminal } from "./terminal.ts";

/** Logs a run's changes of state, and those of what it calls, as far as the configuration asks for them. */
export function logRun(
  run: LiveRun,
  {
    config: { logging },
    resilience$,
    observatory: { secrets, alertEvents$ },
  }: Pick<Abyssal, "config" | "resilience$" | "observatory">,
  { cwd, stderr }: Terminal,
): { unsubscribe(): void } {
  const log = createLog(logging, { stderr, workingFolder: cwd, secrets }).child({ runId: run.runId });
  const subscription = resilience$.subscribe(({ type, atMs: _, ...fields }) =>
    log.warn({ event: type, ...fields }, "guard of a resource changed"),
  );
  const ofRun = run.events$.subscribe((event) => {
    const { type, atMs: _, ...fields } = event;
    if (event.type === "run.started") log.info({ event: type, planHash: run.plan.hash }, "run started");
    else if (event.type === "run.ended") log.info({ event: type, ...fields }, "run ended");
    else if (event.type === "run.suspended") log.warn({ event: type, ...fields }, "run suspended");
    else if (event.type === "agent.ended") {
      const { failure, ...rest } = event;
      const line = { ...rest, event: type, ...(failure ? { err: failure } : {}) };
      if (event.status === "failed") log.error(line, "agent failed");
      else log.info(line, "agent ended");
    } else log.debug({ event: type, ...fields }, "state changed");
  });
  const ofAlerts = alertEvents$.subscribe(({ type, notice, reason }) => {
    const { id, rule, subject, text } = notice;
    const fields = { event: type, id, rule, subject, text, ...(reason === undefined ? {} : { reason }) };
    if (type === "alert.resolved") log.info(fields, "alert resolved");
    else if (type === "alert.firing") log.warn(fields, "alert firing");
    else log.error(fields, "alert undelivered");
  });
  subscription.add(ofRun);
  subscription.add(ofAlerts);
  return subscription;
}
