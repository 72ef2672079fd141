import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { added, noTally, type Tally } from "./crash-run.ts";

/** Works through a list, as many at once as there are cores, each in a folder of its own; gives the sum of the tallies. */
export async function inTurns<T>(
  items: readonly T[],
  work: (item: T, folder: string) => Promise<Tally>,
): Promise<Tally> {
  const waiting = [...items];
  let sum = noTally();
  const worker = async (): Promise<void> => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) {
      const folder = mkdtempSync(join(tmpdir(), "abyssal-crash-"));
      try {
        const tally = await work(item, folder);
        sum = added(sum, tally);
      } finally {
        rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
      }
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  return sum;
}

/** `count` of these, spread evenly; all of them when there are no more. */
export function spread<T>(all: readonly T[], count: number): readonly T[] {
  const stride = Math.max(1, all.length / count);
  return Array.from({ length: Math.min(count, all.length) }, (_, index) => all[Math.floor(index * stride)]!);
}

/** The number after a flag of the command line. */
export function numberAfter(flag: string, otherwise: number): number {
  const at = process.argv.indexOf(flag);
  const value = at < 0 ? otherwise : Number(process.argv[at + 1]);
  if (!(value >= 1)) throw new Error(`${flag} needs a number above 0`);
  return value;
}
