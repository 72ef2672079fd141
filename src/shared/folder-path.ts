import { isAbsolute, relative, sep } from "node:path";

/** Whether `path` is `base` or below it; both absolute, with links resolved where they could matter. */
export function isInside(path: string, base: string): boolean {
  const way = relative(base, path);
  return way === "" || (way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way));
}
