import { spawn } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  watch,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { Readable } from "node:stream";
import { onTestFinished } from "vitest";
import type { Policy } from "../../../src/plan/policy.ts";
import type { Diagnostic } from "../../../src/shared/diagnostic.ts";
import { runCli } from "../../../src/surfaces/cli/cli.ts";
import type { Output, Terminal } from "../../../src/surfaces/cli/terminal.ts";

export const MAIN = resolve(import.meta.dirname, "../../../src/surfaces/cli/main.ts");

export type CliRun = { readonly code: number; readonly stdout: string; readonly stderr: string };

/** A folder of its own for one test, with these files in it; removed after it. */
export function folderWith(files: Readonly<Record<string, string>> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), "abyssal-cli-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  return folder;
}

/** Every file below a folder, sorted. */
export function filesIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

export type CliOptions = {
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly tty?: boolean;
  readonly policy?: Policy;
  /** Of a process: the longest file that it may write, in the shell's blocks of 512 (or 1024) bytes; beyond it, its disk is full. */
  readonly maxFileBlocks?: number;
};

/** The command line within this process: the same code from the first argument to the exit code. */
export async function cli(cwd: string, args: readonly string[], options: CliOptions = {}): Promise<CliRun> {
  const stdout = recorder(options.tty === true);
  const stderr = recorder(options.tty === true);
  const stdin = Object.assign(Readable.from(options.stdin === undefined ? [] : [options.stdin]), {
    isTTY: options.stdin === undefined,
  });
  const terminal: Terminal = {
    cwd,
    env: { PATH: process.env.PATH, ...options.env },
    stdin,
    stdout: stdout.output,
    stderr: stderr.output,
    onInterrupt: () => () => {},
    exit: (code) => {
      throw new Error(`exit ${code}`);
    },
  };
  const code = await runCli(args, terminal, options.policy ? { policy: options.policy } : {});
  return { code, stdout: stdout.text(), stderr: stderr.text() };
}

function recorder(isTTY: boolean): { readonly output: Output; text(): string } {
  let text = "";
  const output: Output = {
    write: (more) => {
      text += more;
    },
    isTTY,
    closed: false,
    onClosed: () => {},
  };
  return { output, text: () => text };
}

/** The command line as a process of its own, standard input closed or as given. */
export function spawned(
  cwd: string,
  args: readonly string[],
  { stdin = "", env = {}, maxFileBlocks }: CliOptions = {},
): { readonly child: ReturnType<typeof spawn>; readonly ended: Promise<CliRun> } {
  const line = [process.execPath, MAIN, ...args];
  const [program, ...rest] =
    maxFileBlocks === undefined ? line : ["sh", "-c", `ulimit -f ${maxFileBlocks}; exec "$@"`, "sh", ...line];
  const child = spawn(program!, rest, {
    cwd,
    env: { PATH: process.env.PATH ?? "", ...env },
    stdio: "pipe",
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  child.stdin.end(stdin);
  const ended = new Promise<CliRun>((done, failed) => {
    child.on("error", failed);
    child.on("close", (code, signal) =>
      done({ code: code ?? (signal === null ? -1 : 1_000), stdout, stderr }),
    );
  });
  return { child, ended };
}

/** The diagnostics of a refusal, as `--output json` prints them. */
export function faultsOf(run: CliRun): readonly Diagnostic[] {
  return (JSON.parse(run.stdout) as { error: { diagnostics: Diagnostic[] } }).error.diagnostics;
}

/** Steps that run this Node with a script, once each, without waiting between attempts. */
export function scriptTemplate(name: string, steps: Readonly<Record<string, string>>, more = ""): string {
  const lines = Object.entries(steps).map(
    ([step, script]) =>
      `  ${step}: { agent: tester, run: { performer: command, command: ${JSON.stringify(process.execPath)}, args: [-e, ${JSON.stringify(script)}] } }`,
  );
  return [
    `name: ${name}`,
    "version: 1.0.0",
    "description: Run scripts",
    "category: testing",
    "defaults: { retry: { attempts: 1, backoff: none }, duration: 1s, timeout: 1m }",
    "steps:",
    ...lines,
    more,
    "",
  ].join("\n");
}

/** Resolves when a file is written in a folder from now on. */
export function appears(folder: string, name: string): Promise<void> {
  return new Promise((resolve) => {
    const watcher = watch(folder, () => {
      if (!existsSync(join(folder, name)) || readFileSync(join(folder, name), "utf8") === "") return;
      watcher.close();
      resolve();
    });
  });
}

/** Whether a process is at work. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // Where nobody reaps, an ended process stays as a zombie.
    return process.platform !== "linux" || !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    // It may go between the two as well.
    return false;
  }
}
