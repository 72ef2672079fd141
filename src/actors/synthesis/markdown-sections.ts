/** Where something stands in a text. */
export type Extent = { readonly start: number; readonly end: number };

/** A heading with what follows it; the text before the first heading is a section without one. */
export type Section = {
  /** The headings that it stands under and its own, each with its level, as one text; empty without a heading. */
  readonly key: string;
  readonly heading: Extent | null;
  /** Runs of lines without an empty one between them; a fenced block is never parted. */
  readonly paragraphs: readonly Extent[];
};

/** The sections of a Markdown text, in order. */
export function sectionsOf(markdown: string): readonly Section[] {
  const sections: { key: string; heading: Extent | null; paragraphs: Extent[] }[] = [];
  const above: { level: number; title: string }[] = [];
  let current = { key: "", heading: null as Extent | null, paragraphs: [] as Extent[] };
  sections.push(current);
  let open: number | null = null;
  const close = (end: number): void => {
    if (open !== null) current.paragraphs.push({ start: open, end });
    open = null;
  };
  let lastEnd = 0;
  for (const { start, end, fenced, heading } of linesOf(markdown)) {
    const line = markdown.slice(start, end);
    if (heading !== null) {
      close(lastEnd);
      while (above.length > 0 && above.at(-1)!.level >= heading) above.pop();
      above.push({ level: heading, title: line.slice(heading).trim().toLowerCase() });
      const key = above.map(({ level, title }) => `${level} ${title}`).join("\n");
      current = { key, heading: { start, end }, paragraphs: [] };
      sections.push(current);
    } else if (line.trim() === "" && !fenced) close(lastEnd);
    else open ??= start;
    lastEnd = end;
  }
  close(lastEnd);
  return sections.filter(({ heading, paragraphs }) => heading !== null || paragraphs.length > 0);
}

/** Where the headings of a Markdown text begin that can be one level deeper; level six cannot. */
export function headingStarts(markdown: string): readonly number[] {
  return linesOf(markdown).flatMap(({ start, heading }) => (heading !== null && heading < 6 ? [start] : []));
}

type Line = Extent & {
  /** Whether it belongs to a fenced block. */
  readonly fenced: boolean;
  /** The level, of a heading. */
  readonly heading: number | null;
};

function linesOf(markdown: string): readonly Line[] {
  const lines: Line[] = [];
  let fence: string | null = null;
  let start = 0;
  for (const line of markdown.split("\n")) {
    const end = start + line.length;
    const mark = /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1];
    const wasFenced = fence !== null;
    if (mark && fence === null) fence = mark;
    else if (mark && fence !== null && mark.startsWith(fence)) fence = null;
    const fenced = wasFenced || fence !== null;
    const level = fenced ? undefined : /^(#{1,6}) /.exec(line)?.[1]?.length;
    lines.push({ start, end, fenced, heading: level ?? null });
    start = end + 1;
  }
  return lines;
}
