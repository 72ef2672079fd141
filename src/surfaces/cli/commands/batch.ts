import { relative, resolve } from "node:path";
import { parseProgram } from "../../../dsl/parse-program.ts";
import { AbyssalError, type Diagnostic, type Position, type Span } from "../../../shared/diagnostic.ts";
import { isJsonObject, type Json } from "../../../shared/json.ts";
import { LIMITS } from "../../../shared/limits.ts";
import { describeValue } from "../../../templates/parameter-type.ts";
import { type Batch, batchProgram } from "../../batch.ts";
import type { CliContext } from "../cli.ts";
import { conductRun } from "../conduct-run.ts";
import { fault, refuse } from "../faults.ts";
import { openAbyssal } from "../open-abyssal.ts";
import { checkOutFolder } from "../out-folder.ts";
import { type NamedText, readText } from "../program-source.ts";
import { type RunFlags, readLimits } from "../run-flags.ts";
import type { Terminal } from "../terminal.ts";

/** `resume`: true, or the run. */
export type BatchFlags = RunFlags & { readonly resume?: true | string };

/** `abyssal batch execute`: the commands of a file as one run with one summary. */
export async function batchCommand(file: string, flags: BatchFlags, context: CliContext): Promise<number> {
  const { terminal, texts } = context;
  if (flags.resume !== undefined) return resumeBatch(file, flags.resume, flags, context);
  const source = await readText(file, terminal);
  texts.set(source.name, source.text);
  const isList = isListed(source);
  const batch = readBatch(source, texts);
  const { options, config } = readLimits(flags);
  if (flags.out !== undefined) await checkOutFolder(flags.out, terminal);
  const abyssal = await openAbyssal(context, flags, { config, durable: true });
  const place = (span: Span): Span => (isList ? withinCommand(span, batch, source.name) : span);
  return conductRun(flags, context, {
    abyssal,
    start: () =>
      inPlace(place, () =>
        abyssal.startBatch(batch, { ...options, source: source.name }, originOf(file, terminal)),
      ),
    warnings: (run) => run.warnings.map((warning) => moved(warning, place)),
  });
}

/** Goes on with the file's newest unfinished batch, or a given one; its commands are those that were recorded. */
async function resumeBatch(
  file: string,
  run: true | string,
  flags: BatchFlags,
  context: CliContext,
): Promise<number> {
  const { terminal } = context;
  if (flags.out !== undefined) await checkOutFolder(flags.out, terminal);
  const commands = await commandsNow(file, context);
  const abyssal = await openAbyssal(context, flags, { durable: true });
  const runId = run === true ? undefined : run;
  return conductRun(flags, context, {
    abyssal,
    start: () => abyssal.resumeBatch(originOf(file, terminal), runId),
    warnings: ({ batch }) =>
      JSON.stringify(batch?.commands) === JSON.stringify(commands) ? [] : [fileChanged(file)],
  });
}

/** The commands that the file holds now; null when it cannot be read any more. */
async function commandsNow(file: string, { terminal }: CliContext): Promise<readonly string[] | null> {
  try {
    return readBatch(await readText(file, terminal), new Map()).commands;
  } catch (error) {
    if (error instanceof AbyssalError) return null;
    throw error;
  }
}

function fileChanged(file: string): Diagnostic {
  return {
    code: "BATCH_CHANGED",
    severity: "warning",
    place: file,
    message: "the file is not what it was when the batch was started; the recorded commands are gone on with",
    hint: "without --resume the file is run as it is now",
  };
}

/** How a file is found again from the same folder. */
function originOf(file: string, { cwd }: Terminal): string {
  return relative(cwd, resolve(cwd, file));
}

