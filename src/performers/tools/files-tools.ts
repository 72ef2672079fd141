/**
 * Purpose: files of one folder in the hands of agents.
 * Owns: what may be reached in it. Does not own: who may call it.
 * Invariants:
 * F1 nothing outside the folder is read or written, whatever a path says and wherever a link leads.
 * F2 a protected file or folder, and what is in it, is neither read nor written, nor made where it is not there yet.
 */
import { constants } from "node:fs";
import { type FileHandle, lstat, mkdir, open, readdir } from "node:fs/promises";
import { join } from "node:path";
import { isInside } from "../../shared/folder-path.ts";
import type { JsonObject } from "../../shared/json.ts";
import { LIMITS } from "../../shared/limits.ts";
import { makeFolder } from "../../shared/make-folder.ts";
import { err, ok, type Result } from "../../shared/result.ts";
import { type Tool, type ToolResult, toolFailed } from "./tool.ts";

export type FilesSettings = {
  /** The folder of a run; it is made when it is first written to. */
  readonly folderOf: (runId: string) => string;
  /** Files and folders that agents have no business with, absolute. */
  readonly protectedPaths: readonly string[];
};

const { O_CREAT, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;

/** `files.read`, `files.list` and `files.write`. Failures: FILES_PATH, FILES_MISSING, FILES_TOO_LARGE, FILES_IO. */
export function filesTools(settings: FilesSettings): readonly Tool[] {
  const path = { type: "string", description: "relative to the workspace, with /" };
  const reach = () => ({ addresses: [], paths: [] });
  const at =
    (work: (place: Place) => Promise<ToolResult>, make: boolean): Tool["call"] =>
    async (input, { runId }) => {
      try {
        const place = await placeOf(String(input.path ?? "."), runId, settings, make);
        return place.ok ? await work(place.value) : place.error;
      } catch (error) {
        return ioFailed(error, String(input.path ?? "."));
      }
    };
  const object = (properties: JsonObject, required: string[]): JsonObject => ({
    type: "object",
    properties,
    required,
    additionalProperties: false,
  });
  return [
    {
      name: "files.read",
      description: "Reads a text file of the workspace.",
      inputSchema: object({ path }, ["path"]),
      access: "read",
      reach,
      call: at(readFile, false),
    },
    {
      name: "files.list",
      description: "Lists a folder of the workspace; folders end in /.",
      inputSchema: object({ path }, []),
      access: "read",
      reach,
      call: at(listFolder, false),
    },
    {
      name: "files.write",
      description: "Writes a text file of the workspace; what stood there before is replaced.",
      inputSchema: object({ path, content: { type: "string" } }, ["path", "content"]),
      access: "write",
      reach,
      call: (input, context) => at((place) => writeFile(place, String(input.content)), true)(input, context),
    },
  ];
}

/** A name in a folder that no link has led to; null: the workspace itself. */
type Place = { readonly folder: string; readonly name: string | null; readonly shown: string };

async function placeOf(
  path: string,
  runId: string,
  { folderOf, protectedPaths }: FilesSettings,
  make: boolean,
): Promise<Result<Place, ToolResult>> {
  const parts = path
    .split("/")
    .filter((part, index, all) => part !== "." && (part !== "" || index < all.length - 1));
  const stray = parts.some((part) => part === "" || part === "..");
  if (stray || /[\0\\]/.test(path) || /^[A-Za-z]:/.test(path) || path.length > LIMITS.toolPathCharacters)
    return err(outside(path));
  const root = folderOf(runId);
  const target = join(root, ...parts).toLowerCase();
  if (protectedPaths.some((one) => isInside(target, one.toLowerCase()))) return err(outside(path));
  if (make) makeFolder(root);
  let folder = root;
  for (const part of parts.slice(0, -1)) {
    folder = join(folder, part);
    // One at a time: a link on the way must not have folders made where it leads.
    if (make) await mkdir(folder).catch(ignoreExisting);
    const stats = await lstat(folder);
    if (stats.isSymbolicLink()) return err(outside(path));
    if (!stats.isDirectory()) return err(missing(path));
  }
  return ok({ folder, name: parts.at(-1) ?? null, shown: path });
}

async function readFile(place: Place): Promise<ToolResult> {
  const file = await openFile(place, O_RDONLY);
  if (!file.ok) return file.error;
  try {
    const { size } = await file.value.stat();
    if (size > LIMITS.toolFileBytes)
      return toolFailed("FILES_TOO_LARGE", `${place.shown} has more than ${LIMITS.toolFileBytes} bytes`);
    return { kind: "done", text: await file.value.readFile("utf8"), tainted: true };
  } finally {
    await file.value.close();
  }
}

async function writeFile(place: Place, content: string): Promise<ToolResult> {
  if (Buffer.byteLength(content) > LIMITS.toolFileBytes)
    return toolFailed("FILES_TOO_LARGE", `a file may have ${LIMITS.toolFileBytes} bytes`);
  // Not emptied before it is known to be no second name of a file elsewhere.
  const file = await openFile(place, O_WRONLY | O_CREAT);
  if (!file.ok) return file.error;
  try {
    if ((await file.value.stat()).nlink > 1) return outside(place.shown);
    await file.value.truncate();
    await file.value.writeFile(content, "utf8");
    return { kind: "done", text: `wrote ${place.shown}`, tainted: false };
  } finally {
    await file.value.close();
  }
}

async function openFile(
  { folder, name, shown }: Place,
  flags: number,
): Promise<Result<FileHandle, ToolResult>> {
  if (name === null) return err(toolFailed("FILES_PATH", `${shown} is a folder`));
  const handle = await open(join(folder, name), flags | O_NOFOLLOW | O_NONBLOCK, 0o644);
  const stats = await handle.stat();
  if (stats.isFile()) return ok(handle);
  await handle.close();
  return err(toolFailed("FILES_PATH", `${shown} is no file`));
}

async function listFolder({ folder, name, shown }: Place): Promise<ToolResult> {
  const path = name === null ? folder : join(folder, name);
  if (name !== null && (await lstat(path)).isSymbolicLink()) return outside(shown);
  const entries = await readdir(path, { withFileTypes: true });
  const names = entries.map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name)).sort();
  const listed = names.slice(0, LIMITS.toolListEntries);
  const more = names.length > listed.length ? `\n(${names.length - listed.length} more)` : "";
  return { kind: "done", text: `${listed.join("\n")}${more}`, tainted: true };
}

function outside(path: string): ToolResult {
  return toolFailed("FILES_PATH", `${JSON.stringify(path.slice(0, 200))} lies outside the workspace`, {
    hint: "give a relative path with /, without .. and links",
  });
}

function missing(path: string): ToolResult {
  return toolFailed("FILES_MISSING", `there is no ${JSON.stringify(path.slice(0, 200))} in the workspace`);
}

function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== "EEXIST") throw error;
}

function ioFailed(error: unknown, path: string): ToolResult {
  const { code = "UNKNOWN" } = error as NodeJS.ErrnoException;
  if (code === "ELOOP" || code === "EMLINK") return outside(path);
  if (code === "ENOENT" || code === "ENOTDIR") return missing(path);
  return toolFailed("FILES_IO", `${JSON.stringify(path.slice(0, 200))}: ${code}`);
}
