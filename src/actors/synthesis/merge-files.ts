import { diff3MergeRegions } from "node-diff3";
import type { Piece } from "./pieces.ts";

/** One version of a file, and whose it is. */
export type Version = { readonly path: string; readonly content: string };

/** A line of a file with where it was copied from. */
type Line = { readonly text: string; readonly path: string; readonly at: number };

/** Lines of a version that is still merged; a longer one is left to the other rules. */
const MERGE_LINES = 10_000;

/**
 * The three-way merge of versions that were all made from `base` (diff3, line by line); null where two of them change the
 * same lines in different ways, or what comes out is no JSON although every version was. The pieces' positions are places
 * in the versions' contents.
 */
export function mergeFiles(base: Version, versions: readonly Version[]): readonly Piece[] | null {
  const origin = linesOf(base);
  let merged: readonly Line[] | null = null;
  for (const version of versions) {
    const lines = linesOf(version);
    if (Math.max(origin.length, lines.length) > MERGE_LINES) return null;
    merged = merged === null ? lines : mergeTwo(merged, origin, lines);
    if (merged === null) return null;
  }
  const pieces = (merged ?? origin).map(({ text, path, at }) => ({ text, path, at }));
  const wasJson = [base, ...versions].every(({ content }) => isJson(content));
  return wasJson && !isJson(pieces.map(({ text }) => text).join("")) ? null : pieces;
}

function mergeTwo(
  mine: readonly Line[],
  origin: readonly Line[],
  theirs: readonly Line[],
): readonly Line[] | null {
  const [a, o, b] = [mine, origin, theirs].map((lines) => lines.map(({ text }) => text));
  const result: Line[] = [];
  for (const region of diff3MergeRegions(a!, o!, b!)) {
    if (region.stable) {
      const { buffer, bufferStart, bufferLength } = region;
      const source = buffer === "a" ? mine : buffer === "b" ? theirs : origin;
      result.push(...source.slice(bufferStart, bufferStart + bufferLength));
    } else {
      const { aStart, aLength, aContent, bContent } = region;
      // Both have made the same change.
      if (aContent.join("") !== bContent.join("")) return null;
      result.push(...mine.slice(aStart, aStart + aLength));
    }
  }
  return result;
}

/** Lines with their ends, so that a last line without one differs from one that has it. */
function linesOf({ path, content }: Version): readonly Line[] {
  let at = 0;
  return (content.match(/[^\n]*\n|[^\n]+$/g) ?? []).map((text) => {
    const line = { text, path, at };
    at += text.length;
    return line;
  });
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
