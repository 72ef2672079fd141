/**
 * One run that dies again and again, is resumed until it ends, and is examined after each death: what the world has seen,
 * against what the journal has kept.
 */
import { spawn } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { LocalEngine } from "../../src/engine/local/local-engine.ts";
import { systemClock } from "../../src/shared/clock.ts";
import { AGENTS, RUN_ID } from "./kill-plan.ts";

const CHILD = fileURLToPath(new URL("child.ts", import.meta.url));
/** Processes that one run may take beside those that are made to die; more means that it does not get on. */
const PROCESSES_MORE = 3;

export type Env = Readonly<Record<string, string>>;

/** Everything but `crashes`, `stops` and `duplicates` is to be 0. */
export type Tally = {
  /** Processes that died, and processes that stopped of their own accord with a JOURNAL code. */
  crashes: number;
  stops: number;
  /** What was acknowledged, or shown as a result, and is not recorded. */
  lost: number;
  /** Work that was recorded and was done again. */
  rerun: number;
  /** Work done whose cause is not recorded: the effect came before the commit. */
  early: number;
  /** Work done again that was under way when a process died, under the same key ... */
  duplicates: number;
  /** ... and such that was not under way, or under another key. */
  beyond: number;
  /** Journals that cannot be read, or do not verify. */
  refused: number;
  unfinished: number;
};

export function noTally(): Tally {
  return {
    crashes: 0,
    stops: 0,
    lost: 0,
    rerun: 0,
    early: 0,
    duplicates: 0,
    beyond: 0,
    refused: 0,
    unfinished: 0,
  };
}

export function added(a: Tally, b: Tally): Tally {
  const names = Object.keys(a) as (keyof Tally)[];
  return Object.fromEntries(names.map((name) => [name, a[name] + b[name]])) as Tally;
}

export function isClean({ lost, rerun, early, beyond, refused, unfinished }: Tally): boolean {
  return lost + rerun + early + beyond + refused + unfinished === 0;
}

export type CrashRun = {
  /** Where the journal is; it may be away after a crash. */
  readonly state: string;
  readonly world: string;
  /** The environments of the processes, one after the other; after them it is `rest`, until the run ends. */
  readonly deaths: readonly Env[];
  readonly rest: Env;
  /** What becomes of `state` with each death. */
  readonly died?: () => void;
  /** Only the first death counts: what has been lost is not resumed. */
  readonly once?: boolean;
};

export async function crashRun(run: CrashRun): Promise<Tally> {
  const tally = noTally();
  const recorded = new Set<string>();
  const mayRepeat = new Map<string, number>();
  let effectsBefore = 0;
  for (let processes = 0; processes < run.deaths.length + PROCESSES_MORE; processes++) {
    const how = await child(run, run.deaths[processes] ?? run.rest);
    if (how === "died") tally.crashes++;
    if (how === "stopped") tally.stops++;
    if (how !== "ended") run.died?.();
    const found = examined(run.state);
    if (!found) {
      tally.refused++;
      return tally;
    }
    const effects = linesOf(run.world, "effects.log");
    tally.rerun += effects.slice(effectsBefore).filter((key) => recorded.has(key)).length;
    tally.early += effects.filter((key) => !found.recorded.has(key) && !found.open.has(key)).length;
    tally.lost += linesOf(run.world, "acknowledged.log").filter((what) => !found.shows(what)).length;
    effectsBefore = effects.length;
    for (const key of found.recorded) recorded.add(key);
    for (const key of found.open) mayRepeat.set(key, (mayRepeat.get(key) ?? 0) + 1);
    if (how === "ended") return finished(run, tally, found, mayRepeat);
    if (run.once) return tally;
  }
  tally.unfinished++;
  return tally;
}

