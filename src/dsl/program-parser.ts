import type { Position, Span } from "../shared/diagnostic.ts";
import { FORBIDDEN_KEYS } from "../shared/json.ts";
import { nearestName } from "../shared/nearest-name.ts";
import { isCloser, isOpener, skipString } from "./brackets.ts";
import { CH, isNameStart } from "./characters.ts";
import { KEYWORD } from "./command-parser.ts";
import type { Scanner } from "./scanner.ts";
import type { Expression, Name, Statement } from "./syntax.ts";
import { ValueParser } from "./value-parser.ts";

type Operator = "->" | "&";

/** What people write for the operators; longer ones first. */
const OPERATOR_SLIPS: readonly (readonly [string, Operator])[] = [
  ["-->", "->"],
  ["&&", "&"],
  ["||", "&"],
  ["=>", "->"],
  ["|>", "->"],
  [">>", "->"],
  ["→", "->"],
  ["|", "->"],
  [">", "->"],
];

/** A word at the cursor's back that may begin a command. */
type Word = { readonly text: string; readonly span: Span };

/**
 * Reads statements, chains and forks.
 * Owns: operators, groups, bindings and the recovery between them. Does not own: commands and values.
 * I1: every loop moves the cursor on or ends. I2: recursion goes no deeper than the open groups, which are limited.
 * I3: a chain or fork in the tree has two or more parts.
 */
export class ProgramParser {
  readonly #scanner: Scanner;
  readonly #values: ValueParser;

  constructor(scanner: Scanner) {
    this.#scanner = scanner;
    this.#values = new ValueParser(scanner);
  }

  statements(): readonly Statement[] {
    const scanner = this.#scanner;
    const found: Statement[] = [];
    for (;;) {
      scanner.skipTrivia("hash-comments");
      if (scanner.atEnd) return found;
      if (this.#strayMark()) continue;
      const statement = this.#statement();
      if (statement !== undefined) found.push(statement);
      scanner.skipTrivia("hash-comments");
      if (scanner.unit() === CH.semicolon) scanner.pos++;
    }
  }

  /** Reports and passes over a mark that separates nothing. */
  #strayMark(): boolean {
    const scanner = this.#scanner;
    const unit = scanner.unit();
    const closer = isCloser(unit);
    if (unit !== CH.semicolon && unit !== CH.comma && !closer) return false;
    const got = `\`${String.fromCharCode(unit)}\``;
    scanner.sink.error("DSL_UNEXPECTED_TOKEN", scanner.spanAhead(1), {
      message: closer
        ? "no bracket is open that this one could close"
        : "no statement stands before this mark",
      expected: "a statement",
      got,
      hint:
        unit === CH.comma
          ? "commands that run at once are joined by & or stand one after the other"
          : `remove ${got}`,
    });
    scanner.pos++;
    return true;
  }

