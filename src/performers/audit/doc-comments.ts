import type { SourceFile } from "./repository.ts";
import { lineAt } from "./source-text.ts";

/** A symbol that others can use, and whether a doc comment stands with it. */
export type ExportedSymbol = { readonly name: string; readonly line: number; readonly documented: boolean };

const JS_EXPORT =
  /^export\s+(?:default\s+)?(?:declare\s+)?(?:abstract\s+)?(?:async\s+)?(?:function\s*\*?|class|const\s+enum|const|let|var|interface|type|enum|namespace)\s+([A-Za-z_$][\w$]*)/gm;
const JS_LIST = /^(?:export|module\.exports\s*=)\s*\{([^}]*)\}(?!\s*from\b)/gm;
const JS_PROPERTY = /^(?:module\.)?exports\.([A-Za-z_$][\w$]*)\s*=/gm;
const PATTERNS = {
  python: /^(?:async\s+)?(?:def|class)\s+([A-Za-z]\w*)/gm,
  go: /^(?:func\s+(?:\([^)]*\)\s*)?|type\s+)([A-Z]\w*)/gm,
  rust: /^\s*pub\s+(?:async\s+)?(?:unsafe\s+)?(?:const\s+)?(?:fn|struct|enum|trait|type|static|mod)\s+([A-Za-z_]\w*)/gm,
  c: /^\s*public\s+(?:static\s+|final\s+|abstract\s+|async\s+|override\s+)*(?:class|interface|enum|record|[\w<>[\],]+)\s+([A-Za-z_]\w*)\s*[({<]/gm,
};

/** The exported symbols of one file; re-exports of other files are not counted twice. */
export function exportedSymbols(file: SourceFile): readonly ExportedSymbol[] {
  if (file.family === "js") return scriptSymbols(file);
  return [...file.code.matchAll(PATTERNS[file.family])]
    .filter(({ 1: name }) => !name!.startsWith("_"))
    .map((match) => {
      const start = match.index + match[0].search(/\S/);
      const documented = file.family === "python" ? hasDocstring(file, start) : hasCommentBefore(file, start);
      return { name: match[1]!, line: lineAt(file, start), documented };
    });
}

function scriptSymbols(file: SourceFile): readonly ExportedSymbol[] {
  const found = new Map<string, ExportedSymbol>();
  const add = (name: string, at: number): void => {
    const before = found.get(name);
    // Overloads share one name: one documented form is enough.
    const documented = (before?.documented ?? false) || hasCommentBefore(file, at);
    found.set(name, { name, line: before?.line ?? lineAt(file, at), documented });
  };
  for (const match of file.code.matchAll(JS_EXPORT)) add(match[1]!, match.index);
  for (const match of file.code.matchAll(JS_PROPERTY)) {
    const own = /=\s*([A-Za-z_$][\w$]*)\s*;?\s*$/.exec(file.code.slice(match.index).split("\n", 1)[0]!)?.[1];
    add(match[1]!, (own && declaration(file, own)) || match.index);
  }
  for (const match of file.code.matchAll(JS_LIST)) {
    for (const part of match[1]!.split(",")) {
      const [, local, name] = /^\s*(?:type\s+)?([\w$]+)(?:\s+as\s+([\w$]+))?\s*$/.exec(part) ?? [];
      const at = local === undefined ? undefined : declaration(file, local);
      if (at !== undefined) add(name ?? local!, at);
    }
  }
  return [...found.values()].sort((a, b) => a.line - b.line);
}

function declaration(file: SourceFile, name: string): number | undefined {
  const escaped = name.replaceAll("$", "\\$");
  const at = file.code.search(
    new RegExp(
      `^(?:async\\s+)?(?:function\\s*\\*?|class|const|let|var|interface|type|enum)\\s+${escaped}(?![\\w$])`,
      "m",
    ),
  );
  return at === -1 ? undefined : at;
}

/** A doc comment (`/**` in scripts, any comment elsewhere) that ends on the line before, decorators between allowed. */
function hasCommentBefore(file: SourceFile, at: number): boolean {
  for (let index = file.comments.length - 1; index >= 0; index--) {
    const comment = file.comments[index]!;
    if (comment.start >= at) continue;
    const between = file.code.slice(comment.end, at);
    if (!/^\s*(?:(?:@|#\[)[^\n]*\s*)*$/.test(between) || /\n[ \t]*\n/.test(between)) return false;
    const text = file.text.slice(comment.start, comment.end);
    if (file.family !== "js") return true;
    if (text.startsWith("/**")) return true;
    // A linter's instruction may stand between the doc comment and its symbol.
    if (!/^\/[/*]\s*(?:biome|eslint|@ts|prettier|istanbul|c8|v8)/.test(text)) return false;
    return hasCommentBefore(file, comment.start);
  }
  return false;
}

function hasDocstring(file: SourceFile, at: number): boolean {
  let depth = 0;
  for (let index = at; index < file.code.length; index++) {
    const char = file.code[index]!;
    if ("([{".includes(char)) depth++;
    else if (")]}".includes(char)) depth--;
    else if (char === ":" && depth === 0)
      return /^\s*[rRuU]?(?:"""|'''|"|')/.test(file.code.slice(index + 1, index + 400));
  }
  return false;
}
