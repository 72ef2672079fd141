import { readdirSync, readFileSync } from "node:fs";
import { performance } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";

/** Whether programs can be started as leaders of groups (`detached`); elsewhere the program alone is ended. */
export const HAS_GROUPS = process.platform !== "win32";

const POLL_MS = 10;
/** How long a killed group may take to vanish before the caller goes on. */
const VANISH_MS = 5_000;
/** The same when this process ends and takes them along. */
const EXIT_VANISH_MS = 500;
const liveGroups = new Set<number>();

/**
 * Purpose: a program that leads a process group of its own, as long as anything of the group runs.
 * Owns: its end: SIGTERM to all of it, then SIGKILL after `graceMs`; at the latest when this process ends. Does not own: the program's streams.
 */
export class LiveGroup {
  readonly #pid: number;
  readonly #graceMs: number;
  #killer: NodeJS.Timeout | undefined;

  constructor(pid: number, graceMs: number) {
    this.#pid = pid;
    this.#graceMs = graceMs;
    rememberGroup(pid);
  }

  /** Ends it, with time to do so by itself. */
  end(): void {
    if (this.#killer !== undefined || !liveGroups.has(this.#pid)) return;
    send(this.#pid, "SIGTERM");
    this.#killer = setTimeout(() => this.kill(), this.#graceMs);
  }

  /** Ends it at once. */
  kill(): void {
    // Its number may be another's once it is gone.
    if (liveGroups.has(this.#pid)) send(this.#pid, "SIGKILL");
  }

  /** The program itself has ended: whatever it left behind in the background goes too. */
  leaderLeft(): void {
    if (isAlive(this.#pid)) this.end();
  }

  /** Resolves when nothing of it runs any more; at the latest some seconds after it was killed. */
  async gone(): Promise<void> {
    const giveUpAt = performance.now() + this.#graceMs + VANISH_MS;
    while (isAlive(this.#pid) && performance.now() < giveUpAt) await delay(POLL_MS);
    clearTimeout(this.#killer);
    liveGroups.delete(this.#pid);
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(HAS_GROUPS ? -pid : pid, signal);
  } catch {
    // ESRCH: gone already, which is what was wanted.
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(HAS_GROUPS ? -pid : pid, 0);
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
