import type { DurableEngine, RunSummary } from "../engine/durable-engine.ts";
import type { Clock } from "../shared/clock.ts";

const LOOK_EVERY_MS = 100;

/**
 * Stops a recorded run wherever it is driven, and waits until it has ended, at most `patienceMs`; gives how it stands then.
 * Throws AbyssalError RUN_UNKNOWN, RUN_ENDED, JOURNAL_*.
 */
export async function cancelRun(
  engine: DurableEngine,
  runId: string,
  { reason, patienceMs, clock }: { reason: string; patienceMs: number; clock: Clock },
): Promise<RunSummary> {
  const command = { type: "cancel", reason } as const;
  const untilMs = clock.nowMs() + patienceMs;
  let receipt = engine.signal(runId, command);
  for (;;) {
    if (receipt.kind === "applied") await receipt.handle.ended;
    const summary = engine.summary(runId)!;
    if (summary.endedAtMs !== null || clock.nowMs() >= untilMs) return summary;
    // Its process died before it took the command: nobody else will.
    if (summary.status === "interrupted") receipt = engine.signal(runId, command);
    else await new Promise<void>((resolve) => clock.at(clock.nowMs() + LOOK_EVERY_MS, resolve));
  }
}
