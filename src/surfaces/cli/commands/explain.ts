import { systemClock } from "../../../shared/clock.ts";
import { explainRecorded } from "../../explain-run.ts";
import type { CliContext } from "../cli.ts";
import { EXIT } from "../exit-codes.ts";
import { explainText } from "../explain-text.ts";
import { withRecords } from "../run-records.ts";
import { paintFor } from "../style.ts";
import { printJson, wantsColour, widthFor } from "../terminal.ts";

/** `abyssal explain`: why a run, or a node of it, is where it is, from its records alone. */
export async function explainCommand(
  runId: string,
  path: string | undefined,
  { output }: { readonly output: "text" | "json" },
  { terminal }: CliContext,
): Promise<number> {
  const { stdout, env } = terminal;
  const explanation = await withRecords(terminal, (records) => explainRecorded(records, runId, path));
  if (output === "json") printJson(stdout, explanation);
  else {
    const paint = paintFor(wantsColour(stdout, env));
    stdout.write(explainText(explanation, systemClock.nowMs(), paint, widthFor(stdout)));
  }
  return EXIT.succeeded;
}
