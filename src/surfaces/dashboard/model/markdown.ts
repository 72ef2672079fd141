/** A piece of a line. Links are kept only where they lead to an address that can do nothing by itself. */
export type Inline =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "code"; readonly text: string }
  | { readonly kind: "strong" | "em" | "del"; readonly parts: readonly Inline[] }
  | { readonly kind: "link"; readonly href: string; readonly parts: readonly Inline[] };

/** A block of Markdown, as the answers of runs use it. Raw HTML is text like any other. */
export type Block =
  | { readonly kind: "heading"; readonly level: number; readonly parts: readonly Inline[] }
  | { readonly kind: "paragraph"; readonly parts: readonly Inline[] }
  | { readonly kind: "code"; readonly text: string }
  | { readonly kind: "list"; readonly ordered: boolean; readonly items: readonly (readonly Block[])[] }
  | { readonly kind: "quote"; readonly blocks: readonly Block[] }
  | {
      readonly kind: "table";
      readonly head: readonly (readonly Inline[])[];
      readonly rows: readonly (readonly (readonly Inline[])[])[];
    }
  | { readonly kind: "rule" };

/** Lists and quotes within one another. */
const DEPTH_MAX = 8;

const FENCE = /^\s{0,3}(`{3,}|~{3,})/;
const HEADING = /^\s{0,3}(#{1,6})\s+(.*)$/;
const RULE = /^\s{0,3}([-*_])(\s*\1){2,}\s*$/;
const ITEM = /^(\s*)([-*+]|\d{1,9}[.)])\s+(.*)$/;
const QUOTE = /^\s{0,3}>\s?(.*)$/;
const TABLE_LINE = /^[\s:|-]+$/;

/** A block with the stretch of the text that it was read from, in UTF-16 units. */
export type PlacedBlock = { readonly block: Block; readonly start: number; readonly end: number };

/** Reads Markdown in time linear in its lines. */
export function parseMarkdown(text: string): readonly PlacedBlock[] {
  const lines = text.split("\n");
  const starts: number[] = [];
  let position = 0;
  for (const line of lines) {
    starts.push(position);
    position += line.length + 1;
  }
  const clean = lines.map((line) => line.replace(/\r$/, ""));
  return readBlocks(clean, 0).map(({ block, from, next }) => ({
    block,
    start: starts[from]!,
    end: Math.min(text.length, starts[next] ?? text.length),
  }));
}

function readBlocks(lines: readonly string[], depth: number): readonly (Read & { readonly from: number })[] {
  const blocks: (Read & { readonly from: number })[] = [];
  let at = 0;
  while (at < lines.length) {
    if (lines[at]!.trim() === "") {
      at++;
      continue;
    }
    const read = blockAt(lines, at, depth);
    blocks.push({ ...read, from: at });
    at = read.next;
  }
  return blocks;
}

function blocksOf(lines: readonly string[], depth: number): readonly Block[] {
  return readBlocks(lines, depth).map(({ block }) => block);
}

type Read = { readonly block: Block; readonly next: number };

function blockAt(lines: readonly string[], at: number, depth: number): Read {
  const line = lines[at]!;
  const fence = FENCE.exec(line);
  if (fence) return fenced(lines, at, fence[1]!);
  const heading = HEADING.exec(line);
  if (heading)
    return {
      block: { kind: "heading", level: heading[1]!.length, parts: parseInline(withoutHashes(heading[2]!)) },
      next: at + 1,
    };
  if (RULE.test(line)) return { block: { kind: "rule" }, next: at + 1 };
  if (depth < DEPTH_MAX && QUOTE.test(line)) {
    const until = endOf(lines, at, (one) => QUOTE.test(one));
    const inner = lines.slice(at, until).map((one) => QUOTE.exec(one)![1]!);
    return { block: { kind: "quote", blocks: blocksOf(inner, depth + 1) }, next: until };
  }
  if (depth < DEPTH_MAX && ITEM.test(line)) return listAt(lines, at, depth);
  if (line.includes("|") && isTableLine(lines[at + 1] ?? "")) return tableAt(lines, at);
  const until = Math.max(
    at + 1,
    endOf(lines, at, (one) => one.trim() !== "" && !opens(one)),
  );
  const text = lines.slice(at, until).map((one) => one.trim());
  return { block: { kind: "paragraph", parts: parseInline(text.join("\n")) }, next: until };
}

function isTableLine(line: string): boolean {
  return TABLE_LINE.test(line) && line.includes("-") && line.includes("|");
}

/** A heading's text without the marks that may close it. */
function withoutHashes(text: string): string {
  const trimmed = text.trimEnd();
  let end = trimmed.length;
  while (end > 0 && trimmed[end - 1] === "#") end--;
  return end === 0 || /\s/.test(trimmed[end - 1]!) ? trimmed.slice(0, end).trimEnd() : trimmed;
}

function endOf(lines: readonly string[], from: number, belongs: (line: string) => boolean): number {
  let at = from;
  while (at < lines.length && belongs(lines[at]!)) at++;
  return at;
}

/** Whether a line begins another block, so that a paragraph ends before it. */
function opens(line: string): boolean {
  return FENCE.test(line) || HEADING.test(line) || RULE.test(line) || QUOTE.test(line) || ITEM.test(line);
}

function fenced(lines: readonly string[], at: number, fence: string): Read {
  const isEnd = (line: string): boolean => {
    const closing = line.trim();
    return closing.length >= fence.length && closing === fence[0]!.repeat(closing.length);
  };
  let until = at + 1;
  while (until < lines.length && !isEnd(lines[until]!)) until++;
  return {
    block: { kind: "code", text: lines.slice(at + 1, until).join("\n") },
    next: until + 1,
  };
}

function listAt(lines: readonly string[], from: number, depth: number): Read {
  const first = ITEM.exec(lines[from]!)!;
  const indent = first[1]!.length;
  const ordered = /\d/.test(first[2]!);
  const items: (readonly Block[])[] = [];
  let own: string[] = [];
  let at = from;
  const close = (): void => {
    if (own.length > 0) items.push(blocksOf(own, depth + 1));
    own = [];
  };
  for (; at < lines.length; at++) {
    const line = lines[at]!;
    const item = ITEM.exec(line);
    const margin = line.length - line.trimStart().length;
    if (item && item[1]!.length <= indent) {
      if (item[1]!.length < indent || /\d/.test(item[2]!) !== ordered) break;
      close();
      own.push(item[3]!);
    } else if (line.trim() === "") {
      const following = lines[at + 1] ?? "";
      if (following.trim() === "" || (!ITEM.test(following) && !/^\s{2,}/.test(following))) break;
      own.push("");
    } else if (margin > indent) own.push(line.slice(Math.min(margin, indent + 2)));
    else if (opens(line)) break;
    else own.push(line);
  }
  close();
  return { block: { kind: "list", ordered, items }, next: Math.max(at, from + 1) };
}

function tableAt(lines: readonly string[], at: number): Read {
  const until = endOf(lines, at + 2, (line) => line.includes("|") && line.trim() !== "");
  const cells = (line: string): readonly (readonly Inline[])[] =>
    line
      .trim()
      .replace(/^\||\|$/g, "")
      .split("|")
      .map((cell) => parseInline(cell.trim()));
  return {
    block: { kind: "table", head: cells(lines[at]!), rows: lines.slice(at + 2, until).map(cells) },
    next: until,
  };
}

const MARKS = [
  { open: "**", kind: "strong" },
  { open: "__", kind: "strong" },
  { open: "~~", kind: "del" },
  { open: "*", kind: "em" },
  { open: "_", kind: "em" },
] as const;

/** Marks within marks; deeper ones stay text. */
const INLINE_DEPTH_MAX = 6;

/** How far the end of a mark is looked for, characters: keeps the time linear. */
const INLINE_REACH = 2_000;

export function parseInline(text: string, depth = 0): Inline[] {
  const parts: Inline[] = [];
  let plain = "";
  let at = 0;
  const flush = (): void => {
    if (plain !== "") parts.push({ kind: "text", text: plain });
    plain = "";
  };
  while (at < text.length) {
    const read = depth < INLINE_DEPTH_MAX ? inlineAt(text, at, depth) : null;
    if (read) {
      flush();
      parts.push(read.part);
      at = read.next;
    } else if (text[at] === "\\" && /[!-/:-@[-`{-~]/.test(text[at + 1] ?? "")) {
      plain += text[at + 1];
      at += 2;
    } else plain += text[at++];
  }
  flush();
  return parts;
}

