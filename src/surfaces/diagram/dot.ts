import { settledTexts } from "./settled-texts.ts";

/** What both kinds of drawings share: one look, and texts that cannot break out of it. */
export const LOOK = {
  font: "Helvetica,Arial,sans-serif",
  ink: "#1f2937",
  faint: "#6b7280",
  line: "#94a3b8",
  box: { fill: "#eef2ff", line: "#6366f1" },
  group: { fill: "#f8fafc", line: "#cbd5e1" },
  good: { fill: "#dcfce7", line: "#16a34a" },
  bad: { fill: "#fee2e2", line: "#dc2626" },
  weak: { fill: "#fef3c7", line: "#d97706" },
  none: { fill: "#f1f5f9", line: "#94a3b8" },
  busy: { fill: "#dbeafe", line: "#2563eb" },
} as const;

export type Colours = { readonly fill: string; readonly line: string };

/** The settings at the top of every drawing. */
export function dotHead(title: string, direction: "TB" | "LR"): string[] {
  return [
    "digraph {",
    `  graph [rankdir=${direction}, bgcolor="white", pad=0.3, nodesep=0.45, ranksep=0.55, fontname="${LOOK.font}", fontsize=20, fontcolor="${LOOK.ink}", label=${quoted(title)}, labelloc=t, compound=true]`,
    `  node [shape=box, style="rounded,filled", fontname="${LOOK.font}", fontsize=14, fontcolor="${LOOK.ink}", color="${LOOK.box.line}", fillcolor="${LOOK.box.fill}", penwidth=1.3, margin="0.16,0.09"]`,
    `  edge [fontname="${LOOK.font}", fontsize=12, fontcolor="${LOOK.ink}", color="${LOOK.line}", penwidth=1.2, arrowsize=0.7]`,
  ];
}

/** A node or an edge of a drawing. */
export function dotNode(id: string, attributes: string): string {
  return `${quoted(id)} [${attributes}]`;
}

export function dotEdge(from: string, to: string, attributes = ""): string {
  return `${quoted(from)} -> ${quoted(to)}${attributes === "" ? "" : ` [${attributes}]`}`;
}

/** A text as a quoted string of DOT. */
export function quoted(text: string): string {
  return `"${plain(text).replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`;
}

/** A text within an HTML-like label. */
export function html(text: string): string {
  return plain(text)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

export function small(text: string): string {
  return `<font point-size="11" color="${LOOK.faint}">${html(text)}</font>`;
}

/** Control characters have no place in an XML document. */
function plain(text: string): string {
  return text.replace(/(?!\n)[\p{Cc}\ufffe\uffff\ud800-\udfff]/gu, " ");
}

/** Graphviz counts on Helvetica; where a wider font stands in for it, texts must still fit into what was left for them. */
const SHRINK = 0.86;

/** Draws DOT as an SVG document, in this process: no browser, no program of others. */
export async function drawSvg(dot: string): Promise<string> {
  const { instance } = await import("@viz-js/viz");
  const svg = (await instance()).renderString(dot, { format: "svg" });
  return settledTexts(svg).replace(
    /font-size="([\d.]+)"/g,
    (_, size) => `font-size="${(Number(size) * SHRINK).toFixed(2)}"`,
  );
}
