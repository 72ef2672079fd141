import type { Question } from "../../actors/question.ts";
import { systemClock } from "../../shared/clock.ts";
import type { LiveRun } from "../live-run.ts";
import { waitingRows } from "./asking-text.ts";
import type { RunFlags } from "./run-flags.ts";
import { paintFor } from "./style.ts";
import { printJson, type Terminal, wantsColour } from "./terminal.ts";

/** Says what a run waits for that its process leaves, until when, and how to go on. */
export function printSuspended(
  { runId, plan }: LiveRun,
  waitingFor: readonly Question[],
  { output, quiet }: RunFlags,
  { stdout, stderr, env }: Terminal,
): void {
  const document = { runId, status: "suspended", waitingFor, planHash: plan.hash };
  if (output === "json") printJson(stdout, document);
  else if (output === "ndjson") stdout.write(`${JSON.stringify({ type: "result", ...document })}\n`);
  if (quiet) return;
  const paint = paintFor(wantsColour(stderr, env));
  const lines = [
    ["status", `${paint("yellow", "suspended")}, everything else is done and recorded`],
    ...waitingRows(runId, waitingFor, systemClock.nowMs()),
    ["run", runId],
  ];
  stderr.write(
    `\n${lines.map(([name, text]) => `${paint("bold", name!.padEnd(10))}  ${text}`).join("\n")}\n`,
  );
}
