import type { AgentResult } from "../../plan/outcome.ts";
import { canonicalJson } from "../../shared/canonical-json.ts";
import { isJsonObject, type Json } from "../../shared/json.ts";
import { countWords, textSimilarity } from "../../shared/text-similarity.ts";
import type { Agreement } from "./answer.ts";
import { round } from "./round.ts";
import { PROSE_WORDS } from "./topics.ts";

/** How far the results of each group of agents on the same work agree; groups of fewer than two results say nothing. */
export function measureAgreement(
  results: readonly AgentResult[],
  sameWorkOf: (path: string) => string | null,
): readonly Agreement[] {
  const groups = new Map<string, AgentResult[]>();
  for (const result of results) {
    const group = sameWorkOf(result.path);
    if (group === null) continue;
    const known = groups.get(group);
    if (known) known.push(result);
    else groups.set(group, [result]);
  }
  return [...groups]
    .filter(([, members]) => members.length > 1)
    .map(([path, members]) => {
      const facts = members.map(factsOf);
      const isData = facts.every((one) => one !== null);
      const value = meanOverPairs(members.length, (a, b) =>
        isData ? likeness(facts[a]!, facts[b]!) : textSimilarity(members[a]!.output, members[b]!.output),
      );
      return { path, agents: members.length, value: round(value), of: isData ? "data" : "text" };
    });
}

/** What can be compared field by field: data and claims; null: only text. */
function factsOf({ data, claims }: AgentResult): Json {
  if (data === null && claims.length === 0) return null;
  const said = Object.fromEntries(claims.map(({ subject, value }) => [subject, value]));
  return { ...(data === null ? {} : { data }), ...(claims.length === 0 ? {} : { claims: said }) };
}

/**
 * How alike two values are: objects by the mean over the fields of either, lists by the Dice coefficient of their elements,
 * prose by its wording, everything else 1 or 0.
 */
export function likeness(one: Json, other: Json): number {
  if (isJsonObject(one) && isJsonObject(other)) {
    const keys = [...new Set([...Object.keys(one), ...Object.keys(other)])];
    if (keys.length === 0) return 1;
    const both = (key: string): boolean => Object.hasOwn(one, key) && Object.hasOwn(other, key);
    return (
      keys.reduce((sum, key) => sum + (both(key) ? likeness(one[key]!, other[key]!) : 0), 0) / keys.length
    );
  }
  if (Array.isArray(one) && Array.isArray(other)) return listLikeness(one, other);
  if (
    typeof one === "string" &&
    typeof other === "string" &&
    Math.max(countWords(one), countWords(other)) > PROSE_WORDS
  )
    return textSimilarity(one, other);
  return canonicalJson(one) === canonicalJson(other) ? 1 : 0;
}

function listLikeness(one: readonly Json[], other: readonly Json[]): number {
  if (one.length + other.length === 0) return 1;
  const left = new Map<string, number>();
  for (const item of one) left.set(canonicalJson(item), (left.get(canonicalJson(item)) ?? 0) + 1);
  let shared = 0;
  for (const item of other) {
    const count = left.get(canonicalJson(item)) ?? 0;
    if (count === 0) continue;
    left.set(canonicalJson(item), count - 1);
    shared++;
  }
  return (2 * shared) / (one.length + other.length);
}

function meanOverPairs(count: number, of: (a: number, b: number) => number): number {
  let sum = 0;
  for (let a = 0; a < count; a++) for (let b = a + 1; b < count; b++) sum += of(a, b);
  return sum / ((count * (count - 1)) / 2);
}
