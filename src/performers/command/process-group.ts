/**
 * Runs one program in a process group of its own and answers only when the whole group is gone.
 *
 * Owns: the program from its start to the last process of its group (live-group.ts), its collected output.
 * Does not own: what the command means (command.ts), which folder it may run in (confined-folder.ts).
 *
 * I1 No shell: the argument vector reaches the program as it is.
 * I2 After the promise settles no process of the group is running (zombies that nobody reaps aside).
 * I3 Collected output never exceeds `maxOutputBytes`; the group is killed when it would.
 * I4 An abort, a time limit or an overflow sends SIGTERM to the group, then SIGKILL after `graceMs`.
 */
import { performance } from "node:perf_hooks";
import { execa } from "execa";
import { HAS_GROUPS, LiveGroup } from "./live-group.ts";

export type GroupOptions = {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** The whole environment of the child; nothing is added to it. */
  readonly env: Readonly<Record<string, string>>;
  readonly stdin?: string;
  /** Standard output and standard error together. */
  readonly maxOutputBytes: number;
  readonly graceMs: number;
  readonly timeoutMs?: number;
  readonly signal: AbortSignal;
  readonly onLine?: (line: string) => void;
};

export type GroupEnd = {
  readonly kind: "ended" | "overflowed" | "aborted" | "timedOut";
  /** null when a signal ended it. */
  readonly exitCode: number | null;
  readonly endedBy: string | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly durationMs: number;
};

export type GroupRun =
  | GroupEnd
  | { readonly kind: "notStarted"; readonly code: string; readonly message: string };

/** Runs the program; never throws for anything the program does. */
export async function runInGroup(options: GroupOptions): Promise<GroupRun> {
  const startedAt = performance.now();
  if (options.signal.aborted) return ended("aborted", null, null, emptyOutput(), startedAt);
  const child = execa(options.command, [...options.args], {
    cwd: options.cwd,
    env: { ...options.env },
    extendEnv: false,
    shell: false,
    reject: false,
    buffer: false,
    encoding: "buffer",
    detached: HAS_GROUPS,
    cleanup: !HAS_GROUPS,
    ...(options.stdin === undefined ? { stdin: "ignore" as const } : { input: options.stdin }),
  });
  const { pid } = child;
  if (pid === undefined) {
    const failed = await child;
    return { kind: "notStarted", code: failed.code ?? "UNKNOWN", message: failed.originalMessage ?? "" };
  }
  const group = new LiveGroup(pid, options.graceMs);
  let reason: GroupEnd["kind"] = "ended";
  const end = (why: GroupEnd["kind"]): void => {
    if (reason === "ended") reason = why;
    group.end();
  };
  const output = collect(child.stdout, child.stderr, options, () => end("overflowed"));
  const onAbort = (): void => end("aborted");
  options.signal.addEventListener("abort", onAbort, { once: true });
  const limit =
    options.timeoutMs === undefined ? undefined : setTimeout(() => end("timedOut"), options.timeoutMs);
  child.nodeChildProcess.once("exit", () => group.leaderLeft());
  try {
    const result = await child;
    await group.gone();
    return ended(reason, result.exitCode ?? null, result.signal ?? null, output, startedAt);
  } finally {
    clearTimeout(limit);
    options.signal.removeEventListener("abort", onAbort);
  }
}

type Output = { stdout: string; stderr: string };
const emptyOutput = (): Output => ({ stdout: "", stderr: "" });

function collect(
  stdout: NodeJS.ReadableStream | null,
  stderr: NodeJS.ReadableStream | null,
  options: GroupOptions,
  overflow: () => void,
): { readonly stdout: string; readonly stderr: string } {
  const kept: Record<keyof Output, Buffer[]> = { stdout: [], stderr: [] };
  let left = options.maxOutputBytes;
  const take = (name: keyof Output) => {
    let partial = "";
    return (chunk: Buffer): void => {
      if (left < 0) return;
      kept[name].push(chunk.subarray(0, left));
      left -= chunk.length;
      if (left < 0) overflow();
      if (!options.onLine) return;
      const lines = (partial + chunk.toString("utf8")).split("\n");
      partial = lines.pop()!.slice(-1_000);
      for (const line of lines) options.onLine(line);
    };
  };
  stdout?.on("data", take("stdout"));
  stderr?.on("data", take("stderr"));
  return {
    get stdout() {
      return Buffer.concat(kept.stdout).toString("utf8");
    },
    get stderr() {
      return Buffer.concat(kept.stderr).toString("utf8");
    },
  };
}

function ended(
  kind: GroupEnd["kind"],
  exitCode: number | null,
  endedBy: string | null,
  output: { readonly stdout: string; readonly stderr: string },
  startedAt: number,
): GroupEnd {
  const durationMs = Math.round(performance.now() - startedAt);
  return { kind, exitCode, endedBy, stdout: output.stdout, stderr: output.stderr, durationMs };
}
