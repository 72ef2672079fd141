import { extname } from "node:path/posix";
import type { Artifact } from "../../plan/outcome.ts";

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  ".md": "text/markdown",
  ".json": "application/json",
  ".yaml": "application/yaml",
  ".yml": "application/yaml",
  ".html": "text/html",
  ".css": "text/css",
  ".csv": "text/csv",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
};

/**
 * The files of an answer: fenced blocks (CommonMark 4.5) whose info string is a language and a relative path. Of two with one
 * path the last one counts; a path that leaves the folder, or is none, makes no file.
 */
export function fencedFiles(markdown: string): readonly Artifact[] {
  const files = new Map<string, Artifact>();
  let open: { readonly fence: string; readonly path: string | null; readonly lines: string[] } | null = null;
  for (const line of markdown.split(/\r?\n/)) {
    if (!open) {
      const [, fence, info] = /^ {0,3}(`{3,}|~{3,})\s*(.*)$/.exec(line) ?? [];
      if (fence !== undefined && !(fence.startsWith("`") && info!.includes("`")))
        open = { fence, path: pathIn(info!), lines: [] };
      continue;
    }
    const close = /^ {0,3}(`{3,}|~{3,})\s*$/.exec(line)?.[1];
    if (close === undefined || close[0] !== open.fence[0] || close.length < open.fence.length) {
      open.lines.push(line);
      continue;
    }
    const { path, lines } = open;
    open = null;
    if (path === null) continue;
    files.set(path, {
      path,
      content: `${lines.join("\n")}\n`,
      mediaType: MEDIA_TYPES[extname(path)] ?? "text/plain",
    });
  }
  return [...files.values()];
}

/** The second word of an info string, where it names a file below the output folder. */
function pathIn(info: string): string | null {
  const [, path, ...more] = info.trim().split(/\s+/);
  if (path === undefined || more.length > 0 || !/^[\w.@+-]+(\/[\w.@+-]+)*$/.test(path)) return null;
  return path.split("/").some((part) => part === "." || part === "..") || !/[./]/.test(path) ? null : path;
}
