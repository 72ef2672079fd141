import { realpath, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { isInside } from "../../shared/folder-path.ts";
import { err, ok, type Result } from "../../shared/result.ts";

/**
 * The real path of `folder` (relative to `workingFolder`) if, symbolic links followed, it is a folder inside
 * `workingFolder` or one of `extraFolders`; otherwise why not.
 */
export async function confinedFolder(
  folder: string,
  workingFolder: string,
  extraFolders: readonly string[] = [],
): Promise<Result<string, string>> {
  if (folder.includes("\0")) return err("the name holds a NUL byte");
  const real = await realOrNull(resolve(workingFolder, folder));
  if (real === null) return err(`there is no folder \`${folder}\``);
  if (!(await stat(real)).isDirectory()) return err(`\`${folder}\` is a file`);
  for (const allowed of [workingFolder, ...extraFolders]) {
    const base = await realOrNull(allowed);
    if (base !== null && isInside(real, base)) return ok(real);
  }
  return err(`\`${folder}\` lies outside the working folder`);
}

async function realOrNull(path: string): Promise<string | null> {
  try {
    return await realpath(path);
  } catch {
    return null;
  }
}
