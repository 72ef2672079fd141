import type { Position, Span } from "../shared/diagnostic.ts";
import { CH, isBlank, isIdentifierPart, isLineEnd, isNamePart, isNameStart } from "./characters.ts";
import type { DiagnosticSink } from "./diagnostic-sink.ts";

/** A comment with its delimiters; a `line` comment's text ends before the line's end. */
export type Comment = { readonly kind: "line" | "block"; readonly text: string; readonly span: Span };

/** Whether `#` begins a comment here: only outside a command's parentheses. */
export type HashRule = "hash-comments" | "no-hash-comments";

/**
 * A cursor over one text.
 * Owns: the offset, the line count, the comments passed over. Does not own: the grammar.
 * I1: `pos` never moves back, so every parse is linear in the text.
 * I2: whoever moves `pos` over the end of a line calls `newLine`.
 * Lines end at LF, CR LF or CR; columns count UTF-16 units from 1.
 */
export class Scanner {
  readonly text: string;
  readonly source: string;
  readonly sink: DiagnosticSink;
  readonly comments: Comment[] = [];
  pos = 0;
  #line = 1;
  #lineStart = 0;

  constructor(text: string, source: string, sink: DiagnosticSink) {
    this.text = text;
    this.source = source;
    this.sink = sink;
  }

  /** The UTF-16 unit `ahead` units further on; NaN past the end. */
  unit(ahead = 0): number {
    return this.text.charCodeAt(this.pos + ahead);
  }

  get atEnd(): boolean {
    return this.pos >= this.text.length;
  }

  get column(): number {
    return this.pos - this.#lineStart + 1;
  }

  get lineNumber(): number {
    return this.#line;
  }

  position(): Position {
    return { offset: this.pos, line: this.#line, column: this.pos - this.#lineStart + 1 };
  }

  spanFrom(start: Position): Span {
    return { source: this.source, start, end: this.position() };
  }

  /** The span of the next `units` units, which must hold no line end. */
  spanAhead(units: number): Span {
    const start = this.position();
    const length = Math.min(units, this.text.length - this.pos);
    const end = { offset: start.offset + length, line: start.line, column: start.column + length };
    return { source: this.source, start, end };
  }

  /** Steps over the line end at `pos`, CR LF as one. Separators U+2028/2029 end a comment but no line of the text. */
  newLine(): void {
    const unit = this.unit();
    this.pos += unit === CH.cr && this.unit(1) === CH.lf ? 2 : 1;
    if (unit === CH.lf || unit === CH.cr) {
      this.#line++;
      this.#lineStart = this.pos;
    }
  }

  /** Ends the scan at once: everything that follows sees the end of the text. */
  stop(): void {
    this.pos = this.text.length;
  }

  /** Passes over white space and comments. */
  skipTrivia(rule: HashRule): void {
    for (;;) {
      const unit = this.unit();
      if (unit === CH.space) this.pos++;
      else if (unit === CH.lf || unit === CH.cr) this.newLine();
      else if (unit === CH.slash) {
        const next = this.unit(1);
        if (next === CH.slash) this.#lineComment();
        else if (next === CH.asterisk) this.#blockComment();
        else return;
      } else if (unit === CH.hash && rule === "hash-comments") this.#lineComment();
      else if (isBlank(unit) || isLineEnd(unit)) this.pos++;
      else return;
    }
  }

  #lineComment(): void {
    const start = this.position();
    while (!this.atEnd && !isLineEnd(this.unit())) this.pos++;
    const text = this.text.slice(start.offset, this.pos);
    this.comments.push({ kind: "line", text, span: this.spanFrom(start) });
  }

  #blockComment(): void {
    const start = this.position();
    const opening = this.spanAhead(2);
    const found = this.text.indexOf("*/", this.pos + 2);
    const end = found < 0 ? this.text.length : found + 2;
    this.pos += 2;
    while (this.pos < end) {
      const unit = this.unit();
      if (unit === CH.lf || unit === CH.cr) this.newLine();
      else this.pos++;
    }
    if (found < 0) {
      this.sink.error("DSL_UNTERMINATED_COMMENT", opening, {
        message: "this comment has no end",
        expected: "*/",
        got: "the end of the input",
      });
      this.sink.doubtBrackets();
    }
    const text = this.text.slice(start.offset, this.pos);
    this.comments.push({ kind: "block", text, span: this.spanFrom(start) });
  }

  /** Reads `[A-Za-z_][A-Za-z0-9_-]*`, or "" where none stands. A hyphen before `>` is the arrow's. */
  takeName(): string {
    if (!isNameStart(this.unit())) return "";
    const from = this.pos;
    this.pos++;
    for (;;) {
      const unit = this.unit();
      if (isNamePart(unit) || (unit === CH.minus && this.unit(1) !== CH.greater)) this.pos++;
      else break;
    }
    return this.text.slice(from, this.pos);
  }

  /** How far a run of identifier characters, dots and hyphens reaches from here: for saying what stood there. */
  wordLength(): number {
    let length = 0;
    for (;;) {
      const codePoint = this.text.codePointAt(this.pos + length);
      if (codePoint === undefined) return length;
      const part =
        isIdentifierPart(codePoint) ||
        codePoint === CH.dot ||
        (codePoint === CH.minus && this.unit(length + 1) !== CH.greater);
      if (!part) return length;
      length += codePoint > 0xffff ? 2 : 1;
    }
  }

  /** What stands at the cursor, for a message: a quoted character or word, or the end of the input. */
  describe(): { readonly got: string; readonly units: number } {
    const codePoint = this.text.codePointAt(this.pos);
    if (codePoint === undefined) return { got: "the end of the input", units: 0 };
    const units = this.wordLength() || (codePoint > 0xffff ? 2 : 1);
    const shown = this.text.slice(this.pos, this.pos + Math.min(units, 40));
    return { got: `${printable(shown)}${units > 40 ? " ..." : ""}`, units };
  }
}

/** Text in backquotes, with control and other invisible characters as code points. */
function printable(text: string): string {
  const visible = text.replace(
    /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/gu,
    (char) => `U+${char.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")}`,
  );
  return visible === text ? `\`${text}\`` : visible;
}