function finished(
  { world }: CrashRun,
  tally: Tally,
  found: Found,
  mayRepeat: ReadonlyMap<string, number>,
): Tally {
  const { status } = JSON.parse(readFileSync(join(world, "end.json"), "utf8")) as { status: string };
  if (status !== "succeeded" || !found.isFaithful) tally.unfinished++;
  tally.lost += AGENTS - found.recorded.size;
  const times = new Map<string, number>();
  for (const key of linesOf(world, "effects.log")) times.set(key, (times.get(key) ?? 0) + 1);
  for (const [key, count] of times) {
    const allowed = mayRepeat.get(key) ?? 0;
    tally.duplicates += Math.min(count - 1, allowed);
    tally.beyond += Math.max(0, count - 1 - allowed) + (found.recorded.has(key) ? 0 : 1);
  }
  tally.lost += [...found.recorded].filter((key) => !times.has(key)).length;
  return tally;
}

/** How a process ended; `stopped`: with a diagnostic, which stands in refused.json. */
function child({ state, world }: CrashRun, env: Env): Promise<"ended" | "died" | "stopped"> {
  return new Promise((resolve, reject) => {
    const { LD_PRELOAD: _, ...own } = process.env;
    // Beyond a limit on the size of files a write fails for good, as it does on a full disk.
    const limited = ["-c", 'ulimit -f "$KILL_FILE_BLOCKS" && exec "$0" "$@"', process.execPath];
    const program = env.KILL_FILE_BLOCKS ? "sh" : process.execPath;
    const started = spawn(program, [...(program === "sh" ? limited : []), CHILD, state, world], {
      env: { ...own, ...env },
      stdio: ["ignore", "inherit", "inherit"],
    });
    started.once("error", reject);
    started.once("exit", (code, signal) => {
      if (signal === "SIGKILL") resolve("died");
      else if (code === 0 || code === 3) resolve(code === 0 ? "ended" : "stopped");
      else reject(new Error(`the process ended with ${code ?? signal}`));
    });
  });
}

type Found = {
  /** Idempotency keys of attempts whose result is recorded. */
  readonly recorded: ReadonlySet<string>;
  /** Keys of attempts that what is recorded asks for. */
  readonly open: ReadonlySet<string>;
  readonly isFaithful: boolean;
  /** Whether what was acknowledged is recorded. */
  readonly shows: (acknowledged: string) => boolean;
};

/** What a journal tells, in a copy of it: the next process is to find what the dead one left. Null when it is refused. */
function examined(state: string): Found | null {
  const copy = mkdtempSync(join(tmpdir(), "abyssal-examined-"));
  if (existsSync(state)) cpSync(state, copy, { recursive: true });
  const engine = new LocalEngine({ folder: copy, clock: systemClock, performers: new Map() });
  try {
    if (engine.verify().problems.length > 0) return null;
    const isKnown = engine.list().some(({ runId }) => runId === RUN_ID);
    if (!isKnown) return { recorded: new Set(), open: new Set(), isFaithful: false, shows: () => false };
    const { records, pending, run } = engine.replayed(RUN_ID);
    const recorded = new Set(
      records.facts.flatMap((fact) =>
        fact.type === "agent.completed" || fact.type === "agent.failed"
          ? [`${RUN_ID}/${fact.path}#${fact.attempt}`]
          : [],
      ),
    );
    return {
      recorded,
      open: new Set(pending.tasks.map(({ idempotencyKey }) => idempotencyKey)),
      isFaithful: !run.active && records.ended !== null && engine.ended(RUN_ID).faithful,
      shows: (what) =>
        what === "started" ||
        (what === "ended" ? records.ended !== null : recorded.has(`${RUN_ID}/${what}#1`)),
    };
  } catch {
    return null;
  } finally {
    engine.close();
    rmSync(copy, { recursive: true, force: true });
  }
}

function linesOf(folder: string, file: string): readonly string[] {
  const path = join(folder, file);
  if (!existsSync(path)) return [];
  return readFileSync(path, "utf8").split("\n").slice(0, -1);
}
