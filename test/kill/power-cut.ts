/**
 * A disk that can lose power. `power-cut.c`, preloaded, notes what is durable while a process works; this puts the folder
 * back to it. Linux only, and needs a C compiler.
 */
import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const SOURCE = fileURLToPath(new URL("power-cut.c", import.meta.url));

/** What is written at once or not at all. */
const SECTOR_BYTES = 512;

/** Compiles the shim into `folder` and gives its path. Throws an Error that says what is missing. */
export function buildShim(folder: string, compiler = "cc"): string {
  if (process.platform !== "linux")
    throw new Error("the power cut is simulated with LD_PRELOAD: on Linux only");
  const library = join(folder, "power-cut.so");
  const { error, status, stderr } = spawnSync(
    compiler,
    ["-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-Werror", "-o", library, SOURCE, "-ldl"],
    { encoding: "utf8" },
  );
  if (error)
    throw new Error(`no C compiler \`${compiler}\`: install one, for instance apt-get install gcc libc6-dev`);
  if (status !== 0) throw new Error(`${compiler} refused power-cut.c:\n${stderr}`);
  return library;
}

/** Says for each thing that was not synced whether it has reached the disk all the same; null: nothing has. */
export type Luck = (() => boolean) | null;

/**
 * Purpose: be the disk of a process that loses power.
 * Owns: `folder`, where the process writes, and `durable` beside it. Does not own: the process.
 * Invariants:
 * P1 after `cut` the folder holds what was synced; of what was not, only what luck has saved, by sectors and by names.
 */
export class PowerDisk {
  readonly folder: string;
  readonly #durable: string;
  readonly #library: string;

  /** `root` is empty; `library` is what `buildShim` gave. */
  constructor(root: string, library: string) {
    this.folder = join(root, "disk");
    this.#durable = join(root, "durable");
    this.#library = library;
    mkdirSync(this.folder);
    this.settle();
  }

  /** The environment of a process that is to work on this disk. */
  get env(): Readonly<Record<string, string>> {
    return { LD_PRELOAD: this.#library, POWER_FOLDER: this.folder, POWER_DURABLE: this.#durable };
  }

  /** Everything that is there now is durable. */
  settle(): void {
    rmSync(this.#durable, { recursive: true, force: true });
    for (const kind of ["files", "folders", "unlinked"])
      mkdirSync(join(this.#durable, kind), { recursive: true });
    this.#keepFolder(this.folder);
  }

  /** Puts the folder back to what a machine would find that lost power now. */
  cut(luck: Luck): void {
    const live = new Map<number, string>();
    for (const file of [...below(this.folder), ...below(join(this.#durable, "unlinked"))])
      live.set(inodeOf(file), file);
    const after = `${this.folder}.after`;
    this.#restoreFolder(inodeOf(this.folder), this.folder, after, live, luck);
    rmSync(this.folder, { recursive: true });
    renameSync(after, this.folder);
    this.settle();
  }

  #keepFolder(folder: string): void {
    const names = readdirSync(folder, { withFileTypes: true });
    const lines = names.map(({ name }) => `${inodeOf(join(folder, name))} ${name}\n`);
    writeFileSync(join(this.#durable, "folders", String(inodeOf(folder))), lines.join(""));
    for (const entry of names) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) this.#keepFolder(path);
      else copyFileSync(path, join(this.#durable, "files", String(inodeOf(path))));
    }
  }

  #restoreFolder(
    inode: number,
    now: string,
    after: string,
    live: ReadonlyMap<number, string>,
    luck: Luck,
  ): void {
    mkdirSync(after);
    const synced = this.#syncedNames(inode);
    const current = new Map(readdirSync(now).map((name) => [name, inodeOf(join(now, name))]));
    for (const name of new Set([...synced.keys(), ...current.keys()])) {
      const isSaved = synced.get(name) !== current.get(name) && luck?.() === true;
      const kept = isSaved ? current.get(name) : synced.get(name);
      if (kept === undefined) continue;
      const path = live.get(kept);
      if (path === undefined) throw new Error(`power cut: ${join(now, name)} is not to be found any more`);
      if (statSync(path).isDirectory()) this.#restoreFolder(kept, path, join(after, name), live, luck);
      else writeFileSync(join(after, name), this.#bytes(kept, path, luck));
    }
  }

  #syncedNames(inode: number): ReadonlyMap<string, number> {
    const file = join(this.#durable, "folders", String(inode));
    const lines = existsSync(file) ? readFileSync(file, "utf8").split("\n").slice(0, -1) : [];
    return new Map(
      lines.map((line) => {
        const blank = line.indexOf(" ");
        return [line.slice(blank + 1), Number(line.slice(0, blank))];
      }),
    );
  }

  #bytes(inode: number, path: string, luck: Luck): Buffer {
    const file = join(this.#durable, "files", String(inode));
    const synced = existsSync(file) ? readFileSync(file) : Buffer.alloc(0);
    if (!luck) return synced;
    return mixed(synced, readFileSync(path), luck);
  }
}

/** Each sector, and the length, as it was synced or as it is now. */
export function mixed(synced: Buffer, now: Buffer, luck: () => boolean): Buffer {
  const isLengthNew = synced.length !== now.length && luck();
  const result = Buffer.alloc(isLengthNew ? now.length : synced.length);
  for (let at = 0; at < result.length; at += SECTOR_BYTES) {
    const [before, after] = [synced, now].map((bytes) => bytes.subarray(at, at + SECTOR_BYTES));
    (before!.equals(after!) || !luck() ? before! : after!).copy(result, at);
  }
  return result;
}

function below(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) => join(folder, name));
}

function inodeOf(path: string): number {
  return statSync(path).ino;
}
