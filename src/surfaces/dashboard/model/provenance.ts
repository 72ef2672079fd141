import type { RunResult } from "../../run-result.ts";
import type { PlacedBlock } from "./markdown.ts";
import { parseMarkdown } from "./markdown.ts";

/** A block of the answer, and the agents whose results it is made of; none: the synthesis wrote it. */
export type TracedBlock = PlacedBlock & { readonly from: readonly string[] };

/** The answer's blocks, each with where it comes from: by the answer's own spans. */
export function traceAnswer({ output, spans }: Pick<RunResult, "output" | "spans">): readonly TracedBlock[] {
  let first = 0;
  return parseMarkdown(output).map((placed) => {
    const paths = new Set<string>();
    // Both are in the order of the text.
    while (first < spans.length && spans[first]!.end <= placed.start) first++;
    for (let at = first; at < spans.length && spans[at]!.start < placed.end; at++) {
      const { from, also = [] } = spans[at]!;
      if (from === null) continue;
      paths.add(from.path);
      for (const path of also) paths.add(path);
    }
    return { ...placed, from: [...paths] };
  });
}