function inlineAt(
  text: string,
  at: number,
  depth: number,
): { readonly part: Inline; readonly next: number } | null {
  const find = (mark: string, from: number): number => {
    const end = text.slice(from, from + INLINE_REACH).indexOf(mark);
    return end < 0 ? -1 : from + end;
  };
  const one = text[at]!;
  if (one === "`") {
    const ticks = /^`+/.exec(text.slice(at, at + 16))![0];
    const end = find(ticks, at + ticks.length);
    if (end < 0) return null;
    return {
      part: { kind: "code", text: text.slice(at + ticks.length, end).trim() },
      next: end + ticks.length,
    };
  }
  if (one === "[") {
    const link = /^\[([^[\]\n]{1,500})\]\(([^()\s]{1,1000})(?:\s+"[^"\n]{0,200}")?\)/.exec(
      text.slice(at, at + INLINE_REACH),
    );
    if (!link) return null;
    const parts = parseInline(link[1]!, depth + 1);
    const href = safeAddress(link[2]!);
    const part: Inline = href === null ? { kind: "em", parts } : { kind: "link", href, parts };
    return { part, next: at + link[0].length };
  }
  const mark = MARKS.find(({ open }) => text.startsWith(open, at));
  if (!mark) return null;
  const { open, kind } = mark;
  const from = at + open.length;
  const isWord = (character: string | undefined): boolean => /\w/.test(character ?? " ");
  if (/\s/.test(text[from] ?? " ") || (open.startsWith("_") && isWord(text[at - 1]))) return null;
  const end = find(open, from + 1);
  if (end < 0 || /\s/.test(text[end - 1]!) || (open.startsWith("_") && isWord(text[end + open.length])))
    return null;
  return { part: { kind, parts: parseInline(text.slice(from, end), depth + 1) }, next: end + open.length };
}

/** An address that a click may follow: the web and mail. Everything else (`javascript:`, `data:`, ...) is none. */
export function safeAddress(written: string): string | null {
  try {
    const { protocol, href } = new URL(written);
    return ["http:", "https:", "mailto:"].includes(protocol) ? href : null;
  } catch {
    return null;
  }
}
