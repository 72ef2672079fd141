import { thrownWords } from "../shared/thrown-words.ts";

/** Characters of somebody else's words that are kept. */
const KEPT = 500;
/** Causes of causes that are told. */
const DEPTH = 3;

/** What an error says, in one line and with what caused it: `fetch failed` alone tells nobody anything. */
export function errorWords(error: unknown): string {
  return oneLine(wordsOf(error, DEPTH));
}

export function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim().slice(0, KEPT) || "no reason given";
}

function wordsOf(error: unknown, depth: number): string {
  if (!(error instanceof Error)) return thrownWords(error);
  // A list of everything that does not fit, for programs.
  if (error.name.endsWith("ZodError")) return "what came is no message of the protocol";
  // Of several addresses that were tried, each failed for itself.
  const own = error.message || (error instanceof AggregateError ? wordsOf(error.errors[0], 0) : "");
  if (error.cause === undefined || depth === 0) return own;
  const why = wordsOf(error.cause, depth - 1);
  return own.includes(why) ? own : `${own}: ${why}`;
}
