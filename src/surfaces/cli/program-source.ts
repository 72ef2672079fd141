import { statSync } from "node:fs";
import { open, readdir } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import { LIMITS } from "../../shared/limits.ts";
import { nearestName } from "../../shared/nearest-name.ts";
import type { CliContext } from "./cli.ts";
import { fault, refuse } from "./faults.ts";
import type { Terminal } from "./terminal.ts";

/** A text and the name under which diagnostics speak of it. */
export type NamedText = { readonly name: string; readonly text: string };

const STDIN = "<stdin>";

/**
 * The program that a command is given: its argument, `--file`, or standard input (`-`, or nothing at all and stdin is no
 * terminal); from here on diagnostics can show it. Errors: USAGE_PROGRAM, INPUT_UNREADABLE, INPUT_ENCODING.
 */
export async function readProgram(
  argument: string | undefined,
  file: string | undefined,
  { terminal, texts }: CliContext,
): Promise<NamedText> {
  const source = await readSource(argument, file, terminal);
  texts.set(source.name, source.text);
  terminal.learn?.(source.text);
  return source;
}

async function readSource(
  argument: string | undefined,
  file: string | undefined,
  terminal: Terminal,
): Promise<NamedText> {
  if (argument !== undefined && file !== undefined) {
    refuse(
      fault("USAGE_PROGRAM", "a program was given twice", {
        expected: "an argument or --file, not both",
        got: `${JSON.stringify(argument.slice(0, 60))} and --file ${file}`,
        hint: "leave one out",
      }),
    );
  }
  if (file !== undefined && file !== "-") return readText(file, terminal);
  if (argument !== undefined && argument !== "-") {
    refuseFileName(argument, terminal);
    return { name: "<command>", text: argument };
  }
  if (argument === undefined && file === undefined && terminal.stdin.isTTY) {
    refuse(
      fault("USAGE_PROGRAM", "no program was given", {
        expected: "a program as argument, --file FILE, or - for standard input",
        hint: `for example: abyssal execute "ABYSSAL[CODE]('authentication service')"`,
      }),
    );
  }
  return { name: STDIN, text: decode(await readStdin(terminal), STDIN) };
}

/** An argument that is no program but the name of a file: the likeliest slip has an error of its own. */
function refuseFileName(text: string, { cwd }: Terminal): void {
  const isName = text.length < 256 && !/[[(\n\0]/.test(text) && text.trim() !== "";
  if (!isName || !statSync(resolve(cwd, text), { throwIfNoEntry: false })?.isFile()) return;
  refuse(
    fault("USAGE_PROGRAM", "this is the name of a file, not a program", {
      expected: "a program such as ABYSSAL[CODE]('authentication service')",
      got: text,
      hint: `write --file ${text}`,
    }),
  );
}

/** A UTF-8 text file, or standard input for `-`; at most a little more of it than a program may have is read. */
export async function readText(file: string, terminal: Terminal): Promise<NamedText> {
  if (file === "-") return { name: STDIN, text: decode(await readStdin(terminal), STDIN) };
  const bytes = await readBytes(file, terminal).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code === undefined) throw error;
    return refuse(
      fault("INPUT_UNREADABLE", "the file cannot be read", {
        place: file,
        expected: "a readable file",
        got: error.code,
        hint: (await nearFile(file, terminal)) ?? "look at its name and its permissions",
      }),
    );
  });
  return { name: file, text: decode(bytes, file) };
}

async function readBytes(file: string, terminal: Terminal): Promise<Buffer> {
  const handle = await open(resolve(terminal.cwd, file), "r");
  try {
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of handle.createReadStream({ end: LIMITS.sourceBytes + 1, autoClose: false })) {
      chunks.push(chunk as Buffer);
      size += (chunk as Buffer).length;
    }
    return Buffer.concat(chunks, size);
  } finally {
    await handle.close();
  }
}

async function readStdin({ stdin }: Terminal): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stdin) {
    const bytes = Buffer.from(chunk as Buffer | string);
    chunks.push(bytes);
    size += bytes.length;
    if (size > LIMITS.sourceBytes) break;
  }
  return Buffer.concat(chunks, size);
}

function decode(bytes: Buffer, name: string): string {
  // What is too large is cut, perhaps within a character: the parser refuses it for its size.
  if (bytes.length > LIMITS.sourceBytes) return new TextDecoder().decode(bytes);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return refuse(
      fault("INPUT_ENCODING", "the text is not UTF-8", {
        place: name,
        expected: "UTF-8",
        got: "other bytes",
        hint: "save it as UTF-8",
      }),
    );
  }
}

async function nearFile(file: string, terminal: Terminal): Promise<string | undefined> {
  const path = resolve(terminal.cwd, file);
  const names = await readdir(dirname(path)).catch((): string[] => []);
  const near = names.includes(basename(path)) ? undefined : nearestName(basename(path), names);
  return near === undefined ? undefined : `did you mean "${near}"?`;
}
