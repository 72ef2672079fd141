import type { AnswerPart, Conflict } from "./answer.ts";
import { deeper, frame, joinPieces, type Piece } from "./pieces.ts";

/** Conflicts that the text lists; the rest is counted, and stands in the answer's `conflicts`. */
const CONFLICT_ROWS = 100;

/** A part of the answer whose text knows where it comes from. */
export type WrittenPart = AnswerPart & { readonly pieces: readonly Piece[] };

/**
 * The answer as one Markdown text. One part stands as it is; several stand below each other, their headings one level
 * deeper, after a table of what each one is and how sure it is. Conflicts come last, with what was decided.
 */
export function formatAnswer(
  parts: readonly WrittenPart[],
  conflicts: readonly Conflict[],
): readonly Piece[] {
  const [only] = parts;
  const body =
    parts.length === 1
      ? [only!.pieces]
      : [
          ...contents(parts).map((text) => [frame(text)]),
          ...parts.map((part) => [frame(`# ${part.title}\n\n`), ...deeper(part.pieces)]),
        ];
  return joinPieces([...body, ...conflictSection(conflicts).map((text) => [frame(text)])], "\n\n");
}

function contents(parts: readonly AnswerPart[]): readonly string[] {
  if (parts.length === 0) return [];
  const rows = parts.map(({ title, confidence, from }) => {
    const sure = confidence ? `${confidence.value.toFixed(2)} (${confidence.source})` : "none";
    return `| ${cell(title)} | ${sure} | ${from.length} |`;
  });
  return [["| part | confidence | agents |", "| --- | --- | --- |", ...rows].join("\n")];
}

function conflictSection(conflicts: readonly Conflict[]): readonly string[] {
  if (conflicts.length === 0) return [];
  const rows = conflicts.slice(0, CONFLICT_ROWS).map(({ kind, subject, options, resolution }) => {
    const said = options.map(({ paths }) => paths.join(", ")).join(" against ");
    return `| ${kind} ${cell(subject)} | ${cell(said)} | by ${resolution.by}: ${cell(resolution.reason)} |`;
  });
  return [
    [
      "# Conflicts, and how each was resolved",
      "",
      "| about | said by | decided |",
      "| --- | --- | --- |",
      ...rows,
      ...(conflicts.length > rows.length ? ["", `and ${conflicts.length - rows.length} more`] : []),
    ].join("\n"),
  ];
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replace(/\s+/g, " ");
}
