import { expect, test } from "vitest";
import { watchInterrupts } from "../../../src/surfaces/cli/interrupts.ts";
import type { Progress } from "../../../src/surfaces/cli/progress/progress.ts";
import type { Terminal } from "../../../src/surfaces/cli/terminal.ts";
import type { LiveRun } from "../../../src/surfaces/live-run.ts";

function interrupted(flags: { readonly quiet?: boolean }, signals: readonly ("SIGINT" | "SIGTERM")[]) {
  const said: string[] = [];
  const done: string[] = [];
  let tell: (signal: "SIGINT" | "SIGTERM") => void = () => {};
  const run = { cancel: async (reason: string) => void done.push(reason) } as unknown as LiveRun;
  const terminal = {
    stderr: { write: (text: string) => said.push(text) },
    onInterrupt: (listener: typeof tell) => {
      tell = listener;
      return () => {};
    },
    exit: (code: number) => {
      throw new Error(`exit ${code}`);
    },
  } as unknown as Terminal;
  const progress = { note: (work: () => unknown) => work(), end: () => {} } as unknown as Progress;
  const interrupts = watchInterrupts(run, terminal, progress, flags);
  try {
    for (const signal of signals) tell(signal);
  } catch (error) {
    done.push((error as Error).message);
  }
  return { said, done, code: interrupts.exitCode() };
}

test("the first interruption stops the run and says so, the second one ends the process at once", () => {
  expect(interrupted({}, ["SIGTERM", "SIGINT"])).toEqual({
    said: ["interrupted: stopping what is under way; once more ends at once\n"],
    done: ["interrupted by SIGTERM", "exit 143"],
    code: 143,
  });
});

test("an interruption says nothing where nothing is to be said", () => {
  expect(interrupted({ quiet: true }, ["SIGINT"])).toEqual({
    said: [],
    done: ["interrupted by SIGINT"],
    code: 130,
  });
});
