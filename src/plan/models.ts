import type { Diagnostic } from "../shared/diagnostic.ts";

/** What a model may write in one answer, and what it takes: whole micro-USD for a million tokens; null: not known. */
export type ModelTerms = {
  readonly maxOutputTokens: number;
  /** Answers in one piece of work that uses tools; absent: 1. */
  readonly toolSteps?: number;
  readonly price: { readonly inputMicros: number; readonly outputMicros: number } | null;
};

/** The models that agents can be asked of, as plans know them. */
export type ModelCatalogue = {
  /** Of whoever names none, as `provider/model`; null: there is none. */
  readonly usual: string | null;
  /** Why nobody can be asked by a name; null: somebody can. */
  fault(name: string): Diagnostic | null;
  terms(name: string): ModelTerms;
};
