import { createInterface } from "node:readline";
import type { RunEvent } from "../../actors/run-events.ts";
import type { LiveRun } from "../live-run.ts";
import type { Waiting } from "../run-archive.ts";
import type { Progress } from "./progress/progress.ts";
import type { Terminal } from "./terminal.ts";

export type Approvals = {
  /** Resolves when the run waits for people and there is nobody to ask here. */
  readonly unanswered: Promise<readonly Waiting[]>;
  stop(): void;
};

/** Asks on a terminal when a run waits for a person; without one the run is left as it is, to be decided later. */
export function watchApprovals(run: LiveRun, terminal: Terminal, progress: Progress): Approvals {
  const questions = new Map<string, string>();
  const asked = new Map<string, AbortController>();
  const unanswered = Promise.withResolvers<readonly Waiting[]>();
  const mayAsk = terminal.stdin.isTTY === true && terminal.stderr.stream?.isTTY === true;
  let seen = 0;
  let stopped = false;
  const questionOf = (path: string): string => questions.get(path) ?? `May ${path} run?`;
  const ask = async (paths: readonly string[]): Promise<void> => {
    for (const path of paths) {
      if (asked.has(path) || stopped) continue;
      const { signal } = asked.set(path, new AbortController()).get(path)!;
      const approved = await progress.note(() => askYesNo(questionOf(path), terminal, signal));
      if (approved !== undefined) run.decide(path, { approved, by: terminal.env.USER ?? "the terminal" });
    }
  };
  const look = (event: RunEvent): void => {
    seen++;
    if (event.type === "agent.awaitingApproval") questions.set(event.path, event.question);
    // Decided elsewhere: there is nothing to ask any more.
    if (event.type === "agent.ready" || event.type === "agent.ended") asked.get(event.path)?.abort();
    if (event.type !== "run.suspended") return;
    const { waitingFor } = event;
    const seenThen = seen;
    // A decision that has come by now is recorded and applied before this is called.
    setImmediate(() => {
      if (seen !== seenThen || stopped) return;
      if (mayAsk) void ask(waitingFor);
      else unanswered.resolve(waitingFor.map((path) => ({ path, question: questionOf(path) })));
    });
  };
  for (const event of run.past) look(event);
  const subscription = run.events$.subscribe(look);
  return {
    unanswered: unanswered.promise,
    stop: () => {
      stopped = true;
      for (const question of asked.values()) question.abort();
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
