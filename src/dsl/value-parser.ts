import type { Span } from "../shared/diagnostic.ts";
import { FORBIDDEN_KEYS } from "../shared/json.ts";
import { nearestName } from "../shared/nearest-name.ts";
import { Brackets } from "./brackets.ts";
import { CH, isDigit, isNameStart } from "./characters.ts";
import { CommandParser } from "./command-parser.ts";
import type { DiagnosticSink } from "./diagnostic-sink.ts";
import { BIND_FIRST, ListParser } from "./list-parser.ts";
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

/** Typographic quotes and the backquote, which word processors and Markdown put in place of straight ones. */
const CURLY_QUOTES: ReadonlySet<number> = new Set([0x60, 0x2018, 0x2019, 0x201c, 0x201d]);

/**
 * Reads JSON5 values in which commands and references may stand.
 * Owns: values. Does not own: statements and operators (program-parser.ts), the inside of `ABYSSAL[...]`
 * (command-parser.ts), lists and their recovery (list-parser.ts).
 * I1: every loop moves the cursor on or ends. I2: recursion goes no deeper than the open brackets, which are limited.
 * I3: a value that is read without an error and holds no command and no reference is what JSON5 reads.
 */
export class ValueParser {
  readonly scanner: Scanner;
  readonly sink: DiagnosticSink;
  readonly brackets: Brackets;
  readonly lists: ListParser;
  readonly commands: CommandParser;
  constructor(scanner: Scanner) {
    this.scanner = scanner;
    this.sink = scanner.sink;
    this.brackets = new Brackets(scanner);
    this.lists = new ListParser(scanner, this.brackets);
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
    if (isDigit(unit) || unit === CH.minus || unit === CH.plus || unit === CH.dot) return this.#number();
    if (unit === CH.braceOpen) return this.#object();
    if (unit === CH.bracketOpen) return this.#array();
    if (unit === CH.dollar) return this.reference();
    if (isNameStart(unit)) {
      const start = scanner.position();
      const word = scanner.takeName();
      return this.afterWord(word, scanner.spanFrom(start));
    }
    this.#reportNoValue();
    return undefined;
  }

  #number(): Value | undefined {
    const start = this.scanner.position();
    if (this.scanner.unit() === CH.minus && this.scanner.unit(1) === CH.greater) {
      this.lists.reportOperator();
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

  #array(): Value {
    const { scanner } = this;
    const start = scanner.position();
    const items: Value[] = [];
    this.lists.list(CH.bracketClose, "array", () => {
      const item = this.value();
      if (item === undefined) return false;
      items.push(item);
      return true;
    });
    return { kind: "array", items, span: scanner.spanFrom(start) };
  }

  #object(): Value {
    const { scanner } = this;
    const start = scanner.position();
    const members: Member[] = [];
    const seen = new Map<string, Span>();
    this.lists.list(CH.braceClose, "object", () => {
      const key = this.#key();
      if (key === undefined) return false;
      const value = this.#memberValue();
      if (value === undefined) return false;
      if (this.acceptKey(key, "key", seen)) members.push({ key, value });
      return true;
    });
    return { kind: "object", members, span: scanner.spanFrom(start) };
  }

  #key(): Name | undefined {
    const { scanner } = this;
    const start = scanner.position();
    const unit = scanner.unit();
    if (unit === CH.doubleQuote || unit === CH.singleQuote) {
      return { text: scanString(scanner), span: scanner.spanFrom(start) };
    }
    const text = scanIdentifier(scanner);
    if (text !== undefined) return { text, span: scanner.spanFrom(start) };
    if (unit === CH.hash) {
      this.lists.reportHash();
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

  #memberValue(): Value | undefined {
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

  #reportNoValue(): void {
    const { scanner } = this;
    const unit = scanner.unit();
    const { got, units } = scanner.describe();
    if (unit === CH.hash) this.lists.reportHash();
    else if (this.lists.operatorHere()) this.lists.reportOperator();
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
