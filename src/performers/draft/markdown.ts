import { cut } from "./names.ts";

/** Free text on one line, safe inside a Markdown sentence, table cell or heading; at most `most` characters. */
export function inline(text: string, most = 120): string {
  const line = text
    .slice(0, 4_000)
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, " ")
    .trim();
  return cut(line, most)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replace(/[`|]/g, "'")
    .replace(/[[\]]/g, "");
}

/** The title of a text that may be a whole Markdown document: its first heading, else its first line. */
export function titleOf(text: string): string {
  const start = text.slice(0, 4_000);
  const heading = /^#{1,3}[ \t]+(.+)$/m.exec(start)?.[1];
  const line = heading ?? start.split("\n").find((l) => l.trim() !== "" && !l.startsWith(">")) ?? start;
  return inline(line, 80);
}

/** Sections of Markdown, empty ones left out. */
export function sections(...parts: readonly (string | false | undefined)[]): string {
  return parts.filter((part): part is string => typeof part === "string" && part !== "").join("\n\n");
}

/** A heading with what stands under it; nothing when that is empty. */
export function section(title: string, ...parts: readonly (string | false | undefined)[]): string {
  const body = sections(...parts);
  return body === "" ? "" : `## ${title}\n\n${body}`;
}

export function bullets(items: readonly string[]): string {
  return items.map((item) => `- ${item}`).join("\n");
}

export function numbered(items: readonly string[]): string {
  return items.map((item, index) => `${index + 1}. ${item}`).join("\n");
}

export function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  if (rows.length === 0) return "";
  const line = (cells: readonly (string | number)[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** A fenced block whose fence is longer than any in the content. */
export function fence(language: string, content: string): string {
  const longest = Math.max(2, ...(content.match(/`+/g) ?? []).map((run) => run.length));
  const mark = "`".repeat(longest + 1);
  return `${mark}${language}\n${content.replace(/\n$/, "")}\n${mark}`;
}

/** Free text as the label of a Mermaid node, in quotes. */
export function mermaidLabel(text: string, most = 40): string {
  const clean = text
    .slice(0, 400)
    .replace(/&\w+;/g, " ")
    .replace(/[^\p{L}\p{N} .,_/-]+/gu, " ")
    .replace(/\s+/g, " ")
    .trim();
  return cut(clean, most) || "item";
}
