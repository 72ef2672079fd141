import { readFileSync } from "node:fs";
import { join } from "node:path";
import { packageFolder } from "../package-folder.ts";

/** The version in the package's package.json, the same in a checkout and in the published package. */
export function abyssalVersion(): string {
  return (JSON.parse(readFileSync(join(packageFolder(), "package.json"), "utf8")) as { version: string })
    .version;
}
