import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { AbyssalError } from "../shared/diagnostic.ts";
import { wrongOption } from "./check-options.ts";

/**
 * The folder in which a runtime is at home, as an absolute path. It must be there: a misspelt one would have neither configuration nor
 * templates, and be made by the first record. Throws AbyssalError OPTION_INVALID.
 */
export async function homeFolder(workingFolder = process.cwd()): Promise<string> {
  const folder = resolve(workingFolder);
  const found = await stat(folder).catch(({ code }: NodeJS.ErrnoException) => code);
  if (typeof found === "object" && found.isDirectory()) return folder;
  throw new AbyssalError([
    {
      ...wrongOption("workingFolder", "a folder that is there", folder),
      got: typeof found === "object" ? `${folder}, which is a file` : `${folder} (${found})`,
      hint: "look for a slip in the path, or make the folder first",
    },
  ]);
}
