import { constants } from "node:fs";
import { copyFile, lstat, mkdir, mkdtemp, readdir, readlink, realpath, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { isInside } from "../../shared/folder-path.ts";
import { err, ok, type Result } from "../../shared/result.ts";

/** Above this no copy is made, and the tests do not run. */
export const COPY_LIMITS = { files: 50_000, bytes: 1024 * 1024 * 1024 } as const;

export type WorkingCopy = {
  /** The copy of the root. */
  readonly folder: string;
  /** A folder beside it for reports and caches. */
  readonly scratch: string;
  readonly files: number;
  remove(): Promise<void>;
};

/** Left out: what version control and this product keep for themselves. */
const LEFT_OUT = new Set([".git", ".hg", ".svn", ".abyssal"]);

/**
 * Copies a project into the system's temporary folder, so that its tests may write where they like. Installed
 * packages are linked one by one: caches written beside them land in the copy.
 */
export async function copyProject(root: string, signal: AbortSignal): Promise<Result<WorkingCopy, string>> {
  const base = await realpath(await mkdtemp(join(tmpdir(), "abyssal-audit-")));
  const remove = (): Promise<void> => rm(base, { recursive: true, force: true, maxRetries: 3 });
  const folder = join(base, "project");
  const scratch = join(base, "scratch");
  try {
    await mkdir(scratch);
    const copier = new Copier(root, folder, signal);
    await copier.folder("");
    if (copier.tooLarge) {
      await remove();
      return err(
        `the project holds more than ${COPY_LIMITS.files} files or ${COPY_LIMITS.bytes / 1024 ** 3} GiB: no copy is made to test in`,
      );
    }
    return ok({ folder, scratch, files: copier.files, remove });
  } catch (error) {
    await remove();
    throw error;
  }
}

class Copier {
  files = 0;
  tooLarge = false;
  readonly #from: string;
  readonly #to: string;
  readonly #signal: AbortSignal;
  #bytes = 0;

  constructor(from: string, to: string, signal: AbortSignal) {
    this.#from = from;
    this.#to = to;
    this.#signal = signal;
  }

  async folder(path: string): Promise<void> {
    this.#signal.throwIfAborted();
    await mkdir(join(this.#to, path), { recursive: true });
    for (const entry of await readdir(join(this.#from, path), { withFileTypes: true })) {
      if (this.tooLarge) return;
      const inner = path === "" ? entry.name : join(path, entry.name);
      if (LEFT_OUT.has(entry.name)) continue;
      if (entry.isSymbolicLink()) await this.#link(inner);
      else if (entry.isDirectory() && entry.name === "node_modules") await this.#packages(inner);
      else if (entry.isDirectory()) await this.folder(inner);
      else if (entry.isFile()) await this.#file(inner);
    }
  }

  async #file(path: string): Promise<void> {
    const from = join(this.#from, path);
    this.#bytes += (await lstat(from)).size;
    this.tooLarge = ++this.files > COPY_LIMITS.files || this.#bytes > COPY_LIMITS.bytes;
    if (!this.tooLarge) await copyFile(from, join(this.#to, path), constants.COPYFILE_FICLONE);
  }

  /** A link within the project points to the copy's own file, any other to where it pointed. */
  async #link(path: string): Promise<void> {
    const from = join(this.#from, path);
    const target = await realpath(from).catch(() => null);
    if (target === null) return symlink(await readlink(from), join(this.#to, path));
    const within = isInside(target, this.#from) && !target.split(/[\\/]/).includes("node_modules");
    const to = within ? join(this.#to, relative(this.#from, target)) : target;
    await symlink(to, join(this.#to, path));
  }

  async #packages(path: string): Promise<void> {
    await mkdir(join(this.#to, path), { recursive: true });
    for (const entry of await readdir(join(this.#from, path), { withFileTypes: true })) {
      const inner = join(path, entry.name);
      // Vitest, babel and others keep their caches here.
      if (entry.name.startsWith(".") && entry.name !== ".bin" && !entry.isFile() && entry.name !== ".pnpm")
        continue;
      if (entry.isSymbolicLink()) await this.#link(inner);
      else if (entry.isDirectory() && entry.name.startsWith("@")) await this.#packages(inner);
      else {
        await mkdir(dirname(join(this.#to, inner)), { recursive: true });
        await symlink(join(this.#from, inner), join(this.#to, inner));
      }
    }
  }
}
