import { type Bracketed, type Brackets, type Closer, isCloser } from "./brackets.ts";
import { CH, isNameStart } from "./characters.ts";
import type { DiagnosticSink } from "./diagnostic-sink.ts";
import type { Scanner } from "./scanner.ts";

/** What to do where a chain, fork or group is wanted as a value. */
export const BIND_FIRST = "bind the chain or fork to a name before (`part = A -> B`) and write $part here";

/**
 * Reads bracketed lists: arrays, objects, arguments.
 * Owns: commas, closing brackets, and the recovery when either is missing. Does not own: the elements.
 * I1: every loop moves the cursor on or ends.
 */
export class ListParser {
  readonly #scanner: Scanner;
  readonly #brackets: Brackets;
  readonly #sink: DiagnosticSink;
  /** Column of the statement being read: a command that begins there on a later line is a new statement. */
  statementColumn = 1;
  statementLine = 1;

  constructor(scanner: Scanner, brackets: Brackets) {
    this.#scanner = scanner;
    this.#brackets = brackets;
    this.#sink = scanner.sink;
  }

  /**
   * Reads `open item, item, ... close` with an optional last comma. `item` reads one element and is false when it
   * could not, having reported why.
   */
  list(closer: Closer, what: Bracketed, item: () => boolean): void {
    const scanner = this.#scanner;
    const brackets = this.#brackets;
    brackets.enter(closer, what);
    const close = `\`${String.fromCharCode(closer)}\``;
    for (;;) {
      scanner.skipTrivia("no-hash-comments");
      if (this.#listEnds(closer, `a value or ${close}`)) break;
      if (scanner.unit() === CH.comma) {
        this.#sink.error("DSL_UNEXPECTED_TOKEN", scanner.spanAhead(1), {
          message: "nothing stands before this comma",
          expected: `a value or ${close}`,
          got: "`,`",
          hint: "remove the comma",
        });
        scanner.pos++;
        continue;
      }
      if (!item()) brackets.skipDamaged();
      scanner.skipTrivia("no-hash-comments");
      if (scanner.unit() === CH.comma) scanner.pos++;
      else if (this.#listEnds(closer, `\`,\` or ${close}`)) break;
      else if (!this.#separatorMissing(close)) break;
    }
    brackets.leave();
  }

  /** Whether the list ends at the cursor, by its closer or because the closer is missing. */
  #listEnds(closer: Closer, expected: string): boolean {
    const scanner = this.#scanner;
    const brackets = this.#brackets;
    const unit = scanner.unit();
    if (unit === closer) {
      scanner.pos++;
      this.#sink.trustBrackets();
      return true;
    }
    if (scanner.atEnd || unit === CH.semicolon) {
      brackets.reportUnclosed(expected);
      return true;
    }
    if (!isCloser(unit)) return false;
    brackets.reportUnclosed(expected);
    // A closer that a bracket further out waits for is left to it; any other is taken for a slip.
    if (!brackets.awaitedOutside(unit)) scanner.pos++;
    return true;
  }

  /** Reports what stands where a comma should; false when the list should be given up here. */
  #separatorMissing(close: string): boolean {
    const scanner = this.#scanner;
    const brackets = this.#brackets;
    if (this.newStatementBegins()) {
      brackets.reportUnclosed(`\`,\` or ${close}`);
      return false;
    }
    const unit = scanner.unit();
    if (unit === CH.hash) this.reportHash();
    else if (this.operatorHere()) this.reportOperator();
    else {
      const { got, units } = scanner.describe();
      this.#sink.error("DSL_UNEXPECTED_TOKEN", scanner.spanAhead(units), {
        message: "something stands between this value and the next separator",
        expected: `\`,\` or ${close}`,
        got,
        ...(this.#valueMayBegin(unit) ? { hint: "is a comma missing before it?" } : {}),
      });
      // Read on as if the comma stood there.
      if (this.#valueMayBegin(unit)) return true;
    }
    brackets.skipDamaged();
    if (scanner.unit() === CH.comma) scanner.pos++;
    return true;
  }

  #valueMayBegin(unit: number): boolean {
    const quote = unit === CH.doubleQuote || unit === CH.singleQuote;
    return (
      quote || isNameStart(unit) || unit === CH.dollar || unit === CH.braceOpen || unit === CH.bracketOpen
    );
  }

  newStatementBegins(): boolean {
    const scanner = this.#scanner;
    if (scanner.lineNumber === this.statementLine || scanner.column !== this.statementColumn) return false;
    const statement = /(?:[A-Za-z_][\w-]*\s*=\s*)?ABYSSAL\b/y;
    statement.lastIndex = scanner.pos;
    return statement.test(scanner.text);
  }

  operatorHere(): boolean {
    const scanner = this.#scanner;
    const unit = scanner.unit();
    return unit === CH.ampersand || (unit === CH.minus && scanner.unit(1) === CH.greater);
  }

  reportOperator(): void {
    const scanner = this.#scanner;
    const units = scanner.unit() === CH.ampersand ? 1 : 2;
    this.#sink.error("DSL_OPERATOR_IN_VALUE", scanner.spanAhead(units), {
      message: "operators join statements' units, not values",
      expected: "one value",
      got: `\`${scanner.text.slice(scanner.pos, scanner.pos + units)}\``,
      hint: BIND_FIRST,
    });
  }

  reportHash(): void {
    this.#sink.error("DSL_HASH_IN_ARGUMENTS", this.#scanner.spanAhead(1), {
      message: "`#` begins no comment between a command's parentheses, where JSON5's rules hold",
      expected: "a value, `,` or a closing bracket",
      got: "`#`",
      hint: "write // for a comment here",
    });
    // The rest of the line was meant as a comment.
    this.#sink.doubtBrackets();
    while (!this.#scanner.atEnd && this.#scanner.unit() !== CH.lf && this.#scanner.unit() !== CH.cr) {
      this.#scanner.pos++;
    }
  }
}
