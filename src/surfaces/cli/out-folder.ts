import { lstat, mkdtemp, rename, rm, rmdir, stat, writeFile } from "node:fs/promises";
import { dirname, join, relative, resolve, sep } from "node:path";
import { staysBelow } from "../../engine/check-outcome.ts";
import type { Plan } from "../../plan/plan.ts";
import { makeFolder } from "../../shared/make-folder.ts";
import type { BatchResult } from "../batch.ts";
import type { RunResult } from "../run-result.ts";
import { fault, refuse } from "./faults.ts";
import { refuseUnwritable } from "./replace-file.ts";
import { reportMarkdown } from "./report-markdown.ts";
import type { Terminal } from "./terminal.ts";

/** What was written, as paths for people. */
export type Written = {
  readonly report: string;
  readonly result: string;
  readonly folder: string;
  readonly artifacts: number;
};

const ARTIFACTS = "artifacts";

/** Refuses a folder that could not be written to, before anything is run. Errors: OUTPUT_UNWRITABLE, OUTPUT_LINK. */
export async function checkOutFolder(out: string, terminal: Terminal): Promise<void> {
  const folder = resolve(terminal.cwd, out);
  try {
    let existing = folder;
    for (;;) {
      const stats = await stat(existing).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== "ENOENT" || dirname(existing) === existing) throw error;
        return undefined;
      });
      if (stats && !stats.isDirectory())
        refuse(
          fault("OUTPUT_UNWRITABLE", "this is no folder", {
            place: out,
            expected: "a folder",
            got: "a file",
          }),
        );
      if (stats) break;
      existing = dirname(existing);
    }
    // Found out by trying: permissions tell nothing of file systems that take no files, nor to who may do everything.
    await rmdir(await mkdtemp(join(existing, ".abyssal-")));
    if (existing === folder) await refuseLinks(folder, [ARTIFACTS], out);
  } catch (error) {
    refuseUnwritable(out, error);
  }
}

/**
 * Writes report.md, result.json and the answer's files below a folder. Everything is first written into a draft folder on the
 * same disk and then moved, file by file: none is ever half-written. Files of other origin are left alone; a path that
 * leads through a link is refused. Throws AbyssalError (OUTPUT_UNWRITABLE, OUTPUT_LINK).
 */
export async function writeOutFolder(
  out: string,
  result: RunResult,
  plan: Plan,
  terminal: Terminal,
  batch: BatchResult | undefined,
): Promise<Written> {
  const folder = resolve(terminal.cwd, out);
  const contents = new Map<string, string>();
  for (const { path, content } of result.artifacts) {
    if (!staysBelow(path))
      throw new Error(`an artifact's path leaves the output folder: ${JSON.stringify(path)}`);
    contents.set(`${ARTIFACTS}/${path}`, content);
  }
  contents.set("report.md", reportMarkdown(result, plan, batch));
  contents.set("result.json", `${JSON.stringify(batch ?? result, null, 2)}\n`);
  try {
    makeFolder(folder);
    const draft = await mkdtemp(join(folder, ".abyssal-"));
    try {
      await moveIn(contents, draft, folder, out);
    } finally {
      await rm(draft, { recursive: true, force: true });
    }
  } catch (error) {
    refuseUnwritable(out, error);
  }
  const shown = (name: string): string => relative(terminal.cwd, join(folder, name)) || name;
  const artifacts = result.artifacts.length;
  return { report: shown("report.md"), result: shown("result.json"), folder: shown(ARTIFACTS), artifacts };
}

async function moveIn(
  contents: ReadonlyMap<string, string>,
  draft: string,
  folder: string,
  out: string,
): Promise<void> {
  for (const [path, content] of contents) {
    makeFolder(dirname(join(draft, path)));
    await writeFile(join(draft, path), content);
  }
  for (const path of contents.keys()) await refuseLinks(folder, path.split("/"), out);
  for (const path of contents.keys()) {
    makeFolder(dirname(join(folder, path)));
    await rename(join(draft, path), join(folder, path));
  }
}

/** A link on the way could lead anywhere: nothing is written through one, nor in place of one. */
async function refuseLinks(folder: string, segments: readonly string[], out: string): Promise<void> {
  let path = folder;
  for (const segment of segments) {
    path = join(path, segment);
    const stats = await lstat(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return undefined;
      throw error;
    });
    if (!stats) return;
    if (stats.isSymbolicLink())
      refuse(
        fault("OUTPUT_LINK", "a link stands where output is to be written", {
          place: `${out}/${relative(folder, path).split(sep).join("/")}`,
          expected: "a file or folder of its own",
          got: "a symbolic link",
          hint: "remove it, or name another folder",
        }),
      );
  }
}
