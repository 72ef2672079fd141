import type { Diagnostic } from "../shared/diagnostic.ts";
import { err, ok, type Result } from "../shared/result.ts";
import { CommentAttachment, type LeadingComment } from "./comment-attachment.ts";
import { Layout, needsBareForks } from "./layout.ts";
import { parseProgram, parseWithComments } from "./parse-program.ts";
import { printProgram } from "./print-program.ts";
import type { Program } from "./syntax.ts";

/**
 * The text in the standard layout: lines of at most 100 columns where they can be broken, double quotes, one statement
 * after the other without `;`. Comments, single blank lines between statements and the spelling of numbers are kept.
 * Formatting a formatted text changes nothing. A text with errors is not touched: they are the error, as is a layout
 * past the limit of size.
 */
export function formatProgram(text: string, source = "<command>"): Result<string, Diagnostic[]> {
  const { program, diagnostics, comments } = parseWithComments(text, source);
  if (diagnostics.some(({ severity }) => severity === "error")) return err([...diagnostics]);
  const formatted = layOut(program, new CommentAttachment(program, comments, text), text);
  const again = parseProgram(formatted, source);
  const tooLarge = again.diagnostics.find(({ code }) => code === "DSL_TOO_LARGE");
  if (tooLarge)
    return err([{ ...tooLarge, message: "laid out with indentation, this text would be too large" }]);
  if (printProgram(again.program) !== printProgram(program)) {
    throw new Error("the formatter changed the meaning of a program: this is a bug in it");
  }
  return ok(formatted);
}

function layOut(program: Program, attachment: CommentAttachment, text: string): string {
  const layout = new Layout({
    commentsOf: (node) => attachment.of(node),
    spelling: ({ value, span }) =>
      typeof value === "number" ? text.slice(span.start.offset, span.end.offset) : undefined,
    bareForks: needsBareForks(program.statements),
  });
  // Pieces, not one growing text: looking at the end of a long text again and again would copy it each time.
  const pieces: string[] = [];
  const comment = ({ text: words, inline, blankBefore }: LeadingComment): number => {
    pieces.push(blankBefore && pieces.length > 0 ? "\n" : "", words, inline ? " " : "\n");
    return inline ? words.length + 1 : 0;
  };
  for (const statement of program.statements) {
    const { leading, trailing, blankBefore } = attachment.of(statement);
    let column = 0;
    for (const before of leading) {
      const width = comment(before);
      column = before.inline ? column + width : 0;
    }
    if (blankBefore && pieces.length > 0) pieces.push("\n");
    pieces.push(layout.statement(statement, column), ...trailing.map((words) => ` ${words}`), "\n");
  }
  for (const last of attachment.of(program).end) comment({ ...last, inline: false });
  return pieces.join("");
}
