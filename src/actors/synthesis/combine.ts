import type { Artifact, Confidence } from "../../plan/outcome.ts";
import { canonicalJson } from "../../shared/canonical-json.ts";
import type { Json } from "../../shared/json.ts";
import { normalisedText } from "../../shared/text-similarity.ts";
import type { SynthesisMode } from "../../templates/template.ts";
import { meanConfidence, votedConfidence } from "./confidence.ts";
import { mergeTexts } from "./merge-texts.ts";
import { deeper, frame, joinPieces, type Piece, textOf, trimPieces } from "./pieces.ts";

/** One answer made of results. */
export type Combined = {
  readonly output: string;
  /** The output, with where it comes from. */
  readonly pieces: readonly Piece[];
  readonly data: Json;
  readonly artifacts: readonly Artifact[];
  /** For each artifact the agent that it is of. */
  readonly makers: readonly string[];
  readonly confidence: Confidence | null;
  /** Paths of the parts that the answer rests on. */
  readonly from: readonly string[];
};

/** One result among those that make up a group's answer. */
export type Part = Omit<Combined, "from"> & {
  readonly path: string;
  /** Under which name its data stands in the group's data: step name, parameter, or position. */
  readonly name: string;
  /** Of a command that stands in another's parameters: what it is about. */
  readonly title?: string | undefined;
};

/** What a group knows beside its parts. */
export type CombineTerms = {
  /** The part that a judge has chosen. */
  readonly choice?: string | null;
  /** Whether the parts are steps, whose names say what they are. */
  readonly isOfSteps?: boolean;
  /** One version of each file of parts that give the same ones. */
  readonly settleFiles?: () => Pick<Combined, "artifacts" | "makers">;
  /** One value of the data of agents on the same work. */
  readonly mergeData?: () => Json;
};

/** A title of its own; what begins with a lower heading does not say whose it is. */
const TITLE = /^#\s/;
const NO_PIECES: readonly Piece[] = [];

const NOTHING: Combined = {
  output: "",
  pieces: [],
  data: null,
  artifacts: [],
  makers: [],
  confidence: null,
  from: [],
};

/**
 * Makes one answer of several results (rule R5).
 * aggregate: all, in order, each under a title: its own, else its step's or its command's. merge: all, by section, what was said before left out. vote: the answer that most parts give;
 * among equals the judge's choice, else the surer one. best: the judge's choice, else the surest, the first among equals.
 */
export function combine(mode: SynthesisMode, parts: readonly Part[], terms: CombineTerms = {}): Combined {
  if (parts.length === 0) return NOTHING;
  if (parts.length === 1) return chosen(parts[0]!, parts);
  switch (mode) {
    case "aggregate": {
      const said: Said[] = [];
      for (const { name, title, pieces, output } of parts) {
        const text = output === "" ? NO_PIECES : trimPieces(pieces, output);
        if (isSomething(text)) said.push({ name, title, text });
      }
      const texts = terms.isOfSteps && said.length > 1 ? said.map(titled) : said.map(({ text }) => text);
      return gathered(parts, joinPieces(texts, "\n\n"), dataByName(parts), terms);
    }
    case "merge":
      return gathered(parts, mergeTexts(parts), terms.mergeData?.() ?? dataByName(parts), terms);
    case "vote":
      return voted(parts, terms);
    case "best": {
      const best = parts.find(({ path }) => path === terms.choice) ?? mostConfident(parts);
      return chosen(best, [best]);
    }
  }
}

/** The answers that most parts give; more than one where the vote is tied. */
export function leadingCamps(parts: readonly Part[]): readonly (readonly Part[])[] {
  const camps = new Map<string, Part[]>();
  for (const part of parts) {
    const key = part.data === null ? normalisedText(part.output) : canonicalJson(part.data);
    const camp = camps.get(key);
    if (camp) camp.push(part);
    else camps.set(key, [part]);
  }
  const most = Math.max(...[...camps.values()].map(({ length }) => length));
  return [...camps.values()].filter(({ length }) => length === most);
}

function gathered(
  parts: readonly Part[],
  pieces: readonly Piece[],
  data: Json,
  { settleFiles }: CombineTerms,
): Combined {
  const artifacts: Artifact[] = [];
  const makers: string[] = [];
  for (const part of parts) {
    if (part.artifacts.length === 0) continue;
    artifacts.push(...part.artifacts);
    makers.push(...part.makers);
  }
  const isClear = new Set(artifacts.map(({ path }) => path)).size === artifacts.length;
  const files = isClear || !settleFiles ? { artifacts, makers } : settleFiles();
  return {
    output: textOf(pieces),
    pieces,
    data,
    ...files,
    confidence: meanConfidence(parts),
    from: parts.map((part) => part.path),
  };
}

type Said = Pick<Part, "name" | "title"> & { readonly text: readonly Piece[] };

/** A command's text is put under its title; a step's that begins with none under its step's name: so that it is plain whose it is. */
function titled({ name, title, text }: Said): readonly Piece[] {
  if (title !== undefined) return [frame(`# ${title}\n\n`), ...deeper(text)];
  if (TITLE.test(text[0]!.text)) return text;
  const words = name.replaceAll("_", " ");
  return [frame(`# ${words.charAt(0).toUpperCase()}${words.slice(1)}\n\n`), ...text];
}

function dataByName(parts: readonly Part[]): Json {
  const data: Record<string, Json> = {};
  for (const part of parts) if (part.data !== null) data[part.name] = part.data;
  return Object.keys(data).length > 0 ? data : null;
}

function isSomething(pieces: readonly Piece[]): boolean {
  return pieces.some(({ text }) => text !== "");
}

function voted(parts: readonly Part[], { choice }: CombineTerms): Combined {
  const leading = leadingCamps(parts);
  const winner =
    leading.find((camp) => camp.some(({ path }) => path === choice)) ??
    leading.reduce((best, camp) => (sureness(camp) > sureness(best) ? camp : best));
  const answer = chosen(mostConfident(winner), winner);
  const drafted = winner.every((part) => part.confidence?.source === "draft");
  // Copies of one rule agree by construction: that is no evidence, so a draft's own confidence stands.
  if (drafted || winner.length < 2) return answer;
  return { ...answer, confidence: votedConfidence(winner.length, parts.length) };
}

function sureness(camp: readonly Part[]): number {
  return mostConfident(camp).confidence?.value ?? 0;
}

function chosen(part: Part, camp: readonly Part[]): Combined {
  const { output, pieces, data, artifacts, makers, confidence } = part;
  return { output, pieces, data, artifacts, makers, confidence, from: camp.map((member) => member.path) };
}

function mostConfident(parts: readonly Part[]): Part {
  return parts.reduce((best, part) =>
    (part.confidence?.value ?? 0) > (best.confidence?.value ?? 0) ? part : best,
  );
}
