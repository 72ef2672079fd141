import type { Readable } from "node:stream";
import { EXIT } from "./exit-codes.ts";

/** One of the two streams that a command writes to. */
export interface Output {
  write(text: string): void;
  /** What may be drawn of a text on the stream itself; default: all of it. */
  clean?(text: string): string;
  readonly isTTY: boolean;
  /** Set once whoever read it has gone; what is written then is dropped. */
  readonly closed: boolean;
  /** The stream itself, for what draws on a terminal. */
  readonly stream?: NodeJS.WriteStream;
  /** Calls back once when the reader goes. */
  onClosed(listener: () => void): void;
}

/** Everything that the command line touches of its process, so that tests can stand in for it. */
export interface Terminal {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: Readable & { readonly isTTY?: boolean };
  /** Data. */
  readonly stdout: Output;
  /** Progress, questions, diagnostics. */
  readonly stderr: Output;
  /** Shows no more what a text (a recorded program) gives under the names of secrets. */
  learn?(text: string): void;
  /** Calls back for each interruption until the returned function is called; without a listener the process ends. */
  onInterrupt(listener: (signal: "SIGINT" | "SIGTERM") => void): () => void;
  /** Ends the process at once. */
  exit(code: number): never;
}

/** The terminal of this process. */
export function processTerminal(): Terminal {
  return {
    cwd: workingFolder(),
    env: process.env,
    stdin: process.stdin,
    stdout: processOutput(process.stdout),
    stderr: processOutput(process.stderr),
    onInterrupt(listener) {
      const interrupted = (): void => listener("SIGINT");
      const terminated = (): void => listener("SIGTERM");
      process.on("SIGINT", interrupted).on("SIGTERM", terminated);
      return () => void process.off("SIGINT", interrupted).off("SIGTERM", terminated);
    },
    exit: (code) => process.exit(code),
  };
}

/** Ends the process where its folder was removed under it: no path means anything then. */
function workingFolder(): string {
  try {
    return process.cwd();
  } catch (error) {
    process.stderr.write(`FOLDER_GONE: the working folder was removed: ${(error as Error).message}\n`);
    process.exit(EXIT.usage);
  }
}

function processOutput(stream: NodeJS.WriteStream): Output {
  let closed = false;
  const listeners: (() => void)[] = [];
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (closed) return;
    closed = true;
    if (error.code !== "EPIPE" && error.code !== "ERR_STREAM_DESTROYED") lost(stream, error);
    for (const listener of listeners) listener();
  });
  return {
    write: (text) => void (closed || stream.write(text)),
    isTTY: stream.isTTY === true,
    get closed() {
      return closed;
    },
    stream,
    onClosed: (listener) => void listeners.push(listener),
  };
}

/** An output that breaks (a full disk) is no reader that has gone: what it did not take must not count as said. */
function lost(stream: NodeJS.WriteStream, error: Error): never {
  if (stream !== process.stderr)
    process.stderr.write(`error OUTPUT_LOST: the output cannot be written: ${error.message}\n`);
  process.exit(EXIT.failed);
}

/** Whether colours are wanted on an output: on a terminal, unless NO_COLOR is set (no-color.org). */
export function wantsColour(output: Output, env: Terminal["env"]): boolean {
  return output.isTTY && (env.NO_COLOR ?? "") === "" && env.TERM !== "dumb";
}

/** Whether a display that redraws itself makes sense: a terminal that is no recorded one. */
export function canRedraw(output: Output, env: Terminal["env"]): boolean {
  return output.isTTY && output.stream !== undefined && (env.CI ?? "") === "" && env.TERM !== "dumb";
}

/** How wide a terminal is, in columns; undefined where none is written to. */
export function widthFor({ isTTY, stream }: Output): number | undefined {
  return isTTY ? stream?.columns : undefined;
}

/** One JSON document: laid out for a person on a terminal, on one line for a program. */
export function printJson(output: Output, value: unknown): void {
  output.write(`${JSON.stringify(value, null, output.isTTY ? 2 : 0)}\n`);
}
