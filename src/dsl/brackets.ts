import type { Span } from "../shared/diagnostic.ts";
import { LIMITS } from "../shared/limits.ts";
import { CH } from "./characters.ts";
import type { HashRule, Scanner } from "./scanner.ts";

export type Closer = typeof CH.parenClose | typeof CH.bracketClose | typeof CH.braceClose;

/** What a bracket belongs to: a `group` is `( chain )`. */
export type Bracketed = "command" | "array" | "object" | "group";

type Open = { readonly closer: Closer; readonly span: Span; readonly what: Bracketed };

/**
 * The brackets that are open at the cursor.
 * Owns: the nesting limit and what is said about a missing bracket. Does not own: what stands between brackets.
 * I1: never more than `LIMITS.syntaxDepth` are open; one more stops the whole parse with one diagnostic.
 */
export class Brackets {
  readonly #open: Open[] = [];
  readonly #scanner: Scanner;

  constructor(scanner: Scanner) {
    this.#scanner = scanner;
  }

  get depth(): number {
    return this.#open.length;
  }

  /** `#` begins a comment only where every open bracket is a group's. */
  get hashRule(): HashRule {
    const innermost = this.#open.at(-1);
    return innermost === undefined || innermost.what === "group" ? "hash-comments" : "no-hash-comments";
  }

  /** Steps over an opening bracket. */
  enter(closer: Closer, what: Bracketed): void {
    const scanner = this.#scanner;
    const span = scanner.spanAhead(1);
    this.#open.push({ closer, span, what });
    if (this.#open.length > LIMITS.syntaxDepth) this.#tooDeep(span);
    else scanner.pos++;
  }

  leave(): void {
    this.#open.pop();
  }

  /** Whether a bracket further out waits for this closer. */
  awaitedOutside(closer: number): boolean {
    return this.#open.slice(0, -1).some((bracket) => bracket.closer === closer);
  }

  /** Says that the innermost bracket is not closed where the cursor stands. */
  reportUnclosed(expected: string): void {
    const scanner = this.#scanner;
    const innermost = this.#open.at(-1)!;
    const { got, units } = scanner.describe();
    const opener = String.fromCharCode(scanner.text.charCodeAt(innermost.span.start.offset));
    scanner.sink.unclosed(scanner.spanAhead(units), {
      message: `the \`${opener}\` of this ${innermost.what} is not closed`,
      expected,
      got,
      related: [{ message: `\`${opener}\` was opened here`, span: innermost.span }],
    });
  }

  /**
   * Passes over what cannot be read, up to a comma, a closing bracket of this level, a `;` or the end; what it passes
   * over counts for the nesting limit.
   */
  skipDamaged(): void {
    const scanner = this.#scanner;
    let nested = 0;
    while (!scanner.atEnd) {
      scanner.skipTrivia("no-hash-comments");
      const unit = scanner.unit();
      if (isOpener(unit)) {
        if (!this.roomFor(++nested)) return;
      } else if (isCloser(unit)) {
        if (nested === 0) return;
        nested--;
      } else if (unit === CH.semicolon || (unit === CH.comma && nested === 0)) return;
      if (unit === CH.doubleQuote || unit === CH.singleQuote) skipString(scanner);
      else if (!scanner.atEnd) scanner.pos++;
    }
  }

  /** Whether `more` brackets may be open beside those that are; stops the parse when not. */
  roomFor(more: number): boolean {
    if (this.#open.length + more <= LIMITS.syntaxDepth) return true;
    this.#tooDeep(this.#scanner.spanAhead(1));
    return false;
  }

  #tooDeep(span: Span): void {
    this.#scanner.sink.fatal("DSL_TOO_DEEP", span, {
      message: `brackets are nested more than ${LIMITS.syntaxDepth} deep`,
      expected: `at most ${LIMITS.syntaxDepth} open brackets, a command's own included`,
      hint: "bind an inner command to a name (`part = ABYSSAL[...](...)`) and refer to it as $part",
    });
    this.#scanner.stop();
  }
}

/** Passes over a string as far as its quote or the end of its line. */
export function skipString(scanner: Scanner): void {
  const quote = scanner.unit();
  scanner.pos++;
  while (!scanner.atEnd) {
    const unit = scanner.unit();
    if (unit === CH.lf || unit === CH.cr) return;
    scanner.pos++;
    if (unit === quote) return;
    if (unit !== CH.backslash || scanner.atEnd) continue;
    if (scanner.unit() === CH.lf || scanner.unit() === CH.cr) scanner.newLine();
    else scanner.pos++;
  }
}

export function isOpener(unit: number): boolean {
  return unit === CH.parenOpen || unit === CH.bracketOpen || unit === CH.braceOpen;
}

export function isCloser(unit: number): unit is Closer {
  return unit === CH.parenClose || unit === CH.bracketClose || unit === CH.braceClose;
}
