import { formatSpan } from "../../../shared/quantity.ts";
import { columns, fitted, type Paint } from "../style.ts";
import type { BoardRow } from "./run-board.ts";

export type BoardFrame = {
  readonly nowMs: number;
  readonly columns: number;
  /** Lines at most. */
  readonly rows: number;
  readonly paint: Paint;
};

const HEAD = ["RUN", "STATUS", "AGENTS", "RUNNING", "FAILED", "TIME", "WAITS FOR", "PROGRAM"];
const TONES: Readonly<Partial<Record<BoardRow["status"], Parameters<Paint>[0]>>> = {
  running: "cyan",
  suspended: "yellow",
  interrupted: "yellow",
  succeeded: "green",
  partial: "yellow",
  failed: "red",
  cancelled: "red",
};
const OVER: ReadonlySet<string> = new Set(["succeeded", "partial", "failed", "cancelled"]);

/** The board as lines, at most `rows` of them: those first that have not ended; the rest is counted. */
export function boardText(board: readonly BoardRow[], frame: BoardFrame): string {
  if (board.length === 0) return "no runs yet in this folder";
  const { paint, rows } = frame;
  const shown = [...board]
    .sort((a, b) => Number(OVER.has(a.status)) - Number(OVER.has(b.status)))
    .slice(0, Math.max(1, board.length < rows ? board.length : rows - 2));
  const cells = shown.map((row) => cellsOf(row, frame));
  const [head = "", ...lines] = columns([HEAD, ...cells], { right: [2, 3, 4, 5] }).split("\n");
  const painted = lines.map((line, place) => toned(fitted(line, frame.columns), shown[place]!, paint));
  const rest = board.length - shown.length;
  return [
    paint("bold", fitted(head, frame.columns)),
    ...painted,
    ...(rest > 0 ? [paint("dim", fitted(`and ${rest} more`, frame.columns))] : []),
  ].join("\n");
}

function cellsOf(row: BoardRow, { nowMs }: BoardFrame): readonly string[] {
  const {
    runId,
    status,
    agents,
    ended,
    running,
    failed,
    startedAtMs,
    endedAtMs,
    lastMs,
    waitingFor,
    program,
  } = row;
  // Nobody works on an interrupted run: its time stands still.
  const untilMs = endedAtMs ?? (status === "interrupted" ? (lastMs ?? startedAtMs) : nowMs);
  const [first, ...others] = waitingFor;
  const waits = first ? `${first.path}${others.length > 0 ? ` +${others.length}` : ""}` : "";
  return [
    runId,
    status,
    ended === null ? String(agents) : `${ended}/${agents}`,
    running ? String(running) : "",
    failed ? String(failed) : "",
    formatSpan(Math.max(0, untilMs - startedAtMs)),
    fitted(waits, 32),
    fitted(program.trim(), 60),
  ];
}

function toned(line: string, { runId, status }: BoardRow, paint: Paint): string {
  const tone = TONES[status];
  const at = line.indexOf(status, runId.length);
  if (!tone || at < 0) return line;
  return `${line.slice(0, at)}${paint(tone, status)}${line.slice(at + status.length)}`;
}