/** Whether it begins as JSON does, and as no program. */
function isListed({ text }: NamedText): boolean {
  return /^\s*(?:[[{"]|-?\d|(?:true|false|null)\s*$)/.test(text);
}

function readBatch(source: NamedText, texts: Map<string, string>): Batch {
  return isListed(source) ? listBatch(source, texts) : textBatch(source);
}

/** A JSON array of commands; each is named `FILE[index]` in diagnostics. */
function listBatch({ name, text }: NamedText, texts: Map<string, string>): Batch {
  // More was not read: what remains is no JSON.
  if (Buffer.byteLength(text) > LIMITS.sourceBytes)
    refuse(
      fault("BATCH_SYNTAX", "the list of commands is too large", {
        place: name,
        expected: `at most ${LIMITS.sourceBytes} bytes of UTF-8`,
        got: `more than ${LIMITS.sourceBytes} bytes`,
        hint: "make several batches of it",
      }),
    );
  let commands: unknown;
  try {
    commands = JSON.parse(text);
  } catch (error) {
    return refuse(
      fault("BATCH_SYNTAX", "the list of commands is not JSON", {
        place: name,
        expected: "a JSON array such as [\"ABYSSAL[CODE]('core engine')\"]",
        got: (error as Error).message,
        hint: "a program needs no brackets around it",
      }),
    );
  }
  if (!Array.isArray(commands)) refuse(noList(name, commands as Json));
  const list = commands as readonly unknown[];
  const strange = list.findIndex((command) => typeof command !== "string" || command.trim() === "");
  if (strange >= 0 || list.length === 0) {
    refuse(
      fault("BATCH_SYNTAX", list.length === 0 ? "the list holds no command" : "an element is no command", {
        place: list.length === 0 ? name : `${name}[${strange}]`,
        expected: "a text such as \"ABYSSAL[CODE]('core engine')\"",
        got: list.length === 0 ? "[]" : JSON.stringify(list[strange]).slice(0, 60),
      }),
    );
  }
  const trimmed = (list as readonly string[]).map((command) => command.trim());
  trimmed.forEach((command, index) => {
    texts.set(`${name}[${index}]`, command);
  });
  return batchProgram(trimmed, name);
}

function noList(place: string, value: Json): Diagnostic {
  const member = isJsonObject(value)
    ? Object.entries(value).find(([, one]) => Array.isArray(one))
    : undefined;
  return fault("BATCH_SYNTAX", "the file is JSON, and holds no list of commands", {
    place,
    expected: "a JSON array such as [\"ABYSSAL[CODE]('core engine')\"]",
    got: describeValue(value),
    hint: member ? `let the file hold the list of "${member[0]}" alone` : "put the commands into [ ]",
  });
}

/** A program text, whose statements are the batch's commands. */
function textBatch({ name, text }: NamedText): Batch {
  const { program, diagnostics } = parseProgram(text, name);
  if (diagnostics.some(({ severity }) => severity === "error")) throw new AbyssalError(diagnostics);
  const statements = program.statements.filter(({ body }) => body.kind !== "reference");
  return {
    text,
    commands: statements.map(({ span }) => text.slice(span.start.offset, span.end.offset)),
    statements: statements.map(() => 1),
  };
}

/** A place in the joined text, as a place in the one command that it belongs to; commands begin on lines of their own. */
function withinCommand(span: Span, { commands }: Batch, name: string): Span {
  let offset = 0;
  let line = 1;
  for (const [index, command] of commands.entries()) {
    const length = command.replace(/;$/, "").length;
    if (span.start.offset <= offset + length) {
      const move = (position: Position): Position => ({
        offset: position.offset - offset,
        line: position.line - line + 1,
        column: position.column,
      });
      return { source: `${name}[${index}]`, start: move(span.start), end: move(span.end) };
    }
    offset += length + 2;
    line += command.split("\n").length;
  }
  return span;
}

function moved(diagnostic: Diagnostic, place: (span: Span) => Span): Diagnostic {
  return {
    ...diagnostic,
    ...(diagnostic.span ? { span: place(diagnostic.span) } : {}),
    ...(diagnostic.related
      ? { related: diagnostic.related.map((one) => (one.span ? { ...one, span: place(one.span) } : one)) }
      : {}),
  };
}

function inPlace<T>(place: (span: Span) => Span, start: () => T): T {
  try {
    return start();
  } catch (error) {
    if (!(error instanceof AbyssalError)) throw error;
    throw new AbyssalError(error.diagnostics.map((diagnostic) => moved(diagnostic, place)));
  }
}
