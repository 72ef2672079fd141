import { pythonBlocks } from "./blocks-python.ts";
import type { Family, SourceText } from "./source-text.ts";

/** A block of code, by what opened it. `start` is the offset of its header's last unit or brace, `end` exclusive. */
export type Block = {
  readonly kind: "function" | "loop" | "branch" | "other";
  readonly name: string;
  readonly start: number;
  end: number;
  readonly parent: Block | null;
  /** A loop over an asynchronous sequence waits by its nature. */
  readonly awaits: boolean;
};

/** Every block of a text, outer before inner; loops and branches without braces are not seen. */
export function blocksOf(source: SourceText, family: Family): readonly Block[] {
  return family === "python" ? pythonBlocks(source) : braceBlocks(source.code, family);
}

/** The innermost block around an offset that satisfies `wanted`. */
export function enclosing(
  blocks: readonly Block[],
  offset: number,
  wanted: (block: Block) => boolean,
): Block | null {
  let innermost: Block | null = null;
  for (const block of blocks) {
    if (block.start >= offset) break;
    if (block.end > offset) innermost = block;
  }
  while (innermost !== null && !wanted(innermost)) innermost = innermost.parent;
  return innermost;
}

/** The loop that an offset repeats with, within the same function; null when there is none. */
export function loopAround(blocks: readonly Block[], offset: number): Block | null {
  const block = enclosing(blocks, offset, ({ kind }) => kind === "loop" || kind === "function");
  return block?.kind === "loop" ? block : null;
}

/** How many loops and branches stand around a block within its function, itself included. */
export function nesting(block: Block): number {
  let depth = 0;
  for (let at: Block | null = block; at !== null && at.kind !== "function"; at = at.parent) {
    if (at.kind !== "other") depth++;
  }
  return depth;
}

function braceBlocks(code: string, family: Family): readonly Block[] {
  const blocks: Block[] = [];
  const open: Block[] = [];
  const parens: number[] = [];
  const openedAt = new Map<number, number>();
  for (let at = 0; at < code.length; at++) {
    const char = code[at];
    if (char === "(") parens.push(at);
    else if (char === ")") {
      const start = parens.pop();
      if (start !== undefined) openedAt.set(at, start);
    } else if (char === "{") {
      const block: Block = {
        ...classify(code, at, openedAt, family),
        start: at,
        end: code.length,
        parent: open.at(-1) ?? null,
      };
      blocks.push(block);
      open.push(block);
    } else if (char === "}") {
      const block = open.pop();
      if (block) block.end = at + 1;
    }
  }
  return blocks;
}

type Classified = Pick<Block, "kind" | "name" | "awaits">;
const of = (kind: Block["kind"], name = "", awaits = false): Classified => ({ kind, name, awaits });
const HEADER_UNITS = 400;

function classify(
  code: string,
  brace: number,
  openedAt: ReadonlyMap<number, number>,
  family: Family,
): Classified {
  const before = code.slice(Math.max(0, brace - HEADER_UNITS), brace).trimEnd();
  const header = before.slice(lastOf(before, ";{}") + 1).trimStart();
  if (family === "go" || family === "rust") return classifyByKeyword(before, header);
  if (before.endsWith("=>")) return of("function", arrowName(before));
  const lastAt = brace - 1 - (code.slice(Math.max(0, brace - HEADER_UNITS), brace).length - before.length);
  if (before.endsWith(")")) {
    const opened = openedAt.get(lastAt);
    return opened === undefined ? of("other") : classifyByWord(code, opened);
  }
  const word = /([A-Za-z]+)$/.exec(before)?.[1] ?? "";
  if (word === "do") return of("loop", "do");
  if (word === "else" || word === "try" || word === "finally") return of("branch", word);
  const typed = /\)\s*(?::\s*[^\s;{}()=][^;{}=]*|const|noexcept|override|final|throws\s+[\w., ]+)$/.exec(
    header,
  );
  if (!typed) return of("other");
  const close = lastAt - (typed[0].length - 1);
  const opened = openedAt.get(close);
  const found = opened === undefined ? of("function") : classifyByWord(code, opened);
  return found.kind === "function" ? found : of("other");
}

/** By the word before an opening parenthesis: a loop, a branch, or the name of a function. */
function classifyByWord(code: string, paren: number): Classified {
  const before = code.slice(Math.max(0, paren - 120), paren).trimEnd();
  const words = /(?:([A-Za-z_$][\w$]*)\s+)?([A-Za-z_$#][\w$]*)?\s*(?:<[^<>()]*>)?$/.exec(before);
  const [, first = "", last = ""] = words ?? [];
  if (last === "for" || last === "while" || last === "foreach") return of("loop", last);
  if (first === "for" && last === "await") return of("loop", "for", true);
  if (["if", "switch", "catch", "with", "elseif", "synchronized", "using", "lock"].includes(last)) {
    return of("branch", last);
  }
  return of("function", last === "function" || last === "" ? "anonymous" : last);
}

function classifyByKeyword(before: string, header: string): Classified {
  // Not after the last `;` as elsewhere: Go's `for i := 0; i < n; i++` stands without parentheses.
  const line = before.slice(Math.max(before.lastIndexOf("\n"), lastOf(before, "{}")) + 1).trim();
  const start = /^(?:else\s+)?(?:'\w+:\s*)?(for|while|loop|if|else|match|switch|select)\b/.exec(line);
  if (start) {
    const word = start[1]!;
    return word === "for" || word === "while" || word === "loop" ? of("loop", word) : of("branch", word);
  }
  const named = /\b(?:fn|func)\b\s*(?:\([^)]*\)\s*)?(\w+)?/.exec(header);
  if (named) return of("function", named[1] ?? "anonymous");
  return /\|[^|]*\|$/.test(line) ? of("function", "closure") : of("other");
}

function arrowName(before: string): string {
  const named =
    /([A-Za-z_$#][\w$]*)\s*(?::[^=;{}]*)?[=:]\s*(?:async\s*)?(?:<[^<>]*>\s*)?(?:\([^()]*\)|[\w$]+)\s*(?::[^=;{}]*)?=>$/.exec(
      before,
    );
  return named?.[1] ?? "anonymous";
}

function lastOf(text: string, chars: string): number {
  let last = -1;
  for (const char of chars) last = Math.max(last, text.lastIndexOf(char));
  return last;
}
