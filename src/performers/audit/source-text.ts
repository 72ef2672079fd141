/** Families of languages that share their comments and strings. */
export type Family = "js" | "c" | "go" | "rust" | "python";

/** A source text without what could mislead a search. */
export type SourceText = {
  readonly text: string;
  /** The same length: comments blank, strings and regular expressions blank between their delimiters. */
  readonly code: string;
  /** Offsets of the comments, in order; `end` is exclusive. */
  readonly comments: readonly { readonly start: number; readonly end: number }[];
  /** Offset of the first unit of each line. */
  readonly lineStarts: readonly number[];
};

const REGEX_MAY_FOLLOW_WORD =
  /\b(?:return|typeof|case|in|of|do|else|void|delete|throw|new|await|yield|instanceof)$/;

/** Units that can open nothing, in any family. */
const BORING = /[^"'`/#r{}]+/y;

/** Blanks comments, strings and regular expressions; offsets and lines stay as they were. */
export function sourceText(text: string, family: Family): SourceText {
  const masker = new Masker(text, family);
  const code = masker.run();
  const lineStarts = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) lineStarts.push(at + 1);
  return { text, code, comments: masker.comments, lineStarts };
}

/** The line, from 1, of an offset. */
export function lineAt(source: Pick<SourceText, "lineStarts">, offset: number): number {
  let low = 0;
  let high = source.lineStarts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (source.lineStarts[middle]! <= offset) low = middle;
    else high = middle - 1;
  }
  return low + 1;
}

/** The end (exclusive) of a string, and how many units close it: none when nothing does. */
type Closing = { readonly end: number; readonly units: number };

class Masker {
  readonly comments: { start: number; end: number }[] = [];
  readonly #text: string;
  readonly #family: Family;
  readonly #out: string[] = [];
  /** For each open `${`: how many braces were open when it began. */
  readonly #templates: number[] = [];
  #braces = 0;
  #at = 0;

  constructor(text: string, family: Family) {
    this.#text = text;
    this.#family = family;
  }

