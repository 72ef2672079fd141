import type { LiveRun } from "../live-run.ts";
import { EXIT } from "./exit-codes.ts";
import type { Progress } from "./progress/progress.ts";
import type { Terminal } from "./terminal.ts";

export type Interrupts = {
  /** The exit code of the interruption, if there was one. */
  exitCode(): number | undefined;
  stop(): void;
};

/** The first interruption stops the run, which still answers with what it has; the second ends the process at once. */
export function watchInterrupts(
  run: LiveRun,
  terminal: Terminal,
  progress: Progress,
  { quiet }: { readonly quiet?: boolean },
): Interrupts {
  let code: number | undefined;
  const stop = terminal.onInterrupt((signal) => {
    if (code !== undefined) {
      progress.end();
      terminal.exit(code);
    }
    code = signal === "SIGINT" ? EXIT.interrupted : EXIT.terminated;
    if (!quiet)
      progress.note(() =>
        terminal.stderr.write("interrupted: stopping what is under way; once more ends at once\n"),
      );
    // What goes wrong with the run is told by whoever awaits its result.
    run.cancel(`interrupted by ${signal}`).catch(() => {});
  });
  return { exitCode: () => code, stop };
}
