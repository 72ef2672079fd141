import { stat } from "node:fs/promises";
import { dirname, join, posix } from "node:path";
import { isInside } from "../../shared/folder-path.ts";

export type BrokenLink = {
  readonly line: number;
  readonly target: string;
  readonly what: "file" | "anchor";
};

export type LinkReport = { readonly checked: number; readonly broken: readonly BrokenLink[] };

/** Checks the relative links of one Markdown file against the disk and the headings of the files they name. */
export async function checkLinks(
  root: string,
  path: string,
  text: string,
  textOf: (path: string) => Promise<string | null>,
): Promise<LinkReport> {
  const broken: BrokenLink[] = [];
  let checked = 0;
  for (const { target, line } of linksIn(text)) {
    if (target === "" || /^[a-z][a-z0-9+.-]*:|^\/\//i.test(target)) continue;
    checked++;
    const [rawFile = "", rawAnchor] = target.split("#", 2);
    const file = decoded(rawFile.split("?", 1)[0]!);
    const from = file.startsWith("/") ? root : join(root, dirname(path));
    const full = file === "" ? join(root, path) : join(from, file);
    // A link that leaves the project may lead into the host's own pages: it cannot be judged here.
    if (!isInside(full, root)) {
      checked--;
      continue;
    }
    if (file !== "" && !(await exists(full))) {
      broken.push({ line, target, what: "file" });
      continue;
    }
    const named =
      file === ""
        ? path
        : posix.normalize(posix.join(file.startsWith("/") ? "." : posix.dirname(path), file));
    if (!rawAnchor || !/\.(?:md|markdown)$/i.test(named)) continue;
    const other = file === "" ? text : await textOf(named);
    if (other !== null && !anchorsIn(other).has(decoded(rawAnchor).toLowerCase())) {
      broken.push({ line, target, what: "anchor" });
    }
  }
  return { checked, broken };
}

/** Headings of a Markdown text, outside code fences. */
export function headingsIn(text: string): readonly { readonly level: number; readonly title: string }[] {
  return [...withoutFences(text).matchAll(/^ {0,3}(#{1,6})[ \t]+(.+?)[ \t]*#*[ \t]*$/gm)].map((match) => ({
    level: match[1]!.length,
    title: match[2]!,
  }));
}

/** Code fences that were opened, and whether the last one was closed. */
export function fencesIn(text: string): { readonly count: number; readonly unclosed: boolean } {
  let open: string | undefined;
  let count = 0;
  for (const line of text.split("\n")) {
    const fence = /^ {0,3}(?:[-*>] +)*(`{3,}|~{3,})(.*)$/.exec(line);
    if (!fence) continue;
    if (open === undefined) {
      open = fence[1]!;
      count++;
    } else if (fence[1]!.startsWith(open) && fence[2]!.trim() === "") open = undefined;
  }
  return { count, unclosed: open !== undefined };
}

function linksIn(text: string): readonly { readonly target: string; readonly line: number }[] {
  const links: { target: string; line: number }[] = [];
  for (const [index, raw] of withoutFences(text).split("\n").entries()) {
    const line = raw.replace(/(`+)(?:(?!\1).)*\1/g, (code) => " ".repeat(code.length));
    for (const match of line.matchAll(
      /\]\(\s*(?:<([^>]*)>|([^\s()]*(?:\([^\s()]*\)[^\s()]*)*))(?:\s+["'(][^)]*)?\)/g,
    )) {
      links.push({ target: match[1] ?? match[2] ?? "", line: index + 1 });
    }
    const reference = /^ {0,3}\[(?!\^)[^\]]+\]:\s*<?([^\s>]+)>?/.exec(line);
    if (reference) links.push({ target: reference[1]!, line: index + 1 });
    for (const match of line.matchAll(/<(?:img|a)\b[^>]*?\b(?:src|href)\s*=\s*["']([^"']+)["']/gi)) {
      links.push({ target: match[1]!, line: index + 1 });
    }
  }
  return links;
}

/** The names that a heading can be reached by, as GitHub forms them. */
function anchorsIn(text: string): ReadonlySet<string> {
  const anchors = new Set<string>();
  const seen = new Map<string, number>();
  for (const { title } of headingsIn(text)) {
    const slug = title
      .replace(/!?\[([^\]]*)\]\([^)]*\)/g, "$1")
      .replace(/<[^>]*>/g, "")
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\p{M}\s_-]/gu, "")
      .trim()
      .replace(/\s/g, "-");
    const count = seen.get(slug) ?? 0;
    seen.set(slug, count + 1);
    anchors.add(count === 0 ? slug : `${slug}-${count}`);
  }
  for (const match of text.matchAll(/\b(?:id|name)\s*=\s*["']([^"']+)["']/gi))
    anchors.add(match[1]!.toLowerCase());
  anchors.add("top");
  return anchors;
}

/** Fenced lines become empty, so that line numbers stay. */
function withoutFences(text: string): string {
  let open: string | undefined;
  return text
    .split("\n")
    .map((line) => {
      const fence = /^ {0,3}(?:[-*>] +)*(`{3,}|~{3,})(.*)$/.exec(line);
      if (fence && open === undefined) open = fence[1]!;
      else if (fence && open !== undefined && fence[1]!.startsWith(open) && fence[2]!.trim() === "") {
        open = undefined;
        return "";
      }
      return open === undefined ? line : "";
    })
    .join("\n");
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch {
    return false;
  }
}
