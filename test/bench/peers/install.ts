import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const FOLDER = new URL("./", import.meta.url);

type Manifest = { readonly version: string; readonly dependencies: Readonly<Record<string, string>> };

/** Installs the peers when they are absent or of other versions; the reason when that cannot be done, else null. */
export function installPeers(): string | null {
  const missing = missingPeers();
  if (missing.length === 0) return null;
  console.error(`installing ${missing.join(", ")} in test/bench/peers (npm ci)`);
  // No install scripts: the only one compiles a SQLite driver, in whose place Node's own SQLite stands.
  const flags = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  const { status, error, stdout, stderr } = spawnSync("npm", ["ci", ...flags], {
    cwd: fileURLToPath(FOLDER),
    encoding: "utf8",
    shell: process.platform === "win32",
  });
  if (error) return `npm could not be started: ${error.message}`;
  if (status !== 0) return `npm ci in test/bench/peers ended with exit code ${status}:\n${stderr || stdout}`;
  const still = missingPeers();
  return still.length === 0 ? null : `npm ci in test/bench/peers left out ${still.join(", ")}`;
}

/** The exact versions that are to be measured, by package. */
export function peerVersions(): Readonly<Record<string, string>> {
  return manifest("package.json")!.dependencies;
}

function missingPeers(): readonly string[] {
  return Object.entries(peerVersions())
    .filter(([name, version]) => manifest(`node_modules/${name}/package.json`)?.version !== version)
    .map(([name, version]) => `${name}@${version}`);
}

function manifest(path: string): Manifest | null {
  const url = new URL(path, FOLDER);
  return existsSync(url) ? (JSON.parse(readFileSync(url, "utf8")) as Manifest) : null;
}
