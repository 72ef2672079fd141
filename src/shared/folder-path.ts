import { isAbsolute, relative, sep } from "node:path";

/** A path as seen from a folder that it is in, else as it is; both absolute. */
export function pathFrom(base: string, path: string): string {
  return isInside(path, base) ? relative(base, path) || "." : path;
}

/** Whether `path` is `base` or below it; both absolute, with links resolved where they could matter. */
export function isInside(path: string, base: string): boolean {
  const way = relative(base, path);
  return way === "" || (way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way));
}
