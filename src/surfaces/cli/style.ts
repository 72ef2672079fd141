import { graphemes, isWide } from "../../shared/graphemes.ts";

const SGR = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 } as const;

/** Puts a text into a colour or weight; the text itself when colours are not wanted. */
export type Paint = (style: keyof typeof SGR, text: string) => string;

export function paintFor(colour: boolean): Paint {
  return (style, text) => (colour ? `\u001b[${SGR[style]}m${text}\u001b[0m` : text);
}

/** One column for each code unit: ASCII, Latin, dots, arrows, what trees and bars are drawn with. */
const PLAIN = /^[\x20-\x7e\u00a0-\u02ff\u2010-\u2027\u2190-\u21ff\u2500-\u259f]*$/;

/** Terminal columns that a text without escapes takes. */
export function widthOf(text: string): number {
  if (PLAIN.test(text)) return text.length;
  let width = 0;
  for (const segment of graphemes(text)) width += isWide(segment) ? 2 : 1;
  return width;
}

/** A text of at most so many columns, cut with an ellipsis; control characters, which could act, are blanks. */
export function fitted(text: string, columns: number): string {
  const safe = text.replace(/[\p{Cc}\p{Zl}\p{Zp}\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu, " ");
  if (widthOf(safe) <= columns) return safe;
  if (columns < 1) return "";
  if (PLAIN.test(safe)) return `${safe.slice(0, columns - 1)}…`;
  let kept = "";
  let width = 0;
  for (const segment of graphemes(safe)) {
    const more = isWide(segment) ? 2 : 1;
    if (width + more > columns - 1) break;
    kept += segment;
    width += more;
  }
  return `${kept}…`;
}

type Layout = {
  readonly indent?: string;
  /** Columns that are set flush right. */
  readonly right?: readonly number[];
  /** Of the terminal, in columns: the last cell of a row is broken between words to stay within it; absent: no limit. */
  readonly width?: number | undefined;
  /** Whether it is cut in place of broken. */
  readonly cuts?: boolean;
};

/** Rows as aligned columns two blanks apart. */
export function columns(rows: readonly (readonly string[])[], layout: Layout = {}): string {
  return alignedRows(rows, layout).join("\n");
}

/** As `columns`, row by row; one that is broken has several lines. */
export function alignedRows(
  rows: readonly (readonly string[])[],
  { indent = "", right = [], width, cuts = false }: Layout = {},
): readonly string[] {
  const last = rows.reduce((most, row) => Math.max(most, row.length - 1), 0);
  // The end of a shorter row stands over the columns after it, and makes none of them wider.
  const widths = Array.from({ length: last + 1 }, () => 0);
  for (const row of rows)
    for (const [index, cell] of row.entries())
      if (index < row.length - 1 || index === last) widths[index] = Math.max(widths[index]!, widthOf(cell));
  const before = widths.slice(0, last).reduce((sum, one) => sum + one + 2, indent.length);
  const room = width === undefined ? Infinity : width - before;
  // Beside the other columns if there is room, else below them.
  const isBeside = room >= NARROWEST;
  const hanging = isBeside ? before : indent.length + 6;
  const linesOf = (cell: string): readonly string[] => {
    if (widthOf(cell) <= room) return [cell];
    if (cuts) return [fitted(cell, Math.max(room, SHORTEST))];
    const lines = brokenLines(cell, width! - hanging);
    return isBeside ? lines : ["", ...lines];
  };
  return rows.map((row) => {
    const lines = linesOf(row[last] ?? "");
    const cells = row.length > last ? [...row.slice(0, last), lines[0]!] : row;
    const line = cells.map((text, index) => {
      const blanks = " ".repeat(Math.max(0, widths[index]! - widthOf(text)));
      return right.includes(index) ? blanks + text : text + blanks;
    });
    return [`${indent}${line.join("  ")}`, ...lines.slice(1).map((more) => " ".repeat(hanging) + more)]
      .map((text) => text.trimEnd())
      .join("\n");
  });
}

/** A last column is not broken narrower than this, in columns. */
const NARROWEST = 24;
/** A last cell is not cut shorter than this, in columns. */
const SHORTEST = 8;

/** A text as lines of at most so many columns, broken between words; a longer word stands alone. */
function brokenLines(cell: string, room: number): readonly string[] {
  const lines: string[] = [];
  for (const word of cell.split(" ")) {
    const line = lines.at(-1);
    if (line === undefined || widthOf(line) + 1 + widthOf(word) > room) lines.push(word);
    else lines[lines.length - 1] = `${line} ${word}`;
  }
  return lines;
}

/** `1 agent`, `2 agents`. */
export function counted(count: number, noun: string, nouns = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : nouns}`;
}
