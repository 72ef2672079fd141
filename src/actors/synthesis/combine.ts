import type { Artifact, Confidence } from "../../plan/outcome.ts";
import { canonicalJson } from "../../shared/canonical-json.ts";
import type { Json } from "../../shared/json.ts";
import type { SynthesisMode } from "../../templates/template.ts";

/** One result among those that make up a group's answer. */
export type Part = {
  readonly path: string;
  /** Under which name its data stands in the group's data: step name, parameter, or position. */
  readonly name: string;
  readonly output: string;
  readonly data: Json;
  readonly artifacts: readonly Artifact[];
  readonly confidence: Confidence | null;
};

/** One answer made of parts. */
export type Combined = {
  readonly output: string;
  readonly data: Json;
  readonly artifacts: readonly Artifact[];
  readonly confidence: Confidence | null;
  /** Paths of the parts that the answer rests on. */
  readonly from: readonly string[];
};

/**
 * Makes one answer of several results (rule R5).
 * aggregate: all, in order. merge: all, paragraphs that were said before left out. vote: the answer that most parts
 * give, the more confident one among equals. best: the part with the highest confidence, the first among equals.
 */
export function combine(mode: SynthesisMode, parts: readonly Part[]): Combined {
  if (parts.length === 0) return { output: "", data: null, artifacts: [], confidence: null, from: [] };
  if (parts.length === 1) return chosen(parts[0]!, parts);
  switch (mode) {
    case "aggregate":
      return gathered(
        parts,
        parts.map((part) => part.output.trim()).filter((output) => output !== ""),
      );
    case "merge":
      return gathered(parts, distinctParagraphs(parts));
    case "vote":
      return voted(parts);
    case "best": {
      const best = mostConfident(parts);
      return chosen(best, [best]);
    }
  }
}

/** The mean of the parts' confidence; its source is the weakest one among them. */
export function meanConfidence(
  parts: readonly { readonly confidence: Confidence | null }[],
): Confidence | null {
  const known = parts.flatMap((part) => (part.confidence ? [part.confidence] : []));
  if (known.length === 0) return null;
  const value = known.reduce((sum, confidence) => sum + confidence.value, 0) / known.length;
  const weakest = SOURCES_WEAKEST_FIRST.find((source) =>
    known.some((confidence) => confidence.source === source),
  )!;
  return { value: round(value), source: weakest };
}

const SOURCES_WEAKEST_FIRST: readonly Confidence["source"][] = ["draft", "declared", "agreement", "checked"];

/** Rounds to three decimals, so that figures print the same everywhere. */
export function round(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}

function gathered(parts: readonly Part[], paragraphs: readonly string[]): Combined {
  const data: Record<string, Json> = {};
  for (const part of parts) if (part.data !== null) data[part.name] = part.data;
  return {
    output: paragraphs.join("\n\n"),
    data: Object.keys(data).length > 0 ? data : null,
    artifacts: parts.flatMap((part) => part.artifacts),
    confidence: meanConfidence(parts),
    from: parts.map((part) => part.path),
  };
}

function distinctParagraphs(parts: readonly Part[]): readonly string[] {
  const seen = new Set<string>();
  const kept: string[] = [];
  for (const part of parts) {
    for (const paragraph of part.output.split(/\n{2,}/)) {
      const key = paragraph.trim().replace(/\s+/g, " ").toLowerCase();
      if (key === "" || seen.has(key)) continue;
      seen.add(key);
      kept.push(paragraph.trim());
    }
  }
  return kept;
}

function voted(parts: readonly Part[]): Combined {
  const camps = new Map<string, Part[]>();
  for (const part of parts) {
    const key =
      part.data === null ? part.output.trim().replace(/\s+/g, " ").toLowerCase() : canonicalJson(part.data);
    const camp = camps.get(key);
    if (camp) camp.push(part);
    else camps.set(key, [part]);
  }
  let winner: Part[] = [];
  for (const camp of camps.values()) {
    const confidence = mostConfident(camp).confidence?.value ?? 0;
    const leading = winner.length > 0 ? (mostConfident(winner).confidence?.value ?? 0) : -1;
    if (camp.length > winner.length || (camp.length === winner.length && confidence > leading)) winner = camp;
  }
  const answer = chosen(mostConfident(winner), winner);
  const drafted = winner.every((part) => part.confidence?.source === "draft");
  // Copies of one rule agree by construction: that is no evidence, so a draft's own confidence stands.
  if (drafted || winner.length < 2) return answer;
  return { ...answer, confidence: { value: round(winner.length / parts.length), source: "agreement" } };
}

function chosen(part: Part, camp: readonly Part[]): Combined {
  return {
    output: part.output,
    data: part.data,
    artifacts: part.artifacts,
    confidence: part.confidence,
    from: camp.map((member) => member.path),
  };
}

function mostConfident(parts: readonly Part[]): Part {
  return parts.reduce((best, part) =>
    (part.confidence?.value ?? 0) > (best.confidence?.value ?? 0) ? part : best,
  );
}
