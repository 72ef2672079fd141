import type { LiveRun } from "../../live-run.ts";
import { canRedraw, type Terminal } from "../terminal.ts";
import { noProgress, type Progress } from "./progress.ts";

/** The display for this terminal: a live tree, plain lines, or nothing. */
export async function openProgress(
  run: LiveRun,
  terminal: Terminal,
  { quiet }: { readonly quiet: boolean },
): Promise<Progress> {
  if (quiet) return noProgress;
  if (canRedraw(terminal.stderr, terminal.env)) {
    const { LiveProgress } = await import("./live-progress.ts");
    return new LiveProgress(run, terminal);
  }
  const { PlainProgress } = await import("./plain-progress.ts");
  return new PlainProgress(run, terminal.stderr);
}
