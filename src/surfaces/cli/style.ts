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

/** Rows as aligned columns two blanks apart; those named in `right` are set flush right. */
export function columns(
  rows: readonly (readonly string[])[],
  { indent = "", right = [] }: { readonly indent?: string; readonly right?: readonly number[] } = {},
): string {
  const widths = rows.reduce<number[]>((known, row) => {
    row.forEach((cell, index) => {
      known[index] = Math.max(known[index] ?? 0, widthOf(cell));
    });
    return known;
  }, []);
  const lines = rows.map((row) =>
    row
      .map((cell, index) => {
        const blanks = " ".repeat(widths[index]! - widthOf(cell));
        return right.includes(index) ? blanks + cell : cell + blanks;
      })
      .join("  "),
  );
  return lines.map((line) => `${indent}${line}`.trimEnd()).join("\n");
}

/** `1 agent`, `2 agents`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
