import type { AnswerPart, Conflict } from "./answer.ts";

/**
 * The answer as one Markdown text. One part stands as it is; several stand below each other, their headings one level
 * deeper, after a table of what each one is and how sure it is. Conflicts come last, with what was decided.
 */
export function formatAnswer(parts: readonly AnswerPart[], conflicts: readonly Conflict[]): string {
  const [only] = parts;
  const body =
    parts.length === 1
      ? [only!.output]
      : [...contents(parts), ...parts.map((part) => `# ${part.title}\n\n${deeper(part.output)}`)];
  return [...body, ...conflictSection(conflicts)].join("\n\n");
}

function contents(parts: readonly AnswerPart[]): readonly string[] {
  if (parts.length === 0) return [];
  const rows = parts.map(({ title, confidence, from }) => {
    const sure = confidence ? `${confidence.value.toFixed(2)} (${confidence.source})` : "none";
    return `| ${cell(title)} | ${sure} | ${from.length} |`;
  });
  return [["| part | confidence | agents |", "| --- | --- | --- |", ...rows].join("\n")];
}

/** Moves every heading of a Markdown text one level down, code blocks aside; level six stays. */
function deeper(markdown: string): string {
  let fence: string | null = null;
  return markdown
    .split("\n")
    .map((line) => {
      const mark = /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1];
      if (mark && fence === null) fence = mark;
      else if (mark && fence !== null && mark.startsWith(fence)) fence = null;
      return fence === null && /^#{1,5} /.test(line) ? `#${line}` : line;
    })
    .join("\n");
}

function conflictSection(conflicts: readonly Conflict[]): readonly string[] {
  if (conflicts.length === 0) return [];
  const rows = conflicts.map(({ kind, subject, options, resolution }) => {
    const said = options.map(({ paths }) => paths.join(", ")).join(" against ");
    return `| ${kind} ${cell(subject)} | ${cell(said)} | by ${resolution.by}: ${cell(resolution.reason)} |`;
  });
  return [
    [
      "# Conflicts, and how each was resolved",
      "",
      "| about | said by | decided |",
      "| --- | --- | --- |",
      ...rows,
    ].join("\n"),
  ];
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replace(/\s+/g, " ");
}
