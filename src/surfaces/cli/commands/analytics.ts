import { systemClock } from "../../../shared/clock.ts";
import { parseSpanMs } from "../../../shared/quantity.ts";
import { analyse } from "../../analytics/analytics.ts";
import { analyticsText } from "../analytics-text.ts";
import type { CliContext } from "../cli.ts";
import { EXIT } from "../exit-codes.ts";
import { fault, refuse } from "../faults.ts";
import { withRecords } from "../run-records.ts";
import { paintFor } from "../style.ts";
import { printJson, wantsColour } from "../terminal.ts";

/** `abyssal analytics`: how the recorded runs of this working folder went, and what may be worth changing. */
export async function analyticsCommand(
  { since, output }: { readonly since?: string; readonly output: "text" | "json" },
  { terminal }: CliContext,
): Promise<number> {
  const { stdout, env } = terminal;
  const sinceMs = since === undefined ? null : readSince(since, systemClock.nowMs());
  const report = await withRecords(terminal, (records) => analyse(records, sinceMs, systemClock));
  if (output === "json") printJson(stdout, report);
  else stdout.write(analyticsText(report, paintFor(wantsColour(stdout, env))));
  return EXIT.succeeded;
}

/** A span back from now, or a date. */
function readSince(text: string, nowMs: number): number {
  const spanMs = parseSpanMs(text);
  if (spanMs !== undefined) return nowMs - spanMs;
  const atMs = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isFinite(atMs)) return atMs;
  return refuse(
    fault("OPTION_INVALID", "this time cannot be read", {
      place: "--since",
      expected: "a span of time such as 7d, or a date such as 2026-11-01",
      got: text || "nothing",
    }),
  );
}
