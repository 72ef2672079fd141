/**
 * Runs one program in a process group of its own and answers only when the whole group is gone.
 *
 * Owns: the group from spawn to its last process, its collected output, its kill timer.
 * Does not own: what the command means (command.ts), which folder it may run in (confined-folder.ts).
 *
 * I1 No shell: the argument vector reaches the program as it is.
 * I2 After the promise settles no process of the group is running (zombies that nobody reaps aside).
 * I3 Collected output never exceeds `maxOutputBytes`; the group is killed when it would.
 * I4 An abort, a time limit or an overflow sends SIGTERM to the group, then SIGKILL after `graceMs`.
 */
import { readdirSync, readFileSync } from "node:fs";
import { performance } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import { execa } from "execa";

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

const POLL_MS = 10;
/** How long a killed group may take to vanish before the caller goes on. */
const VANISH_MS = 5_000;
/** The same when this process ends and takes them along. */
const EXIT_VANISH_MS = 500;
const hasGroups = process.platform !== "win32";
const liveGroups = new Set<number>();

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
    detached: hasGroups,
    cleanup: !hasGroups,
    ...(options.stdin === undefined ? { stdin: "ignore" as const } : { input: options.stdin }),
  });
  const { pid } = child;
  if (pid === undefined) {
    const failed = await child;
    return { kind: "notStarted", code: failed.code ?? "UNKNOWN", message: failed.originalMessage ?? "" };
  }
  const group = new Group(pid, options.graceMs);
  const output = collect(child.stdout, child.stderr, options, () => group.end("overflowed"));
  const onAbort = (): void => group.end("aborted");
  options.signal.addEventListener("abort", onAbort, { once: true });
  const limit =
    options.timeoutMs === undefined ? undefined : setTimeout(() => group.end("timedOut"), options.timeoutMs);
  child.nodeChildProcess.once("exit", () => group.leaderLeft());
  try {
    const result = await child;
    await group.gone();
    return ended(group.reason ?? "ended", result.exitCode ?? null, result.signal ?? null, output, startedAt);
  } finally {
    clearTimeout(limit);
    options.signal.removeEventListener("abort", onAbort);
    liveGroups.delete(pid);
  }
}

/** One live group: who asked for its end, and whether anything of it still runs. */
class Group {
  reason: GroupEnd["kind"] | undefined;
  readonly #pid: number;
  readonly #graceMs: number;
  #killer: NodeJS.Timeout | undefined;

  constructor(pid: number, graceMs: number) {
    this.#pid = pid;
    this.#graceMs = graceMs;
    rememberGroup(pid);
  }

  end(reason: GroupEnd["kind"]): void {
    this.reason ??= reason;
    this.#terminate();
  }

  /** The program itself has ended: whatever it left behind in the background goes too. */
  leaderLeft(): void {
    if (isAlive(this.#pid)) this.#terminate();
  }

  async gone(): Promise<void> {
    const giveUpAt = performance.now() + this.#graceMs + VANISH_MS;
    while (isAlive(this.#pid) && performance.now() < giveUpAt) await delay(POLL_MS);
    clearTimeout(this.#killer);
  }

  #terminate(): void {
    if (this.#killer !== undefined) return;
    send(this.#pid, "SIGTERM");
    this.#killer = setTimeout(() => send(this.#pid, "SIGKILL"), this.#graceMs);
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

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(hasGroups ? -pid : pid, signal);
  } catch {
    // ESRCH: gone already, which is what was wanted.
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(hasGroups ? -pid : pid, 0);
  } catch {
    return false;
  }
  return process.platform === "linux" ? hasRunningMember(pid) : true;
}

/** Where process 1 does not reap, ended members stay as zombies for ever: they do not count as running. */
function hasRunningMember(groupId: number): boolean {
  for (const entry of readdirSync("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      const stat = readFileSync(`/proc/${entry}/stat`, "utf8");
      const [state, , processGroup] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      if (Number(processGroup) === groupId && state !== "Z" && state !== "X") return true;
    } catch {
      // It ended between the listing and the reading.
    }
  }
  return false;
}

/** A detached group outlives its parent: if this process exits first, its groups are killed on the way out. */
function rememberGroup(pid: number): void {
  if (liveGroups.size === 0) {
    process.removeListener("exit", killLiveGroups);
    process.once("exit", killLiveGroups);
  }
  liveGroups.add(pid);
}

function killLiveGroups(): void {
  for (const pid of liveGroups) send(pid, "SIGKILL");
  // A signal is on its way for a while: whoever waits for this process to end finds none of them at work.
  const giveUpAt = performance.now() + EXIT_VANISH_MS;
  const pause = new Int32Array(new SharedArrayBuffer(4));
  while ([...liveGroups].some(isAlive) && performance.now() < giveUpAt) Atomics.wait(pause, 0, 0, POLL_MS);
}
