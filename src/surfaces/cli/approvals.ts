import { createInterface } from "node:readline";
import type { LiveRun } from "../live-run.ts";
import type { Progress } from "./progress/progress.ts";
import type { Terminal } from "./terminal.ts";

export type Approvals = {
  /** Paths that waited for a person when there was nobody to ask. */
  unanswered(): readonly string[];
  stop(): void;
};

/** Asks on a terminal when a run waits for a person; without one the run cannot go on and is cancelled. */
export function watchApprovals(run: LiveRun, terminal: Terminal, progress: Progress): Approvals {
  const questions = new Map<string, string>();
  const asked = new Set<string>();
  const stopped = new AbortController();
  let unanswered: readonly string[] = [];
  const mayAsk = terminal.stdin.isTTY === true && terminal.stderr.stream?.isTTY === true;
  const ask = async (paths: readonly string[]): Promise<void> => {
    for (const path of paths) {
      if (asked.has(path) || stopped.signal.aborted) continue;
      asked.add(path);
      const question = questions.get(path) ?? `May ${path} run?`;
      const approved = await progress.note(() => askYesNo(question, terminal, stopped.signal));
      if (approved !== undefined) run.decide(path, { approved, by: terminal.env.USER ?? "the terminal" });
    }
  };
  const subscription = run.events$.subscribe((event) => {
    if (event.type === "agent.awaitingApproval") questions.set(event.path, event.question);
    if (event.type !== "run.suspended") return;
    if (mayAsk) void ask(event.waitingFor);
    else {
      unanswered = event.waitingFor;
      void run.cancel(
        `waits for approval of ${event.waitingFor.join(", ")}, and there is no terminal to ask on`,
      );
    }
  });
  return {
    unanswered: () => unanswered,
    stop: () => {
      stopped.abort();
      subscription.unsubscribe();
    },
  };
}

/** True or false as answered; undefined when the run ended first. No answer (end of input) is no. */
function askYesNo(question: string, terminal: Terminal, signal: AbortSignal): Promise<boolean | undefined> {
  return new Promise((resolve) => {
    const lines = createInterface({ input: terminal.stdin, output: terminal.stderr.stream });
    const done = (answer: boolean | undefined): void => {
      resolve(answer);
      lines.close();
    };
    signal.addEventListener("abort", () => done(undefined), { once: true });
    // readline takes Ctrl-C for itself: it is handed on to whoever watches for interruptions.
    lines.on("SIGINT", () => {
      terminal.stderr.write("\n");
      process.kill(process.pid, "SIGINT");
    });
    lines.on("close", () => done(signal.aborted ? undefined : false));
    lines.question(`${question} [y/N] `, (answer) => done(/^\s*y(es)?\s*$/i.test(answer)));
  });
}
