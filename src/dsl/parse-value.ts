import type { Diagnostic } from "../shared/diagnostic.ts";
import { DiagnosticSink } from "./diagnostic-sink.ts";
import { withinSize } from "./parse-program.ts";
import { Scanner } from "./scanner.ts";
import type { Value } from "./syntax.ts";
import { ValueParser } from "./value-parser.ts";

/**
 * Reads a text that is one value: JSON5, in which commands and references may stand; never throws.
 * `value` is absent when there is an error among the diagnostics.
 */
export function parseValue(
  text: string,
  source = "<value>",
): { readonly value?: Value; readonly diagnostics: readonly Diagnostic[] } {
  const sink = new DiagnosticSink();
  const scanner = new Scanner(text, source, sink);
  if (!withinSize(scanner)) return { diagnostics: sink.finish() };
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
