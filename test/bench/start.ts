/**
 * What a cold start of the built command line takes: `npm run build`, then `npm run bench:start -- [--output json] [--quick]`. Processes in turns,
 * so that whatever else the machine does hits all alike; with kept compiled code and without.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { median } from "./support/statistics.ts";

const MAIN = resolve(import.meta.dirname, "../../dist/surfaces/cli/main.js");
const PROGRAM = "ABYSSAL[CODE]('authentication service')";
const json = process.argv[process.argv.indexOf("--output") + 1] === "json";
const rounds = process.argv.includes("--quick") ? 5 : 25;
const folder = mkdtempSync(join(tmpdir(), "abyssal-start-"));

const COMMANDS: Readonly<Record<string, readonly string[]>> = {
  "bare Node": ["--eval", "0"],
  plan: [MAIN, "plan", PROGRAM],
  execute: [MAIN, "execute", PROGRAM, "--quiet", "--no-cache"],
  "--help": [MAIN, "--help"],
};
const KEPT: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  no: { NODE_DISABLE_COMPILE_CACHE: "1" },
  yes: { XDG_CACHE_HOME: join(folder, "cache") },
};

try {
  const times = new Map<string, number[]>();
  for (let round = 0; round <= rounds; round++)
    for (const [name, args] of Object.entries(COMMANDS))
      for (const [kept, env] of Object.entries(KEPT)) {
        const begun = performance.now();
        const { status, stderr } = spawnSync(process.execPath, args, {
          cwd: folder,
          env: { PATH: process.env.PATH, HOME: folder, ...env },
          encoding: "utf8",
        });
        const ms = performance.now() - begun;
        if (status !== 0) throw new Error(`${name} ended with ${status}: ${stderr}`);
        const key = `${name}|${kept}`;
        // The first round fills the cache and reads the files from the disk.
        if (round > 0) times.set(key, [...(times.get(key) ?? []), ms]);
      }
  const rows = [...times].map(([key, all]) => {
    const [command, compiledCodeKept] = key.split("|");
    return {
      command,
      compiledCodeKept,
      medianMs: Math.round(median(all)),
      fastestMs: Math.round(Math.min(...all)),
    };
  });
  if (json) console.log(JSON.stringify({ node: process.version, rows }));
  else console.table(rows);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
