import type { Span } from "../shared/diagnostic.ts";
import { FORBIDDEN_KEYS } from "../shared/json.ts";
import { nearestName } from "../shared/nearest-name.ts";
import { type Bracketed, Brackets, type Closer, isCloser } from "./brackets.ts";
import { CH, isDigit, isNameStart } from "./characters.ts";
import { CommandParser } from "./command-parser.ts";
import type { DiagnosticSink } from "./diagnostic-sink.ts";
import { scanIdentifier, scanNumber, scanString } from "./scan-literal.ts";
import type { Scanner } from "./scanner.ts";
import type { Member, Name, Reference, Value } from "./syntax.ts";

const CONSTANTS: ReadonlyMap<string, null | boolean | number> = new Map<string, null | boolean | number>([
  ["true", true],
  ["false", false],
  ["null", null],
  ["Infinity", Number.POSITIVE_INFINITY],
  ["NaN", Number.NaN],
]);

/** Words of other languages for JSON5's constants. */
const FOREIGN_CONSTANTS: ReadonlyMap<string, string> = new Map([
  ["None", "null"],
  ["nil", "null"],
  ["undefined", "null"],
  ["yes", "true"],
  ["no", "false"],
]);

const BIND_FIRST = "bind the chain or fork to a name before (`part = A -> B`) and write $part here";

/** Typographic quotes and the backquote, which word processors and Markdown put in place of straight ones. */
const CURLY_QUOTES: ReadonlySet<number> = new Set([0x60, 0x2018, 0x2019, 0x201c, 0x201d]);

/**
 * Reads JSON5 values in which commands and references may stand.
 * Owns: values, lists and their recovery. Does not own: statements and operators (program-parser.ts), the inside of
 * `ABYSSAL[...]` (command-parser.ts).
 * I1: every loop moves the cursor on or ends. I2: recursion goes no deeper than the open brackets, which are limited.
 * I3: a value that is read without an error and holds no command and no reference is what JSON5 reads.
 */
export class ValueParser {
  readonly scanner: Scanner;
  readonly sink: DiagnosticSink;
  readonly brackets: Brackets;
  readonly commands: CommandParser;
  /** Column of the statement being read: a command that begins there on a later line is a new statement. */
  statementColumn = 1;
  statementLine = 1;

  constructor(scanner: Scanner) {
    this.scanner = scanner;
    this.sink = scanner.sink;
    this.brackets = new Brackets(scanner);
    this.commands = new CommandParser(this);
  }

  /** Reads the value at the cursor; `undefined`, reported, when none can be read. */
  value(): Value | undefined {
    const { scanner } = this;
    const unit = scanner.unit();
    if (unit === CH.doubleQuote || unit === CH.singleQuote) {
      const start = scanner.position();
      return { kind: "literal", value: scanString(scanner), span: scanner.spanFrom(start) };
    }
    if (isDigit(unit) || unit === CH.minus || unit === CH.plus || unit === CH.dot) return this.number();
    if (unit === CH.braceOpen) return this.object();
    if (unit === CH.bracketOpen) return this.array();
    if (unit === CH.dollar) return this.reference();
    if (isNameStart(unit)) {
      const start = scanner.position();
      const word = scanner.takeName();
      return this.afterWord(word, scanner.spanFrom(start));
    }
    this.reportNoValue();
    return undefined;
  }

  private number(): Value | undefined {
    const start = this.scanner.position();
    if (this.scanner.unit() === CH.minus && this.scanner.unit(1) === CH.greater) {
      this.reportOperator();
      return undefined;
    }
    const value = scanNumber(this.scanner);
    // The malformed number is already reported and passed over; 0 stands in, the tree is not used.
    return { kind: "literal", value: value ?? 0, span: this.scanner.spanFrom(start) };
  }

  /** What a bare word, already read, begins: a constant, a command, or a mistake. */
  afterWord(word: string, span: Span): Value | undefined {
    const constant = CONSTANTS.get(word);
    if (constant !== undefined) return { kind: "literal", value: constant, span };
    this.scanner.skipTrivia("no-hash-comments");
    const command = this.commands.afterWord(word, span);
    if (command !== "not a command") return command;
    const meant = FOREIGN_CONSTANTS.get(word) ?? nearestName(word, CONSTANTS.keys());
    this.sink.error("DSL_UNKNOWN_WORD", span, {
      message: "a bare word is no value",
      expected: "a JSON5 value, a command or $name",
      got: `\`${word}\``,
      hint: meant === undefined ? `quote it: "${word}"` : `did you mean ${meant}? A text needs quotes`,
    });
    return { kind: "literal", value: word, span };
  }

