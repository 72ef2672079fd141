import { normalisedText } from "../../shared/text-similarity.ts";
import { type Extent, sectionsOf } from "./markdown-sections.ts";
import { joinPieces, type Piece, slicePieces, textOf } from "./pieces.ts";

type Paragraph = { pieces: readonly Piece[]; also: string[] };
type Merged = { readonly heading: readonly Piece[] | null; readonly paragraphs: Paragraph[] };

/**
 * One Markdown text of several, by section: sections under the same headings become one, in the order in which they are
 * first met; a paragraph of a section that was said before under the same heading, letter case and spaces aside, is left
 * out, and whoever said it again is named beside it. Nothing else is lost.
 */
export function mergeTexts(texts: readonly { readonly pieces: readonly Piece[] }[]): readonly Piece[] {
  const sections = new Map<string, Merged>();
  const said = new Map<string, Paragraph>();
  for (const { pieces } of texts) {
    const text = textOf(pieces);
    const taken = ({ start, end }: Extent): readonly Piece[] => slicePieces(pieces, start, end);
    for (const { key, heading, paragraphs } of sectionsOf(text)) {
      let section = sections.get(key);
      if (!section) {
        section = { heading: heading && taken(heading), paragraphs: [] };
        sections.set(key, section);
      }
      for (const extent of paragraphs) {
        const same = `${key}\n\n${normalisedText(text.slice(extent.start, extent.end))}`;
        const before = said.get(same);
        if (before) {
          before.also.push(...authorsOf(taken(extent)));
          continue;
        }
        const paragraph = { pieces: taken(extent), also: [] };
        said.set(same, paragraph);
        section.paragraphs.push(paragraph);
      }
    }
  }
  const blocks = [...inOrder(sections)].flatMap(({ heading, paragraphs }) => [
    ...(heading ? [heading] : []),
    ...paragraphs.map(withOthers),
  ]);
  return joinPieces(blocks, "\n\n");
}

/** Sections below the heading that they stand under, each in the order in which it was first met. */
function* inOrder(sections: ReadonlyMap<string, Merged>): Generator<Merged> {
  const under = new Map<string, string[]>();
  for (const key of sections.keys()) {
    const parent = key === "" ? null : parentOf(key, sections);
    if (parent === null) continue;
    const known = under.get(parent);
    if (known) known.push(key);
    else under.set(parent, [key]);
  }
  function* visit(key: string): Generator<Merged> {
    yield sections.get(key)!;
    for (const child of under.get(key) ?? []) yield* visit(child);
  }
  for (const key of sections.keys()) if (key === "" || parentOf(key, sections) === null) yield* visit(key);
}

/** The nearest heading above; null at the top. */
function parentOf(key: string, sections: ReadonlyMap<string, Merged>): string | null {
  for (let at = key.lastIndexOf("\n"); at >= 0; at = key.lastIndexOf("\n", at - 1))
    if (sections.has(key.slice(0, at))) return key.slice(0, at);
  return null;
}

function withOthers({ pieces, also }: Paragraph): readonly Piece[] {
  if (also.length === 0) return pieces;
  return pieces.map((piece) => {
    const others = [...new Set([...(piece.also ?? []), ...also])].filter((path) => path !== piece.path);
    return piece.path === null || others.length === 0 ? piece : { ...piece, also: others };
  });
}

function authorsOf(pieces: readonly Piece[]): readonly string[] {
  return pieces.flatMap(({ path, also = [] }) => (path === null ? [] : [path, ...also]));
}