  run(): string {
    while (this.#at < this.#text.length) this.#step();
    return this.#out.join("");
  }

  #step(): void {
    const text = this.#text;
    BORING.lastIndex = this.#at;
    const boring = BORING.exec(text)?.[0].length ?? 0;
    if (boring > 0) this.#keep(boring);
    else if (this.#family === "python") this.#stepPython();
    else if (text.startsWith("//", this.#at)) this.#comment(this.#lineEnd());
    else if (text.startsWith("/*", this.#at)) this.#comment(this.#blockCommentEnd());
    else if (text[this.#at] === '"') this.#string(1, this.#closing('"', this.#family === "rust"));
    else if (text[this.#at] === "'") this.#single();
    else if (this.#family === "js") this.#stepScript(text[this.#at]!);
    else if (this.#family === "go" && text[this.#at] === "`") {
      this.#string(1, this.#closing("`", true, false));
    } else if (this.#family !== "rust" || !this.#rawString()) this.#keep(1);
  }

  #stepPython(): void {
    const text = this.#text;
    const char = text[this.#at]!;
    const triple = text.slice(this.#at, this.#at + 3);
    if (char === "#") this.#comment(this.#lineEnd());
    else if (triple === '"""' || triple === "'''") this.#string(3, this.#closing(triple, true));
    else if (char === '"' || char === "'") this.#string(1, this.#closing(char, false));
    else this.#keep(1);
  }

  #stepScript(char: string): void {
    if (char === "`") this.#template();
    else if (char === "{" || char === "}") this.#brace(char);
    else if (char === "/" && this.#regexStarts()) this.#regex();
    else this.#keep(1);
  }

  #brace(char: string): void {
    if (char === "}" && this.#templates.at(-1) === this.#braces) {
      this.#templates.pop();
      this.#blank(1);
      this.#template(false);
      return;
    }
    this.#braces += char === "{" ? 1 : -1;
    this.#keep(1);
  }

  /** A template literal up to its end or to the next `${`, whose expression stays code. */
  #template(opening = true): void {
    const text = this.#text;
    if (opening) this.#keep(1);
    let end = this.#at;
    while (end < text.length && text[end] !== "`" && !(text[end] === "$" && text[end + 1] === "{")) {
      end += text[end] === "\\" ? 2 : 1;
    }
    this.#blank(end - this.#at);
    if (text[this.#at] === "`") this.#keep(1);
    else if (this.#at < text.length) {
      this.#blank(2);
      this.#templates.push(this.#braces);
    }
  }

  #single(): void {
    if (this.#family !== "rust" && this.#family !== "go") {
      this.#string(1, this.#closing("'", false));
      return;
    }
    // A Rust lifetime ('a) opens nothing.
    const near = this.#text.slice(this.#at, this.#at + 16);
    const literal = /^'(?:\\(?:u\{[^}]*\}|x..|.[0-9a-f]*)|[^\\'\n])'/iu.exec(near);
    if (literal) this.#string(1, { end: this.#at + literal[0].length, units: 1 });
    else this.#keep(1);
  }

  #rawString(): boolean {
    const opening = /^r(#*)"/.exec(this.#text.slice(this.#at, this.#at + 10));
    if (!opening || /\w/.test(this.#text[this.#at - 1] ?? "")) return false;
    this.#keep(opening[0].length - 1);
    this.#string(1, this.#closing(`"${opening[1]}`, true, false));
    return true;
  }

  #regexStarts(): boolean {
    const before = this.#codeBefore();
    const last = before.at(-1) ?? "";
    const next = this.#text[this.#at + 1] ?? "";
    if (last === "<" || next === ">" || next === "") return false;
    const line = this.#text.slice(this.#at + 1, this.#lineEnd());
    if (!/^(?:[^/\\[]|\\.|\[(?:[^\]\\]|\\.)*\])+\//.test(line)) return false;
    return (
      last === "" ||
      "(,=:[!&|?{};+-*%~^>".includes(last) ||
      last === "}" ||
      REGEX_MAY_FOLLOW_WORD.test(before)
    );
  }

  /** Up to 12 units of code before this place, trailing space cut. */
  #codeBefore(): string {
    let before = "";
    for (let index = this.#out.length - 1; index >= 0 && before.trim().length < 12; index--) {
      before = this.#out[index]! + before;
      if (this.#out.length - index > 64) break;
    }
    return before.trimEnd().slice(-12);
  }

  #regex(): void {
    const line = this.#text.slice(this.#at, this.#lineEnd());
    const body = /^\/(?:[^/\\[]|\\.|\[(?:[^\]\\]|\\.)*\])+\//.exec(line)!;
    this.#string(1, { end: this.#at + body[0].length, units: 1 });
  }

  /** Where a string that opened here ends: after `close`, or at the line's end if it may not go on. */
  #closing(close: string, manyLines: boolean, escapes = true): Closing {
    const text = this.#text;
    let end = this.#at + (close === '"""' || close === "'''" ? 3 : 1);
    while (end < text.length) {
      if (escapes && text[end] === "\\") end += 2;
      else if (text.startsWith(close, end)) return { end: end + close.length, units: close.length };
      else if (!manyLines && text[end] === "\n") return { end, units: 0 };
      else end++;
    }
    return { end: text.length, units: 0 };
  }

  /** A string or expression that opened here with `opening` units. */
  #string(opening: number, closing: Closing): void {
    this.#keep(opening);
    this.#blank(closing.end - closing.units - this.#at);
    this.#keep(closing.units);
  }

  #comment(end: number): void {
    this.comments.push({ start: this.#at, end });
    this.#blank(end - this.#at);
  }

  #blockCommentEnd(): number {
    const text = this.#text;
    let depth = 1;
    let end = this.#at + 2;
    while (end < text.length) {
      if (text.startsWith("*/", end)) {
        end += 2;
        if (--depth === 0) return end;
      } else if (this.#family === "rust" && text.startsWith("/*", end)) {
        depth++;
        end += 2;
      } else end++;
    }
    return text.length;
  }

  #lineEnd(): number {
    const end = this.#text.indexOf("\n", this.#at);
    return end === -1 ? this.#text.length : end;
  }

  #keep(length: number): void {
    this.#out.push(this.#text.slice(this.#at, this.#at + length));
    this.#at += length;
  }

  #blank(length: number): void {
    const end = Math.min(this.#text.length, this.#at + length);
    this.#out.push(this.#text.slice(this.#at, end).replace(/[^\n]/g, " "));
    this.#at = end;
  }
}
