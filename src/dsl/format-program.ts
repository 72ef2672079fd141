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
 * Formatting a formatted text changes nothing. A text with errors is not touched: they are the error.
 */
export function formatProgram(text: string, source = "<command>"): Result<string, Diagnostic[]> {
  const { program, diagnostics, comments } = parseWithComments(text, source);
  if (diagnostics.some(({ severity }) => severity === "error")) return err([...diagnostics]);
  const formatted = layOut(program, new CommentAttachment(program, comments, text), text);
  const again = parseProgram(formatted, source).program;
  if (printProgram(again) !== printProgram(program)) {
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
  let output = "";
  const blank = (wanted: boolean): void => {
    if (wanted && output !== "" && output.endsWith("\n")) output += "\n";
  };
  const comment = ({ text: words, inline, blankBefore }: LeadingComment): void => {
    blank(blankBefore);
    output += words + (inline ? " " : "\n");
  };
  for (const statement of program.statements) {
    const { leading, trailing, blankBefore } = attachment.of(statement);
    leading.forEach(comment);
    blank(blankBefore);
    const column = output.length - (output.lastIndexOf("\n") + 1);
    output += `${layout.statement(statement, column)}${trailing.map((words) => ` ${words}`).join("")}\n`;
  }
  for (const last of attachment.of(program).end) comment({ ...last, inline: false });
  return output;
}
