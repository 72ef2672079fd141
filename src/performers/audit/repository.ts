import { readdir, readFile, realpath, stat } from "node:fs/promises";
import { basename, extname, join, resolve } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { isJsonObject, type Json, type JsonObject } from "../../shared/json.ts";
import { err, ok, type Result } from "../../shared/result.ts";
import { runInGroup } from "../command/process-group.ts";
import { type Family, type SourceText, sourceText } from "./source-text.ts";

/** Limits of one audit: files looked at, bytes of one of them, and the deepest folder. */
export const AUDIT_LIMITS = { files: 20_000, fileBytes: 1024 * 1024, folderDepth: 40 } as const;

export type SourceFile = SourceText & {
  /** Relative to the root, with `/`. */
  readonly path: string;
  readonly language: string;
  readonly family: Family;
  /** A `tool` is a script, a benchmark, an example or a configuration: it is not shipped. */
  readonly role: "source" | "test" | "tool";
};

export type Listing = {
  /** Relative paths with `/`, sorted. */
  readonly paths: readonly string[];
  readonly from: "git" | "folder walk";
  readonly truncated: boolean;
};

const LANGUAGES: Readonly<Record<string, readonly [language: string, family: Family]>> = {
  ".ts": ["TypeScript", "js"],
  ".mts": ["TypeScript", "js"],
  ".cts": ["TypeScript", "js"],
  ".tsx": ["TypeScript", "js"],
  ".js": ["JavaScript", "js"],
  ".mjs": ["JavaScript", "js"],
  ".cjs": ["JavaScript", "js"],
  ".jsx": ["JavaScript", "js"],
  ".py": ["Python", "python"],
  ".go": ["Go", "go"],
  ".rs": ["Rust", "rust"],
  ".java": ["Java", "c"],
  ".kt": ["Kotlin", "c"],
  ".c": ["C", "c"],
  ".h": ["C", "c"],
  ".cc": ["C++", "c"],
  ".cpp": ["C++", "c"],
  ".hpp": ["C++", "c"],
  ".cs": ["C#", "c"],
};

const SKIPPED_FOLDERS = new Set([
  "node_modules",
  ".git",
  "dist",
  "build",
  "coverage",
  "out",
  "target",
  "vendor",
  ".abyssal",
  ".next",
  ".cache",
  ".venv",
  "__pycache__",
]);
const GENERATED = /\.min\.[cm]?js$|\.d\.[cm]?ts$|(^|\/)(?:node_modules|dist|build|coverage|vendor)\//;
const TEST =
  /(^|\/)(?:__tests__|tests?|specs?|e2e)\/|[._-](?:test|spec)\.[cm]?[jt]sx?$|_test\.(?:go|py)$|(^|\/)test_[^/]*\.py$/;
const TOOL = /(^|\/)(?:scripts?|tools?|bench(?:marks?)?|examples?|fixtures?|docs)\/|\.config\.[cm]?[jt]s$/;

/** The real path of the folder that an audit names, relative to `workingFolder` or absolute. */
export async function auditRoot(
  root: Json | undefined,
  workingFolder: string,
): Promise<Result<string, string>> {
  const named = root ?? ".";
  if (typeof named !== "string" || named.includes("\0")) return err("`root` must be the path of a folder");
  try {
    const real = await realpath(resolve(workingFolder, named));
    return (await stat(real)).isDirectory() ? ok(real) : err(`\`${named}\` is a file, not a folder`);
  } catch {
    return err(`there is no folder \`${named}\``);
  }
}

/** Files that belong to the project: what git tracks or would, else a walk that leaves out installed and built folders. */
export async function listFiles(root: string, signal: AbortSignal): Promise<Listing> {
  const tracked = await gitFiles(root, signal);
  const found = tracked ?? (await walk(root, signal));
  const paths = found.filter((path) => !path.split("/").includes("node_modules")).sort();
  return {
    paths: paths.slice(0, AUDIT_LIMITS.files),
    from: tracked ? "git" : "folder walk",
    truncated: paths.length > AUDIT_LIMITS.files,
  };
}