  #statement(): Statement | undefined {
    const scanner = this.#scanner;
    const start = scanner.position();
    this.#values.lists.statementColumn = start.column;
    this.#values.lists.statementLine = start.line;
    let word: Word | undefined = this.#word();
    let name: Name | undefined;
    if (word !== undefined) {
      scanner.skipTrivia("hash-comments");
      if (scanner.unit() === CH.equals && scanner.unit(1) !== CH.greater) {
        scanner.pos++;
        name = word;
        word = undefined;
        this.#refuseForbidden(name);
      }
    }
    const body = this.#chain(word);
    if (body === undefined) return undefined;
    const span = { source: scanner.source, start, end: body.span.end };
    return { kind: "statement", ...(name === undefined ? {} : { name }), body, span };
  }

  #word(): Word | undefined {
    const scanner = this.#scanner;
    const start = scanner.position();
    const text = scanner.takeName();
    return text === "" ? undefined : { text, span: scanner.spanFrom(start) };
  }

  #refuseForbidden(name: Name): void {
    if (!FORBIDDEN_KEYS.has(name.text)) return;
    this.#scanner.sink.error("DSL_FORBIDDEN_KEY", name.span, {
      message: `\`${name.text}\` may not be used as a name`,
      expected: "any name but __proto__, constructor and prototype",
      got: `\`${name.text}\``,
      hint: "choose another name",
    });
  }

  #chain(first: Word | undefined): Expression | undefined {
    return this.#joined("->", first, (word) => this.#fork(word), "steps");
  }

  #fork(first: Word | undefined): Expression | undefined {
    return this.#joined("&", first, (word) => this.#unit(word), "branches");
  }

  /** Reads parts joined by an operator; one part stands for itself. */
  #joined(
    operator: Operator,
    first: Word | undefined,
    read: (word: Word | undefined) => Expression | undefined,
    kind: "steps" | "branches",
  ): Expression | undefined {
    const parts: Expression[] = [];
    let word = first;
    do {
      const part = read(word);
      if (part !== undefined) parts.push(part);
      word = undefined;
      this.#scanner.skipTrivia("hash-comments");
    } while (this.#takeOperator(operator));
    if (parts.length < 2) return parts[0];
    const span = {
      source: this.#scanner.source,
      start: parts[0]!.span.start,
      end: parts[parts.length - 1]!.span.end,
    };
    return kind === "steps" ? { kind: "chain", steps: parts, span } : { kind: "fork", branches: parts, span };
  }

  /** Steps over the operator if it stands here, or over what is often written for it. */
  #takeOperator(operator: Operator): boolean {
    const scanner = this.#scanner;
    const slip = OPERATOR_SLIPS.find(([text]) => scanner.text.startsWith(text, scanner.pos));
    if (slip !== undefined) {
      const [text, meant] = slip;
      if (meant !== operator) return false;
      scanner.sink.error("DSL_UNKNOWN_OPERATOR", scanner.spanAhead(text.length), {
        message: "this is no operator",
        expected: "`->` (one after the other) or `&` (at once)",
        got: `\`${text}\``,
        hint: `did you mean ${meant}?`,
      });
      scanner.pos += text.length;
      return true;
    }
    if (!scanner.text.startsWith(operator, scanner.pos)) return false;
    scanner.pos += operator.length;
    return true;
  }

  #unit(word: Word | undefined): Expression | undefined {
    const scanner = this.#scanner;
    if (word === undefined) scanner.skipTrivia("hash-comments");
    const unit = word ?? this.#unitAtCursor();
    if (unit !== undefined && "kind" in unit) return unit;
    if (unit !== undefined) {
      const command = this.#values.commands.afterWord(unit.text, unit.span);
      if (typeof command === "object") return command;
      if (command === "not a command") this.#reportNoCommand(unit.span, `\`${unit.text.slice(0, 40)}\``);
    }
    this.#skipToUnit();
    return undefined;
  }

  #unitAtCursor(): Expression | Word | undefined {
    const scanner = this.#scanner;
    const unit = scanner.unit();
    if (isNameStart(unit)) return this.#word();
    if (unit === CH.dollar) return this.#values.reference();
    if (unit === CH.parenOpen) return this.#group();
    const { got, units } = scanner.describe();
    this.#reportNoCommand(scanner.spanAhead(units), got);
    return undefined;
  }

  #reportNoCommand(span: Span, got: string): void {
    this.#scanner.sink.error("DSL_UNEXPECTED_TOKEN", span, {
      message: "no command begins here",
      expected: `\`${KEYWORD}[NAME](...)\`, \`$name\` or \`(\``,
      got,
      hint:
        /^`[a-z]+`$/i.test(got) && nearestName(got.slice(1, -1), [KEYWORD]) !== undefined
          ? "did you mean ABYSSAL[...](...)?"
          : `a command is written ${KEYWORD}[NAME](arguments)`,
    });
  }

  /** Reads `( chain )`; the span of a chain or fork in it takes in the parentheses. */
  #group(): Expression | undefined {
    const scanner = this.#scanner;
    const { brackets } = this.#values;
    const start: Position = scanner.position();
    brackets.enter(CH.parenClose, "group");
    const inner = this.#chain(undefined);
    scanner.skipTrivia("hash-comments");
    if (scanner.unit() === CH.parenClose) {
      scanner.pos++;
      scanner.sink.trustBrackets();
    } else brackets.reportUnclosed("`->`, `&` or `)`");
    brackets.leave();
    if (inner === undefined || inner.kind === "command" || inner.kind === "reference") return inner;
    return { ...inner, span: scanner.spanFrom(start) };
  }

  /** Passes over what cannot be read, up to an operator, a `;`, a group's `)` or something that begins a command. */
  #skipToUnit(): void {
    const scanner = this.#scanner;
    let nested = 0;
    for (;;) {
      scanner.skipTrivia("hash-comments");
      if (scanner.atEnd || scanner.unit() === CH.semicolon || this.#values.lists.newStatementBegins()) return;
      const unit = scanner.unit();
      if (isOpener(unit)) {
        if (!this.#values.brackets.roomFor(++nested)) return;
      } else if (isCloser(unit)) {
        if (nested === 0 && this.#values.brackets.depth > 0) return;
        nested = Math.max(0, nested - 1);
      } else if (nested === 0 && this.#unitMayFollow()) return;
      if (unit === CH.doubleQuote || unit === CH.singleQuote) skipString(scanner);
      else if (scanner.takeName() === "") scanner.pos++;
    }
  }

  #unitMayFollow(): boolean {
    const scanner = this.#scanner;
    const ahead = /->|&|ABYSSAL\b|[A-Za-z_][\w-]*\s*=(?!>)/y;
    ahead.lastIndex = scanner.pos;
    return ahead.test(scanner.text);
  }
}
