import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { CompiledTemplates } from "../templates/compiled-templates.ts";
import type { Config } from "./config.ts";
import { packageFolder, RUNS_FROM_SOURCES } from "./package-folder.ts";

/** What is the same for every process of one build, so that the build works it out once for all. */
export type WorkedOut = {
  readonly templates: CompiledTemplates;
  /** The configuration where nothing is configured. */
  readonly config: Config;
  /** The hash of the rules that drafts are made by. */
  readonly draftRules: string;
};

/** The file that `npm run build` writes, in the package's folder. */
export const WORKED_OUT_FILE = "dist/worked-out.json";

let read: Promise<WorkedOut | null> | undefined;

/** What the build has worked out; null where the sources themselves run, which may have changed since. */
export function workedOut(): Promise<WorkedOut | null> {
  read ??= RUNS_FROM_SOURCES ? Promise.resolve(null) : readWorkedOut(join(packageFolder(), WORKED_OUT_FILE));
  return read;
}

async function readWorkedOut(path: string): Promise<WorkedOut | null> {
  try {
    return JSON.parse(await readFile(path, "utf8")) as WorkedOut;
  } catch {
    return null;
  }
}