/** Source files with their text; `unread` are those too large, binary or gone. */
export async function readSources(
  root: string,
  listing: Listing,
  signal: AbortSignal,
): Promise<{ readonly files: readonly SourceFile[]; readonly unread: readonly string[] }> {
  const files: SourceFile[] = [];
  const unread: string[] = [];
  for (const path of listing.paths) {
    const known = LANGUAGES[extname(path)];
    if (!known || GENERATED.test(path)) continue;
    signal.throwIfAborted();
    const text = await readText(root, path);
    if (text === null) unread.push(path);
    else {
      const role = TEST.test(path) ? "test" : TOOL.test(path) ? "tool" : "source";
      files.push({ path, language: known[0], family: known[1], role, ...sourceText(text, known[1]) });
    }
    // Analysis is long work in one thread: let others run between files.
    await nextTurn();
  }
  return { files, unread };
}

/** A text file below the root; null when it is missing, too large or binary. */
export async function readText(root: string, path: string): Promise<string | null> {
  try {
    const full = join(root, path);
    const info = await stat(full);
    if (!info.isFile() || info.size > AUDIT_LIMITS.fileBytes) return null;
    const text = await readFile(full, "utf8");
    return text.includes("\0") ? null : text;
  } catch {
    return null;
  }
}

/** A JSON file below the root: its object, or why there is none. Lock files may be 32 MiB. */
export async function readJsonFile(
  root: string,
  path: string,
): Promise<Result<JsonObject, "missing" | "bad">> {
  let text: string;
  try {
    const full = join(root, path);
    if ((await stat(full)).size > 32 * AUDIT_LIMITS.fileBytes) return err("bad");
    text = await readFile(full, "utf8");
  } catch {
    return err("missing");
  }
  try {
    const value: unknown = JSON.parse(text.replace(/^\uFEFF/, ""));
    return isJsonObject(value) ? ok(value) : err("bad");
  } catch {
    return err("bad");
  }
}

/** What people call the project: its package name, else its folder. */
export function projectName(root: string, manifest: JsonObject | null): string {
  return typeof manifest?.name === "string" && manifest.name !== "" ? manifest.name : basename(root);
}

async function gitFiles(root: string, signal: AbortSignal): Promise<readonly string[] | null> {
  const env: Record<string, string> = { GIT_OPTIONAL_LOCKS: "0", LC_ALL: "C" };
  for (const name of ["PATH", "HOME"]) if (process.env[name]) env[name] = process.env[name];
  const run = await runInGroup({
    command: "git",
    // A foreign repository's configuration may name programs to run: none is wanted here.
    args: ["-c", "core.fsmonitor=false", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
    cwd: root,
    env,
    maxOutputBytes: 16 * 1024 * 1024,
    graceMs: 500,
    timeoutMs: 20_000,
    signal,
  });
  if (run.kind !== "ended" || run.exitCode !== 0) return null;
  const paths = [...new Set(run.stdout.split("\0").filter((path) => path !== ""))];
  // A folder that its repository ignores (an installed package) lists nothing: walk it instead.
  return paths.length > 0 ? paths : null;
}

async function walk(root: string, signal: AbortSignal): Promise<readonly string[]> {
  const found: string[] = [];
  const visit = async (folder: string, depth: number): Promise<void> => {
    if (depth > AUDIT_LIMITS.folderDepth || found.length > AUDIT_LIMITS.files) return;
    signal.throwIfAborted();
    const entries = await readdir(join(root, folder), { withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (entry.isFile()) found.push(path);
      else if (entry.isDirectory() && !SKIPPED_FOLDERS.has(entry.name)) await visit(path, depth + 1);
    }
  };
  await visit("", 0);
  return found;
}
