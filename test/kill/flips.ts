/**
 * Flips bits in a journal, one at a time, and counts what is noticed: `node test/kill/flips.ts [--flips N] [--seed N]`.
 * Exit code 1 when a flip changed what was recorded and nothing complained.
 */
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { draws, judgeFlip, recordedJournal } from "../engine/local/journal-damage.ts";
import { numberAfter } from "./in-turns.ts";

const flips = numberAfter("--flips", 10_000);
const seed = numberAfter("--seed", 1);
const FILES = ["live/journal.db", "killed/journal.db", "killed/journal.db-wal", "killed/heads/r_one"];
const folder = mkdtempSync(join(tmpdir(), "abyssal-flips-"));
const seen = { detected: 0, harmless: 0, missed: 0 };

try {
  const original = await recordedJournal(folder);
  const draw = draws(seed);
  for (let flip = 0; flip < flips; flip++) {
    const place = FILES[flip % FILES.length]!;
    const [state, ...rest] = place.split("/");
    const byte = Math.floor(draw() * statSync(join(folder, place)).size);
    const damage = { file: rest.join("/"), byte, bit: Math.floor(draw() * 8) };
    const verdict = judgeFlip(join(folder, state!), join(folder, "scratch"), damage, original);
    seen[verdict.kind]++;
    if (verdict.kind === "missed") console.error(JSON.stringify({ state, damage, verdict }));
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log(JSON.stringify({ flips, seed, ...seen }));
process.exitCode = seen.missed === 0 ? 0 : 1;
