import type { AgentResult, Artifact, Confidence } from "../../plan/outcome.ts";
import type { Json } from "../../shared/json.ts";

/** Two or more results that say different things about the same subject, and what was done about it. */
export type Conflict = {
  readonly kind: "artifact" | "claim";
  /** The artifact's path, or the claim's subject. */
  readonly subject: string;
  /** Where the claim was made: the command's path; empty for artifacts, which share one folder. */
  readonly scope: string;
  readonly options: readonly {
    readonly value: Json;
    readonly paths: readonly string[];
    readonly confidence: number;
  }[];
  readonly resolution: {
    readonly by: "vote" | "confidence" | "order";
    readonly value: Json;
    readonly reason: string;
  };
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
  /** Subjects on which all agree / subjects on which two or more results speak; null when there are none. */
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
  readonly data: Json;
  readonly artifacts: readonly (Artifact & { readonly from: string })[];
  readonly confidence: Confidence | null;
  readonly quality: Quality;
  readonly conflicts: readonly Conflict[];
  readonly parts: readonly AnswerPart[];
  /** Usable results in order of rank: confidence, then plan order; repeated ones once. */
  readonly ranking: readonly string[];
  /** Results that said the same as another: path -> the one that was kept. */
  readonly duplicates: Readonly<Record<string, string>>;
  readonly results: readonly AgentResult[];
};
