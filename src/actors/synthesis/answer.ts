import type { AgentResult, Artifact, Confidence } from "../../plan/outcome.ts";
import type { Json } from "../../shared/json.ts";
import type { Span } from "./pieces.ts";

/** One value of a subject, and who gave it. */
export type ConflictOption = {
  /** Of a file: the SHA3-256 of its content. */
  readonly value: Json;
  readonly paths: readonly string[];
  /** The sum of theirs. */
  readonly confidence: number;
  /** Of a file: the version itself, so that none is ever lost. */
  readonly content?: string;
};

/** Two or more results that say different things about the same subject, and what was done about it. */
export type Conflict = {
  readonly kind: "artifact" | "claim" | "data";
  /** The file's path, the claim's subject, or the field of the data (RFC 6901 pointer). */
  readonly subject: string;
  /** Where it was said: the command's path, of data the group of agents on the same work; empty for files, which share one folder. */
  readonly scope: string;
  readonly options: readonly ConflictOption[];
  readonly resolution: {
    /**
     * `choice`: the group around them chose one whole result; `revision`: a later result, which could see them all, replaced
     * them; `merge`: of a file, all changes stand; `order`: nothing else decided, the first in plan order.
     */
    readonly by: "choice" | "revision" | "merge" | "judge" | "vote" | "confidence" | "order";
    readonly value: Json;
    readonly reason: string;
  };
};

/** How far agents on the same work agree. */
export type Agreement = {
  /** The group of these agents. */
  readonly path: string;
  readonly agents: number;
  /** Mean over all pairs, 0 to 1: field by field where all gave data or claims, else how alike their texts are worded. */
  readonly value: number;
  readonly of: "data" | "text";
};

/**
 * How good the answer is, from 0 to 1, with the measured inputs of the formula
 * `quality = coverage x (0.4 validity + 0.3 agreement + 0.3 confidence)`; where nothing could be compared the
 * agreement and its weight are left out (docs/reference/synthesis.md).
 */
export type Quality = {
  readonly value: number;
  /** Agents that ended well / agents that were to run. */
  readonly coverage: number;
  /** Mean over the results: 1 when checked, 0.5 for content that nothing has checked, 0 for a fallback or nothing. */
  readonly validity: number;
  /** Mean over the subjects on which two or more results speak first-hand of the share of pairs that agree; null: there are none. */
  readonly agreement: number | null;
  /** Mean confidence of the results. */
  readonly confidence: number;
};

/** One part of the answer and the agents that it rests on. */
export type AnswerPart = {
  readonly path: string;
  readonly title: string;
  readonly output: string;
  readonly confidence: Confidence | null;
  readonly from: readonly string[];
};

/** The one synthesised answer of a run. */
export type Answer = {
  /** Markdown. */
  readonly output: string;
  /** Where every character of the output comes from, without gaps. */
  readonly spans: readonly Span[];
  readonly data: Json;
  /** `from`: whose it is; `spans`: where every line comes from, of a file that was merged of several versions. */
  readonly artifacts: readonly (Artifact & { readonly from: string; readonly spans?: readonly Span[] })[];
  readonly confidence: Confidence | null;
  readonly quality: Quality;
  readonly conflicts: readonly Conflict[];
  readonly agreements: readonly Agreement[];
  readonly parts: readonly AnswerPart[];
  /** Usable results in order of rank: confidence, then plan order; repeated ones once. */
  readonly ranking: readonly string[];
  /** Results that said the same as another: path -> the one that was kept. */
  readonly duplicates: Readonly<Record<string, string>>;
  readonly results: readonly AgentResult[];
};
