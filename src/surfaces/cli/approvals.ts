import { createInterface } from "node:readline";
import { type Decision, misfitOf, type Question } from "../../actors/question.ts";
import type { RunEvent } from "../../actors/run-events.ts";
import { systemClock } from "../../shared/clock.ts";
import type { LiveRun } from "../live-run.ts";
import { isOver, otherwiseText } from "./asking-text.ts";
import type { Progress } from "./progress/progress.ts";
import type { Terminal } from "./terminal.ts";

export type Approvals = {
  /** Resolves when the run waits for people and there is nobody to ask here. */
  readonly unanswered: Promise<readonly Question[]>;
  stop(): void;
};

/** Asks on a terminal when a run waits for a person; without one the run is left as it is, to be decided later. */
export function watchApprovals(run: LiveRun, terminal: Terminal, progress: Progress): Approvals {
  const asked = new Map<string, AbortController>();
  const unanswered = Promise.withResolvers<readonly Question[]>();
  const mayAsk = terminal.stdin.isTTY === true && terminal.stderr.stream?.isTTY === true;
  let seen = 0;
  let stopped = false;
  const ask = async (questions: readonly Question[]): Promise<void> => {
    for (const question of questions) {
      const { path } = question;
      if (asked.has(path) || stopped) continue;
      const { signal } = asked.set(path, new AbortController()).get(path)!;
      const decision = await progress.note(() => askPerson(question, terminal, signal));
      if (decision && !signal.aborted)
        run.decide(path, {
          ...decision,
          askedBy: question.askedBy ?? 0,
          by: terminal.env.USER ?? "the terminal",
        });
      // Its end of input is no answer: the run is left to be answered later.
      else if (!signal.aborted) return unanswered.resolve(run.questions);
    }
  };
  const look = (event: RunEvent): void => {
    seen++;
    // Decided elsewhere: there is nothing to ask any more.
    if (event.type === "agent.ready" || event.type === "agent.ended") {
      asked.get(event.path)?.abort();
      // It may ask something else.
      asked.delete(event.path);
    }
    if (event.type !== "run.suspended") return;
    const seenThen = seen;
    // A decision that has come by now is recorded and applied before this is called.
    setImmediate(() => {
      if (seen !== seenThen || stopped) return;
      const open = run.questions.filter((question) => !isOver(question, systemClock.nowMs()));
      if (mayAsk) void ask(open);
      // What its default decides at once needs nobody here; what remains is seen after that.
      else if (open.length === run.questions.length) unanswered.resolve(open);
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

/**
 * The decision as typed; undefined when the run goes on without it, or the input ended before an answer. The end of input
 * is a no to whether something may run.
 */
function askPerson(
  question: Question,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<Decision | undefined> {
  return new Promise((resolve) => {
    const lines = createInterface({ input: terminal.stdin, output: terminal.stderr.stream });
    const done = (decision: Decision | undefined): void => {
      signal.removeEventListener("abort", abort);
      resolve(decision);
      lines.close();
    };
    const abort = (): void => {
      terminal.stderr.write("\n");
      done(undefined);
    };
    signal.addEventListener("abort", abort, { once: true });
    // readline takes Ctrl-C for itself: it is handed on to whoever watches for interruptions.
    lines.on("SIGINT", () => {
      terminal.stderr.write("\n");
      process.kill(process.pid, "SIGINT");
    });
    // Ctrl-Z as well, and having gone on it reads no more by itself.
    lines.on("SIGCONT", () => lines.resume());
    lines.on("close", () => done(question.asks === "approval" ? { approved: false } : undefined));
    const put = (): void =>
      lines.question(terminal.stderr.clean?.(promptOf(question)) ?? promptOf(question), (typed) => {
        const decision = readDecision(question, typed);
        if (decision) done(decision);
        else put();
      });
    put();
  });
}

function promptOf(question: Question): string {
  const { asks, choices, untilMs, otherwise } = question;
  const until =
    untilMs === undefined || otherwise === undefined
      ? ""
      : ` (until ${new Date(untilMs).toISOString().replace("T", " ").slice(0, 19)} UTC, then ${otherwiseText(otherwise)})`;
  const text = `${question.question}${until}`;
  if (asks === "approval") return `${text} [y/N] `;
  if (!choices) return `${text}\n> `;
  return `${text}\n${choices.map((choice, index) => `  ${index + 1}. ${choice}`).join("\n")}\n> `;
}

/** What was typed as a decision; a choice by its text or its number; null when it is no answer. */
export function readDecision(question: Question, typed: string): Decision | null {
  if (question.asks === "approval") return { approved: /^\s*y(es)?\s*$/i.test(typed) };
  const text = typed.trim();
  const same = (choice: string): boolean => choice.toLowerCase() === text.toLowerCase();
  const { choices } = question;
  const answer = choices
    ? (choices.find((choice) => choice === text) ?? choices.find(same) ?? choices[Number(text) - 1] ?? text)
    : text;
  const decision = { approved: true, answer };
  return misfitOf(question, decision) ? null : decision;
}
