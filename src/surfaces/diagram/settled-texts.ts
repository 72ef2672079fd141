/**
 * Graphviz puts each run of a line (bold, small, coloured) where Helvetica would end the one before. Where another font stands in,
 * runs lie upon each other and lines are out of the middle of their boxes: a line becomes one text, which the font lays out itself.
 * Texts of arrows come last, with a rim of the ground around them: other arrows may cross them.
 */
export function settledTexts(svg: string): string {
  const ofArrows: string[] = [];
  const settled = svg.replace(
    /<g id="[^"]*" class="(node|node note|edge|cluster)">[\s\S]*?<\/g>/g,
    (group, kind: string) => {
      const { shapes, texts } = settledGroup(group, kind);
      if (kind !== "edge") return [...shapes, ...texts, "</g>"].join("\n");
      ofArrows.push(...texts);
      return [...shapes, "</g>"].join("\n");
    },
  );
  if (ofArrows.length === 0) return settled;
  const group = `<g paint-order="stroke" stroke="white" stroke-width="3">\n${ofArrows.join("\n")}\n</g>`;
  return settled.replace(/<\/g>\s*<\/svg>\s*$/, `${group}\n$&`);
}

const RUN =
  /^<text xml:space="preserve" text-anchor="start" x="([-\d.]+)" y="([-\d.]+)"([^>]*)>([^<]*)<\/text>$/;

function settledGroup(group: string, kind: string): { readonly shapes: string[]; readonly texts: string[] } {
  const shapes: string[] = [];
  const texts: string[] = [];
  let y: string | undefined;
  for (const line of group.split("\n").slice(0, -1)) {
    const run = RUN.exec(line);
    if (!run) {
      shapes.push(line);
      continue;
    }
    const [, left, at, look, text] = run;
    const span = `<tspan${look}>${text}</tspan></text>`;
    const anchor = kind === "node" ? `middle" x="${middleOf(group)}` : `start" x="${left}`;
    if (at === y) texts.push(texts.pop()!.replace(/<\/text>$/, span));
    else texts.push(`<text xml:space="preserve" text-anchor="${anchor}" y="${at}">${span}`);
    y = at;
  }
  return { shapes, texts };
}

/** The middle of what a node is drawn as. */
function middleOf(group: string): number {
  const [, points = ""] = /(?:points| d)="([^"]*)"/.exec(group) ?? [];
  const xs = [...points.matchAll(/(-?[\d.]+),/g)].map(([, x]) => Number(x));
  return (Math.min(...xs) + Math.max(...xs)) / 2;
}
