import type { Span } from "../shared/diagnostic.ts";
import { nearestName } from "../shared/nearest-name.ts";
import { CH, isNamePart, isNameStart } from "./characters.ts";
import { scanString } from "./scan-literal.ts";
import type { Argument, Command, Name, Value } from "./syntax.ts";
import type { ValueParser } from "./value-parser.ts";

export const KEYWORD = "ABYSSAL";
const VERSION =
  /^\d+(?:\.\d+){0,2}(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?$/;

/**
 * Reads `ABYSSAL[NAME@VERSION](arguments)`.
 * Owns: the head of a command and its argument list. Does not own: the values in it (value-parser.ts).
 */
export class CommandParser {
  readonly #values: ValueParser;

  constructor(values: ValueParser) {
    this.#values = values;
  }

  /**
   * Reads the command that a bare word begins, the cursor standing on what follows the word; a slip for `ABYSSAL` is
   * reported and read as it was meant.
   */
  afterWord(word: string, span: Span): Command | undefined | "not a command" {
    const { scanner, sink } = this.#values;
    const unit = scanner.unit();
    if (word === KEYWORD) return this.#head(span);
    const slip = nearestName(word, [KEYWORD]) !== undefined;
    if (unit === CH.bracketOpen || (slip && unit === CH.parenOpen)) {
      sink.error("DSL_UNKNOWN_KEYWORD", span, {
        message: "a command begins with ABYSSAL",
        expected: "`ABYSSAL`",
        got: `\`${word}\``,
        hint: slip ? "did you mean ABYSSAL?" : "a command is written ABYSSAL[NAME](arguments)",
      });
      return this.#head(span);
    }
    if (unit !== CH.parenOpen) return "not a command";
    sink.error("DSL_UNKNOWN_KEYWORD", span, {
      message: "a command begins with ABYSSAL and its template's name in brackets",
      expected: `\`ABYSSAL[${word}](\``,
      got: `\`${word}(\``,
      hint: `did you mean ABYSSAL[${word}](...)?`,
    });
    return this.#argumentsOf({ text: word, span }, undefined, span);
  }

  #head(keyword: Span): Command | undefined {
    const { scanner } = this.#values;
    const rule = this.#values.brackets.hashRule;
    scanner.skipTrivia(rule);
    if (!this.#expect(CH.bracketOpen, "`[` and the name of a template", keyword)) return undefined;
    scanner.skipTrivia(rule);
    const template = this.#templateName();
    if (template === undefined) return undefined;
    scanner.skipTrivia(rule);
    let version: Name | undefined;
    if (scanner.unit() === CH.at) {
      scanner.pos++;
      scanner.skipTrivia(rule);
      version = this.#version();
      scanner.skipTrivia(rule);
    }
    const expected = version === undefined ? "`]` or `@` and a version" : "`]`";
    if (!this.#expect(CH.bracketClose, expected, keyword)) return undefined;
    scanner.skipTrivia(rule);
    return this.#argumentsOf(template, version, keyword);
  }

  #argumentsOf(template: Name, version: Name | undefined, keyword: Span): Command | undefined {
    const { scanner, sink } = this.#values;
    if (scanner.unit() !== CH.parenOpen) {
      const { got, units } = scanner.describe();
      sink.error("DSL_UNEXPECTED_TOKEN", scanner.spanAhead(units), {
        message: `the command ABYSSAL[${template.text}] has no arguments in parentheses`,
        expected: "`(`",
        got,
        hint: `write ABYSSAL[${template.text}]() where there are none`,
      });
      return undefined;
    }
    const found: Argument[] = [];
    const seen = new Map<string, Span>();
    this.#values.lists.list(CH.parenClose, "command", () => this.#argument(found, seen));
    return {
      kind: "command",
      template,
      ...(version === undefined ? {} : { version }),
      arguments: found,
      span: scanner.spanFrom(keyword.start),
    };
  }

  #argument(found: Argument[], seen: Map<string, Span>): boolean {
    const { scanner } = this.#values;
    const start = scanner.position();
    if (!isNameStart(scanner.unit())) return this.#positional(found, this.#values.value());
    const word = scanner.takeName();
    const span = scanner.spanFrom(start);
    scanner.skipTrivia("no-hash-comments");
    const unit = scanner.unit();
    if (unit !== CH.equals && unit !== CH.colon)
      return this.#positional(found, this.#values.afterWord(word, span));
    if (unit === CH.colon) {
      this.#values.sink.error("DSL_UNEXPECTED_TOKEN", scanner.spanAhead(1), {
        message: "a named argument is written with an equals sign",
        expected: "`=`",
        got: "`:`",
        hint: `write ${word}=..., or put { } around the pairs`,
      });
    }
    scanner.pos++;
    scanner.skipTrivia("no-hash-comments");
    const value = this.#values.value();
    if (value === undefined) return false;
    const name = { text: word, span };
    if (this.#values.acceptKey(name, "argument", seen)) {
      found.push({ name, value, span: { source: span.source, start, end: value.span.end } });
    }
    return true;
  }

  #positional(found: Argument[], value: Value | undefined): boolean {
    if (value === undefined) return false;
    found.push({ value, span: value.span });
    return true;
  }

  #templateName(): Name | undefined {
    const { scanner, sink } = this.#values;
    const start = scanner.position();
    const unit = scanner.unit();
    if (unit === CH.doubleQuote || unit === CH.singleQuote) {
      const text = scanString(scanner);
      sink.error("DSL_UNEXPECTED_TOKEN", scanner.spanFrom(start), {
        message: "a template's name stands without quotes",
        expected: "a name such as CODE",
        got: "a quoted text",
        hint: `write ABYSSAL[${text.trim().slice(0, 40)}]`,
      });
      return { text: text.trim(), span: scanner.spanFrom(start) };
    }
    const text = scanner.takeName();
    if (text !== "") return { text, span: scanner.spanFrom(start) };
    const { got, units } = scanner.describe();
    sink.error("DSL_UNEXPECTED_TOKEN", scanner.spanAhead(units), {
      message: "the name of a template is missing",
      expected: "a name such as CODE",
      got,
      hint: "`abyssal list-templates` shows the names",
    });
    return undefined;
  }

  #version(): Name | undefined {
    const { scanner, sink } = this.#values;
    const start = scanner.position();
    for (;;) {
      const unit = scanner.unit();
      if (isNamePart(unit) || unit === CH.dot || unit === CH.minus || unit === CH.plus) scanner.pos++;
      else break;
    }
    const text = scanner.text.slice(start.offset, scanner.pos);
    if (VERSION.test(text)) return { text, span: scanner.spanFrom(start) };
    const shown = text === "" ? scanner.describe().got : `\`${text.slice(0, 40)}\``;
    const span = text === "" ? scanner.spanAhead(1) : scanner.spanFrom(start);
    sink.error("DSL_BAD_VERSION", span, {
      message: "this is no version",
      expected: "a version such as 1, 1.2, 1.2.0 or 1.2.0-rc.1",
      got: shown,
      ...(/^v\d/i.test(text) ? { hint: `leave out the ${text[0]}: ${text.slice(1, 40)}` } : {}),
    });
    return undefined;
  }

  #expect(unit: number, expected: string, keyword: Span): boolean {
    const { scanner, sink } = this.#values;
    if (scanner.unit() === unit) {
      scanner.pos++;
      return true;
    }
    const { got, units } = scanner.describe();
    sink.error("DSL_UNEXPECTED_TOKEN", scanner.spanAhead(units), {
      message: "this command's head is not complete",
      expected,
      got,
      hint: "a command is written ABYSSAL[NAME](arguments)",
      related: [{ message: "the command begins here", span: keyword }],
    });
    return false;
  }
}
