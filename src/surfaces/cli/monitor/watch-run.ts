import type { RunEvent } from "../../../actors/run-events.ts";
import type { DurableEngine, RunSummary } from "../../../engine/durable-engine.ts";
import { formatSpan } from "../../../shared/quantity.ts";
import { approveText } from "../asking-text.ts";
import { EXIT, exitCodeOf } from "../exit-codes.ts";
import { drawTree } from "../progress/draw-tree.ts";
import { PlainProgress } from "../progress/plain-progress.ts";
import { fitted } from "../style.ts";
import type { Terminal } from "../terminal.ts";
import { FollowedTree } from "./followed-tree.ts";
import { watchLeaving } from "./leaving.ts";
import type { MonitorFlags } from "./monitor-flags.ts";
import { openScreen, type Screen, type ScreenFrame, stillFrame } from "./screen.ts";

/** Questions that are shown below a tree. */
const QUESTIONS = 3;

/**
 * Shows one run until it has ended, through its records, and gives its own exit code then: a tree on a terminal, lines
 * elsewhere, its events as ndjson. Who leaves before the end disturbs nothing.
 */
export async function watchRun(
  engine: DurableEngine,
  runId: string,
  { once, intervalMs, output }: MonitorFlags,
  terminal: Terminal,
): Promise<number> {
  const { stdout } = terminal;
  const told: RunEvent[] = [];
  const watched = new FollowedTree(engine, runId, (event) => told.push(event));
  const standing = (): RunSummary["status"] => statusOf(engine, watched);
  if (once) {
    if (output === "ndjson") stdout.write(lastLine(watched, standing()));
    else stdout.write(`${treeText(watched, standing(), stillFrame(terminal))}\n`);
    return exitCode(watched);
  }
  const screen = output === "text" ? await openScreen(terminal) : undefined;
  const leaving = watchLeaving(terminal);
  const tell = teller(watched, output, screen, terminal);
  try {
    for (;;) {
      watched.followed.catchUp();
      for (const event of told.splice(0)) tell(event);
      screen?.draw((frame) => treeText(watched, standing(), frame));
      if (watched.followed.ended) break;
      await leaving.pause(intervalMs);
      const code = leaving.code();
      if (code !== undefined) return code;
    }
  } finally {
    leaving.stop();
    screen?.done();
  }
  if (output === "ndjson") stdout.write(lastLine(watched, standing()));
  else if (!screen) stdout.write(`${endLine(watched)}\n`);
  return exitCode(watched);
}

function teller(
  { followed }: FollowedTree,
  output: MonitorFlags["output"],
  screen: Screen | undefined,
  { stdout }: Terminal,
): (event: RunEvent) => void {
  if (screen) return () => {};
  if (output === "ndjson") return (event) => stdout.write(`${JSON.stringify(event)}\n`);
  const lines = new PlainProgress({ runId: followed.runId, plan: followed.accepted.plan, past: [] }, stdout);
  return (event) => lines.event(event);
}

/** The tree, and below it what a person can do for a run that does not go on by itself. */
function treeText(watched: FollowedTree, status: RunSummary["status"], frame: ScreenFrame): string {
  const { runId, ended } = watched.followed;
  const { waitingFor, lastMs } = watched.sight;
  const below = ended ? [endLine(watched)] : [];
  if (status === "interrupted") below.push(`interrupted: nobody drives it; abyssal resume ${runId}`);
  for (const question of waitingFor.slice(0, QUESTIONS))
    below.push(`asks: ${question.question}`, `  ${approveText(runId, question)}`);
  if (waitingFor.length > QUESTIONS) below.push(`and ${waitingFor.length - QUESTIONS} more questions`);
  // A run on which nobody works does not grow older.
  const nowMs = ended?.atMs ?? (status === "interrupted" ? lastMs : frame.nowMs);
  const rows = Math.max(2, frame.rows - below.length);
  const tree = drawTree(watched.tree, runId, { ...frame, nowMs, rows });
  return [tree, ...below.map((line) => frame.paint("yellow", fitted(line, frame.columns)))].join("\n");
}

function statusOf(engine: DurableEngine, { followed, sight }: FollowedTree): RunSummary["status"] {
  if (followed.ended) return followed.ended.status;
  if (sight.isSuspended) return "suspended";
  return engine.summary(followed.runId)?.status ?? "interrupted";
}

function endLine({ followed }: FollowedTree): string {
  const { ended, accepted, runId } = followed;
  if (!ended) return `${runId} has not ended`;
  return `${runId} ${ended.status} in ${formatSpan(Math.max(0, ended.atMs - accepted.atMs))}`;
}

function lastLine({ followed, sight }: FollowedTree, status: RunSummary["status"]): string {
  const { isSuspended: _, ...counts } = sight;
  const endedAtMs = followed.ended?.atMs ?? null;
  return `${JSON.stringify({ type: "status", runId: followed.runId, status, ...counts, endedAtMs })}\n`;
}

function exitCode({ followed }: FollowedTree): number {
  if (!followed.ended) return EXIT.succeeded;
  const results = followed.run.answer?.results ?? [];
  const codes = results.flatMap(({ failure, status }) =>
    failure && status !== "degraded" ? [failure.code] : [],
  );
  return exitCodeOf(followed.ended.status, codes);
}
