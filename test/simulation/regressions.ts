import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Violation } from "./book.ts";
import type { SimCase } from "./sim-case.ts";
import { simulate } from "./simulate.ts";

const FOLDER = fileURLToPath(new URL("regressions/", import.meta.url));

/** Cases that showed a bug once: name and data. */
export function keptCases(): readonly { readonly name: string; readonly case: SimCase }[] {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith(".json"))
    .sort()
    .map((file) => ({
      name: file.replace(/\.json$/, ""),
      case: JSON.parse(readFileSync(join(FOLDER, file), "utf8")) as SimCase,
    }));
}

/** Simulates every kept case. */
export async function replayRegressions(): Promise<
  readonly { readonly name: string; readonly violations: readonly Violation[] }[]
> {
  const replayed = [];
  for (const { name, case: one } of keptCases())
    replayed.push({ name, violations: (await simulate(one)).violations });
  return replayed;
}
