import { chmod, open, realpath, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { AbyssalError } from "../../shared/diagnostic.ts";
import { makeFolder } from "../../shared/make-folder.ts";
import { fault, refuse } from "./faults.ts";
import type { Terminal } from "./terminal.ts";

/**
 * Writes a whole file in place of what stood there, or not at all: a reader never sees half of it. A link is followed, the
 * file's mode is kept. Throws AbyssalError (OUTPUT_UNWRITABLE).
 */
export async function replaceFile(file: string, content: string, terminal: Terminal): Promise<void> {
  const named = resolve(terminal.cwd, file);
  try {
    const path = await realpath(named).catch(() => named);
    await writeWhole(path, content);
  } catch (error) {
    refuseUnwritable(file, error);
  }
}

/** As `replaceFile`, for a path that is known; errors are the file system's own. */
export async function writeWhole(path: string, content: string): Promise<void> {
  makeFolder(dirname(path));
  const mode = await stat(path).then(
    (stats) => stats.mode & 0o777,
    () => undefined,
  );
  // A leading dot keeps half a file from being taken for a template.
  const draft = join(dirname(path), `.${basename(path)}.${process.pid}.tmp`);
  try {
    const handle = await open(draft, "wx");
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    if (mode !== undefined) await chmod(draft, mode);
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

/** Reports a file or folder that could not be written; anything but the file system's own errors is thrown on. */
export function refuseUnwritable(place: string, error: unknown): never {
  const { code } = error as NodeJS.ErrnoException;
  if (code === undefined || error instanceof AbyssalError) throw error;
  return refuse(
    fault("OUTPUT_UNWRITABLE", "this cannot be written", {
      place,
      expected: "a place that may be written",
      got: code,
      hint: "look at the path, its permissions and the space left",
    }),
  );
}
