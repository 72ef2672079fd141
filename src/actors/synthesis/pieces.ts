import { headingStarts } from "./markdown-sections.ts";

/**
 * Text that knows where it comes from: pieces in order, each copied from a result's output at `at`, or, with path null,
 * written by the synthesis itself (a heading, a separator). Positions count UTF-16 units, as strings do.
 */
export type Piece = {
  readonly text: string;
  readonly path: string | null;
  readonly at: number;
  /** Others whose results say the same, letter case and spaces aside. */
  readonly also?: readonly string[];
};

/** One stretch of a text, and where it comes from; null: the synthesis wrote it. */
export type Span = {
  readonly start: number;
  readonly end: number;
  /** The result, and where the same text begins in its output. */
  readonly from: { readonly path: string; readonly at: number } | null;
  /** Others whose results say the same, letter case and spaces aside. */
  readonly also?: readonly string[];
};

/** Text that the synthesis writes itself. */
export function frame(text: string): Piece {
  return { text, path: null, at: 0 };
}

export function textOf(pieces: readonly Piece[]): string {
  return pieces.length === 1 ? pieces[0]!.text : pieces.map(({ text }) => text).join("");
}

/** What stands from `start` up to `end` of the whole text. */
export function slicePieces(pieces: readonly Piece[], start: number, end: number): readonly Piece[] {
  const found: Piece[] = [];
  let position = 0;
  for (const piece of pieces) {
    const from = Math.max(start - position, 0);
    const to = Math.min(end - position, piece.text.length);
    if (from < to) found.push(cut(piece, from, to));
    position += piece.text.length;
    if (position >= end) break;
  }
  return found;
}

/** The same text without white space at its ends. */
export function trimPieces(pieces: readonly Piece[], text = textOf(pieces)): readonly Piece[] {
  const start = text.length - text.trimStart().length;
  const end = text.trimEnd().length;
  return start === 0 && end === text.length ? pieces : slicePieces(pieces, start, end);
}

/** Texts below each other. */
export function joinPieces(texts: readonly (readonly Piece[])[], separator: string): readonly Piece[] {
  return texts.flatMap((pieces, index) => (index === 0 ? pieces : [frame(separator), ...pieces]));
}

/** Moves every heading of a text one level down, code blocks aside; level six stays. */
export function deeper(pieces: readonly Piece[]): readonly Piece[] {
  return insertInto(pieces, headingStarts(textOf(pieces)), "#");
}

/** The same text with `what` written into it at some positions, ascending. */
function insertInto(pieces: readonly Piece[], positions: readonly number[], what: string): readonly Piece[] {
  if (positions.length === 0) return pieces;
  const result: Piece[] = [];
  let position = 0;
  let next = 0;
  for (const piece of pieces) {
    let from = 0;
    for (; next < positions.length && positions[next]! < position + piece.text.length; next++) {
      const to = positions[next]! - position;
      if (to > from) result.push(cut(piece, from, to));
      result.push(frame(what));
      from = to;
    }
    if (from < piece.text.length) result.push(from === 0 ? piece : cut(piece, from, piece.text.length));
    position += piece.text.length;
  }
  return result;
}

/** Pieces as stretches of their text, without gaps; neighbours that continue each other are one. */
export function spansOf(pieces: readonly Piece[]): readonly Span[] {
  const spans: Span[] = [];
  let position = 0;
  for (const { text, path, at, also } of pieces) {
    if (text === "") continue;
    const [start, end] = [position, position + text.length];
    position = end;
    const last = spans.at(-1);
    const from = path === null ? null : { path, at };
    if (last && !also && !last.also && continues(last, from)) spans[spans.length - 1] = { ...last, end };
    else spans.push({ start, end, from, ...(also ? { also } : {}) });
  }
  return spans;
}

function continues({ start, end, from }: Span, next: Span["from"]): boolean {
  if (from === null || next === null) return from === next;
  return from.path === next.path && from.at + (end - start) === next.at;
}

function cut(piece: Piece, from: number, to: number): Piece {
  return { ...piece, text: piece.text.slice(from, to), at: piece.at + from };
}
