import { formatSpan } from "../../../shared/quantity.ts";
import { journalArchive } from "../../run-archive.ts";
import type { CliContext } from "../cli.ts";
import { EXIT } from "../exit-codes.ts";
import { withRecords } from "../run-records.ts";
import { alignedRows, fitted, paintFor } from "../style.ts";
import { printJson, wantsColour, widthFor } from "../terminal.ts";

/** `abyssal runs`: every run of this working folder, the newest first. */
export async function runsCommand(
  { output }: { readonly output: "text" | "json" },
  { terminal }: CliContext,
): Promise<number> {
  const { stdout, env } = terminal;
  const records = await withRecords(terminal, (engine) => journalArchive(engine).list());
  if (output === "json") {
    printJson(
      stdout,
      records.map(({ result: _, ...record }) => record),
    );
    return EXIT.succeeded;
  }
  if (records.length === 0) {
    stdout.write("no runs yet in this folder\n");
    return EXIT.succeeded;
  }
  const paint = paintFor(wantsColour(stdout, env));
  const rows = records.map(({ runId, status, startedAtMs, endedAtMs, agents, program }) => [
    runId,
    status,
    new Date(startedAtMs).toISOString().replace("T", " ").slice(0, 19),
    endedAtMs === null ? "" : formatSpan(endedAtMs - startedAtMs),
    String(agents),
    fitted(program.trim(), 60),
  ]);
  const head = ["RUN", "STATUS", "STARTED (UTC)", "TIME", "AGENTS", "PROGRAM"];
  const [first = "", ...rest] = alignedRows([head, ...rows], {
    right: [3, 4],
    width: widthFor(stdout),
    cuts: true,
  });
  stdout.write(`${[paint("bold", first), ...rest].join("\n")}\n`);
  return EXIT.succeeded;
}
