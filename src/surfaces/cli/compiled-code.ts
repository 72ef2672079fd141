import { lstatSync } from "node:fs";
import { enableCompileCache } from "node:module";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import { makeFolder } from "../../shared/make-folder.ts";

type Env = Readonly<Record<string, string | undefined>>;

/**
 * Has Node keep the code that it compiles, for the next process to take: a third of a cold start. Compiled code is believed when it is read, so it
 * stands in a folder that only this user may write to; where there is none, nothing is kept. Never fails: it is no part of what
 * was asked for. `NODE_COMPILE_CACHE` and `NODE_DISABLE_COMPILE_CACHE` are Node's own and come first.
 */
export function keepCompiledCode(env: Env): void {
  try {
    if (env.NODE_COMPILE_CACHE || env.NODE_DISABLE_COMPILE_CACHE) return;
    const folder = join(cacheFolder(env), "abyssal", "compiled");
    makeFolder(folder, 0o700);
    if (isOurs(folder)) enableCompileCache(folder);
  } catch {
    // A home that cannot be written, a full disk: the code is compiled anew.
  }
}

/** Where the system has its users' caches. */
export function cacheFolder(env: Env, platform: NodeJS.Platform = process.platform): string {
  const given = platform === "win32" ? env.LOCALAPPDATA : env.XDG_CACHE_HOME;
  if (given && isAbsolute(given)) return given;
  if (platform === "win32") return join(homedir(), "AppData", "Local");
  return platform === "darwin" ? join(homedir(), "Library", "Caches") : join(homedir(), ".cache");
}

/** Whether nobody else may write there. On Windows the folder of a user's own data says so by itself. */
function isOurs(folder: string): boolean {
  const { uid, mode } = lstatSync(folder);
  return process.getuid === undefined || (uid === process.getuid() && (mode & 0o022) === 0);
}
