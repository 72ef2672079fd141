import type { Diagnostic } from "../shared/diagnostic.ts";
import { LIMITS } from "../shared/limits.ts";
import { DiagnosticSink } from "./diagnostic-sink.ts";
import { ProgramParser } from "./program-parser.ts";
import { type Comment, Scanner } from "./scanner.ts";
import type { Program } from "./syntax.ts";

/** What a text says, as far as it can be read, and everything found wrong with it. */
export type ParsedProgram = { readonly program: Program; readonly diagnostics: readonly Diagnostic[] };

/**
 * Reads a program (docs/reference/language.md) in time linear in its length; never throws.
 * `source` names the text in spans: a file path or a label. With an error among the diagnostics the program holds only
 * what could be read, and nothing past a limit.
 */
export function parseProgram(text: string, source = "<command>"): ParsedProgram {
  const { program, diagnostics } = parseWithComments(text, source);
  return { program, diagnostics };
}

/** As `parseProgram`, with the comments in the order of the text: for the formatter. */
export function parseWithComments(
  text: string,
  source: string,
): ParsedProgram & { readonly comments: readonly Comment[] } {
  const sink = new DiagnosticSink();
  const scanner = new Scanner(text, source, sink);
  const start = scanner.position();
  const read = withinSize(scanner) ? new ProgramParser(scanner).statements() : [];
  const statements = sink.stopped ? [] : read;
  const program: Program = { kind: "program", statements, span: scanner.spanFrom(start) };
  return { program, diagnostics: sink.finish(), comments: scanner.comments };
}

/** Whether the text is within the limit of its size in UTF-8; reports it otherwise, and reads no further. */
function withinSize(scanner: Scanner): boolean {
  const { text } = scanner;
  // A UTF-16 unit takes one to three bytes of UTF-8, so most texts need no count.
  if (text.length * 3 <= LIMITS.sourceBytes) return true;
  const bytes = text.length > LIMITS.sourceBytes ? undefined : Buffer.byteLength(text, "utf8");
  if (bytes !== undefined && bytes <= LIMITS.sourceBytes) return true;
  scanner.sink.fatal("DSL_TOO_LARGE", scanner.spanAhead(0), {
    message: "this text is too large",
    expected: `at most ${LIMITS.sourceBytes} bytes of UTF-8`,
    got: bytes === undefined ? `more than ${LIMITS.sourceBytes} bytes` : `${bytes} bytes`,
    hint: "split it into several programs, or keep large texts in files that a command reads",
  });
  return false;
}
