import type { Block } from "./blocks.ts";
import type { SourceText } from "./source-text.ts";

const HEADER =
  /^(?:async\s+)?(def|class|for|while|if|elif|else|try|except|finally|with|match|case)\b\s*([A-Za-z_]\w*)?/;

/** The blocks of a Python text, by indentation; a header's block reaches to the last line that is indented deeper. */
export function pythonBlocks(source: SourceText): readonly Block[] {
  const blocks: Block[] = [];
  const open: { readonly block: Block; readonly indent: number }[] = [];
  let brackets = 0;
  let lastEnd = 0;
  for (const [index, start] of source.lineStarts.entries()) {
    const end = source.lineStarts[index + 1] ?? source.code.length;
    const line = source.code.slice(start, end);
    const trimmed = line.trim();
    const continued = brackets > 0;
    for (const char of trimmed) {
      if ("([{".includes(char)) brackets++;
      else if (")]}".includes(char)) brackets = Math.max(0, brackets - 1);
    }
    if (trimmed === "" || continued) continue;
    const indent = line.length - line.trimStart().length;
    while (open.length > 0 && open.at(-1)!.indent >= indent) open.pop()!.block.end = lastEnd;
    const header = HEADER.exec(trimmed);
    if (header) {
      const block: Block = {
        kind: kindOf(header[1]!),
        name: header[2] ?? header[1]!,
        start: start + indent,
        end: source.code.length,
        parent: open.at(-1)?.block ?? null,
        awaits: trimmed.startsWith("async for"),
      };
      blocks.push(block);
      open.push({ block, indent });
    }
    lastEnd = end;
  }
  for (const { block } of open) block.end = lastEnd;
  return blocks;
}

function kindOf(word: string): Block["kind"] {
  if (word === "def") return "function";
  if (word === "for" || word === "while") return "loop";
  return word === "class" || word === "with" ? "other" : "branch";
}
