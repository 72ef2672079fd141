import type { DurableEngine } from "../../../engine/durable-engine.ts";
import { EXIT } from "../exit-codes.ts";
import type { Terminal } from "../terminal.ts";
import { boardText } from "./board-text.ts";
import { watchLeaving } from "./leaving.ts";
import type { MonitorFlags } from "./monitor-flags.ts";
import { RunBoard } from "./run-board.ts";
import { openScreen, stillFrame } from "./screen.ts";

/** Shows all runs of a folder, redrawn in place on a terminal until one leaves; elsewhere once, unless as ndjson. */
export async function watchRuns(
  engine: DurableEngine,
  { once, intervalMs, output }: MonitorFlags,
  terminal: Terminal,
): Promise<number> {
  const { stdout } = terminal;
  const board = new RunBoard(engine);
  const screen = once || output === "ndjson" ? undefined : await openScreen(terminal);
  if (once || (output === "text" && !screen)) {
    const rows = board.refresh();
    if (output === "ndjson") stdout.write(`${JSON.stringify({ type: "runs", runs: rows })}\n`);
    else stdout.write(`${boardText(rows, stillFrame(terminal))}\n`);
    return EXIT.succeeded;
  }
  const leaving = watchLeaving(terminal);
  let told = "";
  try {
    while (leaving.code() === undefined) {
      const rows = board.refresh();
      screen?.draw((frame) => boardText(rows, frame));
      const line = screen ? told : JSON.stringify({ type: "runs", runs: rows });
      if (line !== told) stdout.write(`${line}\n`);
      told = line;
      await leaving.pause(intervalMs);
    }
  } finally {
    leaving.stop();
    screen?.done();
  }
  return leaving.code()!;
}
