import { systemClock } from "../../../shared/clock.ts";
import { analyse } from "../../analytics/analytics.ts";
import { readSince, SINCE_FORMS } from "../../analytics/since.ts";
import { analyticsText } from "../analytics-text.ts";
import type { CliContext } from "../cli.ts";
import { EXIT } from "../exit-codes.ts";
import { fault, refuse } from "../faults.ts";
import { withRecords } from "../run-records.ts";
import { paintFor } from "../style.ts";
import { printJson, wantsColour, widthFor } from "../terminal.ts";

/** `abyssal analytics`: how the recorded runs of this working folder went, and what may be worth changing. */
export async function analyticsCommand(
  { since, output }: { readonly since?: string; readonly output: "text" | "json" },
  { terminal }: CliContext,
): Promise<number> {
  const { stdout, env } = terminal;
  const sinceMs = since === undefined ? null : sinceOf(since);
  const report = await withRecords(terminal, (records) => analyse(records, sinceMs, systemClock));
  if (output === "json") printJson(stdout, report);
  else stdout.write(analyticsText(report, paintFor(wantsColour(stdout, env)), widthFor(stdout)));
  return EXIT.succeeded;
}

function sinceOf(text: string): number {
  const sinceMs = readSince(text, systemClock.nowMs());
  if (sinceMs !== undefined) return sinceMs;
  return refuse(
    fault("OPTION_INVALID", "this time cannot be read", {
      place: "--since",
      expected: SINCE_FORMS,
      got: text || "nothing",
    }),
  );
}
