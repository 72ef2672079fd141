/**
 * Cuts the power of a run of 200 agents and resumes it: `npm run test:power [-- --quick | --cuts N] [--seed N]`. Linux only, needs a
 * C compiler. A cut comes just before one of the operations on the disk, the N-th write, sync, truncation or removal;
 * whatever was not synced is dropped, or reaches the disk by luck, sector by sector. Three parts, on standard output as JSON:
 *
 *   full    the journal as it is: nothing may be lost
 *   normal  synchronous NORMAL, which does not sync a commit: there must be losses, or this could find none
 *   errors  a sync that fails (EIO), a disk that is full (ENOSPC): the process stops with JOURNAL_WRITE_FAILED, and the
 *           run is resumed after a power cut
 *
 * Exit code 1 when any of it is otherwise.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import { draws } from "../engine/local/journal-damage.ts";
import { type CrashRun, crashRun, type Env, isClean, type Tally } from "./crash-run.ts";
import { inTurns, numberAfter, spread } from "./in-turns.ts";
import { AGENTS } from "./kill-plan.ts";
import { buildShim, type Luck, PowerDisk } from "./power-cut.ts";

/** The run's WAL is small: it is moved into the database at the end only, or, so that this is cut too, all the time. */
const LATE: Env = { KILL_WORK: "append" };
const OFTEN: Env = { ...LATE, KILL_CHECKPOINT: "16" };
const isQuick = process.argv.includes("--quick");
const cuts = numberAfter("--cuts", isQuick ? 10 : 150);
const seed = numberAfter("--seed", 1);
const beganMs = performance.now();
/** Operations of an undisturbed run, without and with frequent checkpoints. */
const operations: number[] = [];
const tools = mkdtempSync(join(tmpdir(), "abyssal-power-"));

try {
  const library = buildShim(tools);
  const late = await places(library, LATE);
  const often = await places(library, OFTEN);
  const full = await inTurns([...late, ...often], (place, folder) => cutAndResume(library, folder, place));
  const normal = await inTurns(spread(late, Math.ceil(cuts / 5)), (place, folder) =>
    cutOnce(library, folder, place),
  );
  const errors = await inTurns(failures(), (failure, folder) => failAndResume(library, folder, failure));
  const seconds = Math.round((performance.now() - beganMs) / 100) / 10;
  console.log(JSON.stringify({ agents: AGENTS, operations, cuts, seed, seconds, full, normal, errors }));
  const isRight =
    isClean(full) &&
    full.crashes >= cuts &&
    normal.lost > 0 &&
    isClean(errors) &&
    errors.stops === failures().length;
  process.exitCode = isRight ? 0 : 1;
} finally {
  rmSync(tools, { recursive: true, force: true });
}

/** Of the cuts by turns: nothing of what was not synced is saved; some of it; most of it. */
function luckAt(at: number): Luck {
  const chance = [0, 0.5, 0.9][at % 3]!;
  const draw = draws(seed * 100_003 + at);
  return chance === 0 ? null : () => draw() < chance;
}

function run(disk: PowerDisk, folder: string, rest: Omit<CrashRun, "state" | "world">): Promise<Tally> {
  const world = join(folder, "world");
  mkdirSync(world);
  return crashRun({ ...rest, state: join(disk.folder, "project", "state"), world });
}

type Place = { readonly env: Env; readonly at: number };

/** Half of the cuts, spread over the operations of an undisturbed run. */
async function places(library: string, env: Env): Promise<readonly Place[]> {
  const count = join(tools, `count${operations.length}`);
  await inTurns([1, 2], (_, folder) => {
    const disk = new PowerDisk(folder, library);
    return run(disk, folder, { deaths: [], rest: { ...env, ...disk.env, POWER_COUNT: count } });
  });
  const counts = readFileSync(count, "utf8").trim().split("\n");
  // How often a run commits is not sure; an operation that each of them reaches is.
  const reached = Math.min(...counts.map((line) => (JSON.parse(line) as { operations: number }).operations));
  operations.push(reached);
  return spread(
    Array.from({ length: reached }, (_, index) => ({ env, at: index + 1 })),
    Math.ceil(cuts / 2),
  );
}

function cutAndResume(library: string, folder: string, place: Place): Promise<Tally> {
  const disk = new PowerDisk(folder, library);
  const env = { ...place.env, ...disk.env };
  return run(disk, folder, {
    // The power goes once more, early: resuming must survive it as well.
    deaths: [
      { ...env, POWER_CUT: String(place.at) },
      { ...env, POWER_CUT: String(1 + (place.at % 97)) },
    ],
    rest: env,
    died: () => disk.cut(luckAt(place.at)),
  });
}

function cutOnce(library: string, folder: string, place: Place): Promise<Tally> {
  const disk = new PowerDisk(folder, library);
  const env = { ...place.env, ...disk.env, KILL_SYNCHRONOUS: "NORMAL", POWER_CUT: String(place.at) };
  return run(disk, folder, { deaths: [env], rest: env, died: () => disk.cut(null), once: true });
}

type Failing = {
  readonly call: "sync" | "write";
  readonly nth: number;
  readonly errno: number;
  readonly times: number;
};

/** A failed sync is told once: the next one says that all is well. A full disk stays full. */
function failures(): readonly Failing[] {
  const { EIO, ENOSPC } = constants.errno;
  const some = isQuick ? [20] : [10, 14, 20, 30, 45, 60];
  return [
    ...some.map((nth) => ({ call: "sync", nth, errno: EIO, times: 1 }) as const),
    ...some.map((nth) => ({ call: "write", nth: nth * 8, errno: ENOSPC, times: 1_000_000 }) as const),
  ];
}

function failAndResume(
  library: string,
  folder: string,
  { call, nth, errno, times }: Failing,
): Promise<Tally> {
  const disk = new PowerDisk(folder, library);
  const env = { ...LATE, ...disk.env };
  return run(disk, folder, {
    deaths: [{ ...env, POWER_FAIL: [call, nth, errno, times].join(",") }],
    rest: env,
    died: () => {
      const { code } = JSON.parse(readFileSync(join(folder, "world", "refused.json"), "utf8")) as {
        code: string;
      };
      if (code !== "JOURNAL_WRITE_FAILED")
        throw new Error(`${call} ${nth} failing: the process said ${code}`);
      disk.cut(luckAt(nth));
    },
  });
}
