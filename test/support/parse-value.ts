import { DiagnosticSink } from "../../src/dsl/diagnostic-sink.ts";
import { Scanner } from "../../src/dsl/scanner.ts";
import type { Value } from "../../src/dsl/syntax.ts";
import { ValueParser } from "../../src/dsl/value-parser.ts";
import type { Diagnostic } from "../../src/shared/diagnostic.ts";

/**
 * Reads a text that is one value as the parser of programs does: JSON5, in which commands and references may stand.
 * `value` is absent when there is an error among the diagnostics.
 */
export function parseValue(
  text: string,
  source = "<value>",
): { readonly value?: Value; readonly diagnostics: readonly Diagnostic[] } {
  const sink = new DiagnosticSink();
  const scanner = new Scanner(text, source, sink);
  scanner.skipTrivia("no-hash-comments");
  const value = new ValueParser(scanner).value();
  scanner.skipTrivia("no-hash-comments");
  if (!scanner.atEnd) {
    const { got, units } = scanner.describe();
    sink.error("DSL_UNEXPECTED_TOKEN", scanner.spanAhead(units), {
      message: "something follows the value",
      expected: "the end of the input",
      got,
    });
  }
  return { ...(sink.failed || value === undefined ? {} : { value }), diagnostics: sink.finish() };
}

/** A JSON5 value as JavaScript holds it; numbers may be NaN or infinite, which JSON has not. */
export type PlainValue = null | boolean | number | string | PlainValue[] | { [key: string]: PlainValue };

/**
 * The value as plain data, the last of duplicate keys counting; `undefined` when a command or a reference stands in it.
 */
export function plainValue(value: Value): PlainValue | undefined {
  switch (value.kind) {
    case "literal":
      return value.value;
    case "array": {
      const items: PlainValue[] = [];
      for (const item of value.items) {
        const plain = plainValue(item);
        if (plain === undefined) return undefined;
        items.push(plain);
      }
      return items;
    }
    case "object": {
      const members: { [key: string]: PlainValue } = {};
      for (const { key, value: memberValue } of value.members) {
        const plain = plainValue(memberValue);
        if (plain === undefined) return undefined;
        members[key.text] = plain;
      }
      return members;
    }
    default:
      return undefined;
  }
}
