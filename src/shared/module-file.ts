import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The file of one of this package's modules, by its path below `src` without ending: of the build, or the source itself. */
export function moduleFile(name: string): string {
  const isSource = import.meta.url.endsWith(".ts");
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, "package.json"))) folder = dirname(folder);
  return join(folder, isSource ? "src" : "dist", `${name}${isSource ? ".ts" : ".js"}`);
}