  /** Reads `$name`. */
  reference(): Reference | undefined {
    const { scanner } = this;
    const start = scanner.position();
    scanner.pos++;
    const name = scanner.takeName();
    if (name !== "") return { kind: "reference", name, span: scanner.spanFrom(start) };
    const { got, units } = scanner.describe();
    this.sink.error("DSL_UNEXPECTED_TOKEN", scanner.spanAhead(units), {
      message: "`$` refers to a bound name",
      expected: "a name right after `$`",
      got,
    });
    return undefined;
  }

  private array(): Value {
    const { scanner } = this;
    const start = scanner.position();
    const items: Value[] = [];
    this.list(CH.bracketClose, "array", () => {
      const item = this.value();
      if (item === undefined) return false;
      items.push(item);
      return true;
    });
    return { kind: "array", items, span: scanner.spanFrom(start) };
  }

  private object(): Value {
    const { scanner } = this;
    const start = scanner.position();
    const members: Member[] = [];
    const seen = new Map<string, Span>();
    this.list(CH.braceClose, "object", () => {
      const key = this.key();
      if (key === undefined) return false;
      const value = this.memberValue();
      if (value === undefined) return false;
      if (this.acceptKey(key, "key", seen)) members.push({ key, value });
      return true;
    });
    return { kind: "object", members, span: scanner.spanFrom(start) };
  }

  private key(): Name | undefined {
    const { scanner } = this;
    const start = scanner.position();
    const unit = scanner.unit();
    if (unit === CH.doubleQuote || unit === CH.singleQuote) {
      return { text: scanString(scanner), span: scanner.spanFrom(start) };
    }
    const text = scanIdentifier(scanner);
    if (text !== undefined) return { text, span: scanner.spanFrom(start) };
    if (unit === CH.hash) {
      this.reportHash();
      return undefined;
    }
    const { got, units } = scanner.describe();
    this.sink.error("DSL_BAD_KEY", scanner.spanAhead(units), {
      message: "no key of an object begins here",
      expected: "a quoted key, an unquoted name, or `}`",
      got,
      ...(isDigit(unit) ? { hint: "put a key that begins with a digit in quotes" } : {}),
    });
    return undefined;
  }

  private memberValue(): Value | undefined {
    const { scanner } = this;
    scanner.skipTrivia("no-hash-comments");
    if (scanner.unit() !== CH.colon) {
      const { got, units } = scanner.describe();
      const equals = scanner.unit() === CH.equals;
      this.sink.error("DSL_UNEXPECTED_TOKEN", scanner.spanAhead(units), {
        message: "a key is followed by a colon",
        expected: "`:`",
        got,
        ...(equals ? { hint: "inside { } write `key: value`; `name = value` is for arguments" } : {}),
      });
      if (!equals) return undefined;
    }
    scanner.pos++;
    scanner.skipTrivia("no-hash-comments");
    return this.value();
  }

  /** Refuses a key that could reach a prototype, warns of one that stands twice; true when it may be kept. */
  acceptKey(key: Name, what: "key" | "argument", seen: Map<string, Span>): boolean {
    if (FORBIDDEN_KEYS.has(key.text)) {
      this.sink.error("DSL_FORBIDDEN_KEY", key.span, {
        message: `\`${key.text}\` may not be used as a name`,
        expected: `any ${what} but __proto__, constructor and prototype`,
        got: `\`${key.text}\``,
        hint: "choose another name",
      });
      return false;
    }
    const first = seen.get(key.text);
    if (first === undefined) seen.set(key.text, key.span);
    else {
      this.sink.warning("DSL_DUPLICATE_KEY", key.span, {
        message: `the ${what} ${JSON.stringify(key.text)} stands here again; the last one counts`,
        hint: "remove all but one",
        related: [{ message: "it first stands here", span: first }],
      });
    }
    return true;
  }

