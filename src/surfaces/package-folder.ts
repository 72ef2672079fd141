import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Whether the sources themselves run, and not what a build has made of them. */
export const RUNS_FROM_SOURCES = import.meta.url.endsWith(".ts");

/** The folder of this package: the checkout, or where it is installed. */
export function packageFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, "package.json"))) folder = dirname(folder);
  return folder;
}
