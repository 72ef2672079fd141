import type { SourceFile } from "./repository.ts";
import { lineAt } from "./source-text.ts";

/** The same stretch of code in two places; lines from 1, both ends included. */
export type Duplicate = {
  readonly tokens: number;
  readonly lines: number;
  readonly first: { readonly path: string; readonly line: number };
  readonly second: { readonly path: string; readonly line: number };
};

export type DuplicateReport = {
  readonly duplicates: readonly Duplicate[];
  /** Lines that stand within a second or later occurrence. */
  readonly duplicatedLines: number;
  readonly truncated: boolean;
};

/** The shortest stretch that counts. */
const WINDOW_TOKENS = 60;
const MIN_LINES = 6;
const TOKENS_MAX = 2_000_000;
const BASE = 1_000_003;

type Stream = { readonly file: SourceFile; readonly ids: number[]; readonly offsets: number[] };
type Place = { readonly stream: number; readonly at: number };

/**
 * Finds repeated code: windows of 60 tokens with equal hashes are compared token by token and stretched as far as
 * they agree. Strings count as equal, names and numbers do not.
 */
export function findDuplicates(files: readonly SourceFile[]): DuplicateReport {
  const { streams, truncated } = tokenise(files);
  const seen = new Map<number, Place>();
  const duplicates: Duplicate[] = [];
  const marked = new Map<string, Set<number>>();
  for (const [index, stream] of streams.entries()) {
    let skipTo = 0;
    for (const [at, hash] of windowHashes(stream.ids)) {
      if (at < skipTo) continue;
      const before = seen.get(hash);
      if (before === undefined) {
        seen.set(hash, { stream: index, at });
        continue;
      }
      const length = agreement(streams, before, { stream: index, at });
      if (length < WINDOW_TOKENS) continue;
      const found = describe(streams, before, { stream: index, at }, length);
      if (found.lines < MIN_LINES) continue;
      duplicates.push(found);
      const lines = marked.get(found.second.path) ?? new Set<number>();
      for (let line = 0; line < found.lines; line++) lines.add(found.second.line + line);
      marked.set(found.second.path, lines);
      skipTo = at + length;
    }
  }
  let duplicatedLines = 0;
  for (const lines of marked.values()) duplicatedLines += lines.size;
  return { duplicates, duplicatedLines, truncated };
}

function tokenise(files: readonly SourceFile[]): {
  readonly streams: readonly Stream[];
  readonly truncated: boolean;
} {
  const names = new Map<string, number>();
  const streams: Stream[] = [];
  let total = 0;
  for (const file of files) {
    if (total > TOKENS_MAX) return { streams, truncated: true };
    const stream: Stream = { file, ids: [], offsets: [] };
    // Imports and re-exports repeat by nature.
    const code = file.code.replace(
      /^(?:import|export)\b[^;(]*?\bfrom\b[^\n]*$|^(?:use|import|from)\b[^\n]*$/gm,
      (text) => text.replace(/[^\n]/g, " "),
    );
    for (const match of code.matchAll(/[A-Za-z_$][\w$]*|\d[\w.]*|"[^"\n]*"|'[^'\n]*'|[^\s\w]/g)) {
      const text = /^["']/.test(match[0]) ? '""' : match[0];
      let id = names.get(text);
      if (id === undefined) {
        id = names.size + 1;
        names.set(text, id);
      }
      stream.ids.push(id);
      stream.offsets.push(match.index);
    }
    total += stream.ids.length;
    streams.push(stream);
  }
  return { streams, truncated: false };
}

/** A rolling hash of each window, modulo 2^32; equal hashes are proven afterwards. */
function* windowHashes(ids: readonly number[]): Generator<readonly [at: number, hash: number]> {
  let power = 1;
  for (let step = 1; step < WINDOW_TOKENS; step++) power = Math.imul(power, BASE);
  let hash = 0;
  for (let end = 0; end < ids.length; end++) {
    if (end >= WINDOW_TOKENS) hash = (hash - Math.imul(ids[end - WINDOW_TOKENS]!, power)) | 0;
    hash = (Math.imul(hash, BASE) + ids[end]!) | 0;
    if (end >= WINDOW_TOKENS - 1) yield [end - WINDOW_TOKENS + 1, hash];
  }
}

function agreement(streams: readonly Stream[], a: Place, b: Place): number {
  const left = streams[a.stream]!.ids;
  const right = streams[b.stream]!.ids;
  // Within one file the first occurrence must end before the second begins.
  const most = a.stream === b.stream ? b.at - a.at : Number.POSITIVE_INFINITY;
  let length = 0;
  while (length < most && a.at + length < left.length && left[a.at + length] === right[b.at + length])
    length++;
  return length;
}

function describe(streams: readonly Stream[], a: Place, b: Place, length: number): Duplicate {
  const first = streams[a.stream]!;
  const second = streams[b.stream]!;
  const start = lineAt(second.file, second.offsets[b.at]!);
  const end = lineAt(second.file, second.offsets[b.at + length - 1]!);
  return {
    tokens: length,
    lines: end - start + 1,
    first: { path: first.file.path, line: lineAt(first.file, first.offsets[a.at]!) },
    second: { path: second.file.path, line: start },
  };
}
