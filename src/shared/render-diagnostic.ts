import type { Diagnostic, Span } from "./diagnostic.ts";
import { graphemes, isWide } from "./graphemes.ts";

const TAB_WIDTH = 4;
/** Columns of a source line that an excerpt shows; a longer line is cut around the place. */
const EXCERPT_COLUMNS = 100;
const EXCERPT_LEAD = 40;

const SGR = { red: "31", yellow: "33", cyan: "36", bold: "1", dim: "2" } as const;
type Paint = (style: keyof typeof SGR, text: string) => string;

/**
 * Diagnostics for people: code, message, `file:line:column`, the line with carets under the place, then expected, got,
 * hint and related places. `sources` holds the texts by the name that spans give; a missing one costs the excerpt only.
 */
export function renderDiagnostics(
  diagnostics: readonly Diagnostic[],
  sources: ReadonlyMap<string, string>,
  { colour }: { readonly colour: boolean },
): string {
  const paint: Paint = (style, text) => (colour ? `\u001b[${SGR[style]}m${text}\u001b[0m` : text);
  const blocks = diagnostics.map((diagnostic) => renderOne(diagnostic, sources, paint));
  return blocks.length === 0 ? "" : `${blocks.join("\n\n")}\n`;
}

function renderOne(diagnostic: Diagnostic, sources: ReadonlyMap<string, string>, paint: Paint): string {
  const { code, severity, message, span, place } = diagnostic;
  const tone = severity === "error" ? "red" : "yellow";
  const lines = [`${paint(tone, `${severity} ${code}`)}: ${paint("bold", visible(message))}`];
  if (place !== undefined) lines.push(`  at ${paint("cyan", visible(place))}`);
  if (span) lines.push(`  at ${paint("cyan", placeOf(span))}`, ...excerpt(span, sources, paint, tone));
  for (const label of ["expected", "got", "hint"] as const) {
    const text = diagnostic[label];
    if (text !== undefined) lines.push(`  ${paint("dim", `${label}:`.padEnd(9))} ${visible(text)}`);
  }
  for (const related of diagnostic.related ?? []) {
    const where = related.span ? ` ${paint("cyan", placeOf(related.span))}` : "";
    lines.push(`  ${paint("dim", "see:".padEnd(9))} ${visible(related.message)}${where}`);
    if (related.span) lines.push(...excerpt(related.span, sources, paint, "cyan"));
  }
  return lines.join("\n");
}

function placeOf(span: Span): string {
  return `${visible(span.source)}:${span.start.line}:${span.start.column}`;
}

/** The source line of a span with carets under it, or nothing where the text is not known. */
function excerpt(
  span: Span,
  sources: ReadonlyMap<string, string>,
  paint: Paint,
  tone: keyof typeof SGR,
): string[] {
  const text = sources.get(span.source);
  if (text === undefined) return [];
  const line = lineAround(text, span.start.offset - (span.start.column - 1));
  const from = span.start.column - 1;
  if (from > line.length) return [];
  const to = span.end.line === span.start.line ? Math.min(span.end.column - 1, line.length) : line.length;
  const cut = clip(line, from);
  const before = expand(line.slice(cut.from, from), 0);
  const marked = expand(line.slice(from, Math.min(to, cut.to)), before.width);
  const after = expand(line.slice(Math.max(from, Math.min(to, cut.to)), cut.to), before.width + marked.width);
  const lead = cut.from > 0 ? "... " : "";
  const tail = cut.to < line.length ? " ..." : "";
  const gutter = String(span.start.line);
  const blank = " ".repeat(gutter.length);
  const carets = "^".repeat(Math.max(1, marked.width));
  return [
    `  ${paint("dim", `${gutter} |`)} ${lead}${before.text}${marked.text}${after.text}${tail}`,
    `  ${paint("dim", `${blank} |`)} ${" ".repeat(lead.length + before.width)}${paint(tone, carets)}`,
  ];
}

/** The line that begins at an offset; lines end at LF, CR LF or CR. At most what an excerpt can need is read. */
function lineAround(text: string, start: number): string {
  let end = Math.max(0, start);
  while (end < text.length && text[end] !== "\n" && text[end] !== "\r") end++;
  return text.slice(Math.max(0, start), end);
}

/** The part of a line to show, as offsets, never between the halves of a surrogate pair. */
function clip(line: string, at: number): { readonly from: number; readonly to: number } {
  if (line.length <= EXCERPT_COLUMNS) return { from: 0, to: line.length };
  let from = Math.min(Math.max(0, at - EXCERPT_LEAD), line.length - EXCERPT_COLUMNS);
  if (at < EXCERPT_COLUMNS - EXCERPT_LEAD) from = 0;
  let to = Math.min(line.length, from + EXCERPT_COLUMNS);
  if (from > 0 && isLowSurrogate(line, from)) from--;
  if (isLowSurrogate(line, to)) to++;
  return { from, to };
}

function isLowSurrogate(text: string, index: number): boolean {
  const unit = text.charCodeAt(index);
  return unit >= 0xdc00 && unit <= 0xdfff;
}

/** Text as a terminal shows it, tabs as spaces, beginning at a column; `width` in terminal columns. */
function expand(text: string, column: number): { readonly text: string; readonly width: number } {
  let shown = "";
  let width = 0;
  for (const segment of graphemes(text)) {
    if (segment === "\t") {
      const spaces = TAB_WIDTH - ((column + width) % TAB_WIDTH);
      shown += " ".repeat(spaces);
      width += spaces;
      continue;
    }
    const safe = visible(segment);
    shown += safe;
    width += safe === segment ? (isWide(segment) ? 2 : 1) : safe.length;
  }
  return { text: shown, width };
}

/** Text whose control characters cannot act on a terminal: they are shown as code points. */
function visible(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/gu,
    (char) => `<U+${char.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")}>`,
  );
}
