import {
  closeSync,
  fstatSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Clock } from "../../shared/clock.ts";
import { makeFolder } from "../../shared/make-folder.ts";

/**
 * Purpose: a log file that is renamed when it is full or was begun long ago, and forgotten when it is old.
 * Owns: the file, its descriptor, the files `NAME.YYYYMMDDTHHMMSSmmmZ` beside it. Does not own: what a line says.
 * Invariants:
 * I1 a line is in the file when `write` returns, whole, in one file, in order.
 * I2 a file grows beyond `maxBytes` only by its first line, and takes no line once it is older than `maxAgeMs`, whichever
 *    process began it.
 * I3 only files of our own naming are ever deleted, and none that is younger than `retentionMs`.
 * I4 a failing disk stops the log, not the program: `onError` is called once, then lines are dropped.
 *
 * Our own, because pino-roll keeps a number of files, not days, and brings 28 MB of date-fns.
 */
export type RotatingFileOptions = {
  readonly maxBytes: number;
  readonly maxAgeMs: number;
  readonly retentionMs: number;
  readonly clock: Clock;
  readonly onError: (error: Error) => void;
};

/** What is read of a file to learn its age. */
const FIRST_LINE_BYTES = 1024;

export function rotatingFile(path: string, options: RotatingFileOptions): { write(line: string): void } {
  let file: { readonly descriptor: number; bytes: number; readonly begunAtMs: number } | undefined;
  let broken = false;

  const guarded = (act: () => void): void => {
    if (broken) return;
    try {
      act();
    } catch (error) {
      broken = true;
      options.onError(error as Error);
    }
  };
  const open = () => {
    const descriptor = openSync(path, "a");
    const { size, birthtimeMs } = fstatSync(descriptor);
    const begunAtMs = size === 0 ? options.clock.nowMs() : (timeOfFirstLine(path) ?? birthtimeMs);
    return { descriptor, bytes: size, begunAtMs };
  };

  guarded(() => {
    makeFolder(dirname(path));
    file = open();
    deleteOld(path, options);
  });

  return {
    write: (line) =>
      guarded(() => {
        const bytes = Buffer.from(line);
        file ??= open();
        const isFull = file.bytes + bytes.length > options.maxBytes;
        const isOld = options.clock.nowMs() - file.begunAtMs >= options.maxAgeMs;
        if (file.bytes > 0 && (isFull || isOld)) {
          moveAside(path, file.descriptor, options.clock);
          closeSync(file.descriptor);
          file = open();
          deleteOld(path, options);
        }
        for (let at = 0; at < bytes.length; ) at += writeSync(file.descriptor, bytes, at);
        file.bytes += bytes.length;
      }),
  };
}

/** When a log was begun, as its first line says. */
function timeOfFirstLine(path: string): number | undefined {
  const descriptor = openSync(path, "r");
  try {
    const head = Buffer.alloc(FIRST_LINE_BYTES);
    const text = head.toString("utf8", 0, readSync(descriptor, head));
    const found = /"time":(\d{1,16})\b/.exec(text.split("\n")[0]!);
    return found ? Number(found[1]) : undefined;
  } finally {
    closeSync(descriptor);
  }
}

/** Another process may log to the same file and have moved it already: then there is nothing left to move. */
function moveAside(path: string, descriptor: number, clock: Clock): void {
  const current = statSync(path, { throwIfNoEntry: false });
  if (current?.ino !== fstatSync(descriptor).ino) return;
  const stamp = (ms: number) => `${path}.${new Date(ms).toISOString().replace(/[-:.]/g, "")}`;
  let ms = clock.nowMs();
  while (statSync(stamp(ms), { throwIfNoEntry: false })) ms += 1;
  renameSync(path, stamp(ms));
}

function deleteOld(path: string, { retentionMs, clock }: RotatingFileOptions): void {
  const prefix = `${basename(path)}.`;
  const oldestMs = clock.nowMs() - retentionMs;
  for (const name of readdirSync(dirname(path))) {
    if (!name.startsWith(prefix) || !/^\d{8}T\d{9}Z$/.test(name.slice(prefix.length))) continue;
    const old = join(dirname(path), name);
    // Another process may be deleting the same files.
    const found = statSync(old, { throwIfNoEntry: false });
    if (found?.isFile() && found.mtimeMs < oldestMs) rmSync(old, { force: true });
  }
}
