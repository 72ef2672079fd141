import type { LiveRun } from "../../live-run.ts";
import { canRedraw, type Terminal } from "../terminal.ts";
import { noProgress, type Progress } from "./progress.ts";

/** Loads the display for this terminal (a live tree, plain lines, or nothing) before the run starts: no event is missed. */
export async function loadProgress(
  terminal: Terminal,
  { quiet }: { readonly quiet: boolean },
): Promise<(run: LiveRun) => Progress> {
  if (quiet) return () => noProgress;
  if (canRedraw(terminal.stderr, terminal.env)) {
    const { LiveProgress } = await import("./live-progress.ts");
    return (run) => new LiveProgress(run, terminal);
  }
  const { PlainProgress } = await import("./plain-progress.ts");
  return (run) => new PlainProgress(run, terminal.stderr);
}