  /**
   * Reads `open item, item, ... close` with an optional last comma. `item` reads one element and is false when it
   * could not, having reported why.
   */
  list(closer: Closer, what: Bracketed, item: () => boolean): void {
    const { scanner, brackets } = this;
    brackets.enter(closer, what);
    const close = `\`${String.fromCharCode(closer)}\``;
    for (;;) {
      scanner.skipTrivia("no-hash-comments");
      if (this.listEnds(closer, `a value or ${close}`)) break;
      if (scanner.unit() === CH.comma) {
        this.sink.error("DSL_UNEXPECTED_TOKEN", scanner.spanAhead(1), {
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
      else if (this.listEnds(closer, `\`,\` or ${close}`)) break;
      else if (!this.separatorMissing(close)) break;
    }
    brackets.leave();
  }

  /** Whether the list ends at the cursor, by its closer or because the closer is missing. */
  private listEnds(closer: Closer, expected: string): boolean {
    const { scanner, brackets } = this;
    const unit = scanner.unit();
    if (unit === closer) {
      scanner.pos++;
      this.sink.trustBrackets();
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
  private separatorMissing(close: string): boolean {
    const { scanner, brackets } = this;
    if (this.newStatementBegins()) {
      brackets.reportUnclosed(`\`,\` or ${close}`);
      return false;
    }
    const unit = scanner.unit();
    if (unit === CH.hash) this.reportHash();
    else if (this.operatorHere()) this.reportOperator();
    else {
      const { got, units } = scanner.describe();
      this.sink.error("DSL_UNEXPECTED_TOKEN", scanner.spanAhead(units), {
        message: "something stands between this value and the next separator",
        expected: `\`,\` or ${close}`,
        got,
        ...(this.valueMayBegin(unit) ? { hint: "is a comma missing before it?" } : {}),
      });
      // Read on as if the comma stood there.
      if (this.valueMayBegin(unit)) return true;
    }
    brackets.skipDamaged();
    if (scanner.unit() === CH.comma) scanner.pos++;
    return true;
  }

  private valueMayBegin(unit: number): boolean {
    const quote = unit === CH.doubleQuote || unit === CH.singleQuote;
    return (
      quote || isNameStart(unit) || unit === CH.dollar || unit === CH.braceOpen || unit === CH.bracketOpen
    );
  }

  newStatementBegins(): boolean {
    const { scanner } = this;
    if (scanner.lineNumber === this.statementLine || scanner.column !== this.statementColumn) return false;
    const statement = /(?:[A-Za-z_][\w-]*\s*=\s*)?ABYSSAL\b/y;
    statement.lastIndex = scanner.pos;
    return statement.test(scanner.text);
  }

  private operatorHere(): boolean {
    const { scanner } = this;
    const unit = scanner.unit();
    return unit === CH.ampersand || (unit === CH.minus && scanner.unit(1) === CH.greater);
  }

  private reportOperator(): void {
    const { scanner } = this;
    const units = scanner.unit() === CH.ampersand ? 1 : 2;
    this.sink.error("DSL_OPERATOR_IN_VALUE", scanner.spanAhead(units), {
      message: "operators join statements' units, not values",
      expected: "one value",
      got: `\`${scanner.text.slice(scanner.pos, scanner.pos + units)}\``,
      hint: BIND_FIRST,
    });
  }

  private reportHash(): void {
    this.sink.error("DSL_HASH_IN_ARGUMENTS", this.scanner.spanAhead(1), {
      message: "`#` begins no comment between a command's parentheses, where JSON5's rules hold",
      expected: "a value, `,` or a closing bracket",
      got: "`#`",
      hint: "write // for a comment here",
    });
    // The rest of the line was meant as a comment.
    this.sink.doubtBrackets();
    while (!this.scanner.atEnd && this.scanner.unit() !== CH.lf && this.scanner.unit() !== CH.cr) {
      this.scanner.pos++;
    }
  }

  private reportNoValue(): void {
    const { scanner } = this;
    const unit = scanner.unit();
    const { got, units } = scanner.describe();
    if (unit === CH.hash) this.reportHash();
    else if (this.operatorHere()) this.reportOperator();
    else if (unit === CH.parenOpen) {
      this.sink.error("DSL_OPERATOR_IN_VALUE", scanner.spanAhead(1), {
        message: "a group in parentheses is no value",
        expected: "one value",
        got,
        hint: BIND_FIRST,
      });
    } else {
      this.sink.error("DSL_UNEXPECTED_TOKEN", scanner.spanAhead(units), {
        message: "no value begins here",
        expected: "a JSON5 value, a command or $name",
        got,
        ...(CURLY_QUOTES.has(unit) ? { hint: "texts stand between straight quotes, \" or '" } : {}),
      });
    }
  }
}
