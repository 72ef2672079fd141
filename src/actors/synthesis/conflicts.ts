import type { AgentResult } from "../../plan/outcome.ts";
import { canonicalJson } from "../../shared/canonical-json.ts";
import { sha3 } from "../../shared/hash.ts";
import type { Json } from "../../shared/json.ts";
import type { Conflict } from "./answer.ts";

type Voice = { readonly path: string; readonly value: Json; readonly confidence: number };
type Topic = {
  readonly kind: Conflict["kind"];
  readonly scope: string;
  readonly subject: string;
  readonly voices: Voice[];
};

/** What results agree and disagree on. */
export type Findings = {
  readonly conflicts: readonly Conflict[];
  /** Subjects on which two or more results speak, and on how many of them they agree. */
  readonly compared: number;
  readonly agreed: number;
};

/**
 * Finds every artifact path and claim subject to which results give different values, and resolves each:
 * the value of most voices wins; among equals the higher summed confidence; then the first in plan order.
 * `scopeOf` names the command within which a result's claims are compared.
 */
export function findConflicts(results: readonly AgentResult[], scopeOf: (path: string) => string): Findings {
  const topics = new Map<string, Topic>();
  for (const result of results) {
    const confidence = result.confidence?.value ?? 0;
    for (const artifact of result.artifacts) {
      // Contents are told apart by hash: a conflict must not carry two copies of a large file.
      speak(topics, "artifact", "", artifact.path, {
        path: result.path,
        value: sha3(artifact.content),
        confidence,
      });
    }
    for (const claim of result.claims) {
      speak(topics, "claim", scopeOf(result.path), claim.subject, {
        path: result.path,
        value: claim.value,
        confidence,
      });
    }
  }
  let compared = 0;
  const conflicts: Conflict[] = [];
  for (const topic of topics.values()) {
    if (topic.voices.length < 2) continue;
    compared++;
    const options = optionsOf(topic.voices);
    if (options.length > 1)
      conflicts.push({
        kind: topic.kind,
        scope: topic.scope,
        subject: topic.subject,
        options,
        resolution: resolve(options),
      });
  }
  return { conflicts, compared, agreed: compared - conflicts.length };
}

function speak(
  topics: Map<string, Topic>,
  kind: Topic["kind"],
  scope: string,
  subject: string,
  voice: Voice,
): void {
  const key = JSON.stringify([kind, scope, subject]);
  const topic = topics.get(key);
  if (!topic) topics.set(key, { kind, scope, subject, voices: [voice] });
  // One result has one voice on a subject, however often it says the same thing, or says another: its first word counts.
  else if (topic.voices.at(-1)!.path !== voice.path) topic.voices.push(voice);
}

function optionsOf(voices: readonly Voice[]): Conflict["options"] {
  const options = new Map<string, { value: Json; paths: string[]; confidence: number }>();
  for (const voice of voices) {
    const key = canonicalJson(voice.value);
    const option = options.get(key);
    if (!option) options.set(key, { value: voice.value, paths: [voice.path], confidence: voice.confidence });
    else {
      option.paths.push(voice.path);
      option.confidence += voice.confidence;
    }
  }
  return [...options.values()];
}

function resolve(options: Conflict["options"]): Conflict["resolution"] {
  const most = Math.max(...options.map((option) => option.paths.length));
  const leading = options.filter((option) => option.paths.length === most);
  if (leading.length === 1) {
    const total = options.reduce((sum, option) => sum + option.paths.length, 0);
    return { by: "vote", value: leading[0]!.value, reason: `${most} of ${total} results` };
  }
  const highest = Math.max(...leading.map((option) => option.confidence));
  const surest = leading.filter((option) => option.confidence > highest - 1e-9);
  if (surest.length === 1)
    return { by: "confidence", value: surest[0]!.value, reason: `confidence ${highest.toFixed(2)}` };
  return {
    by: "order",
    value: surest[0]!.value,
    reason: "equal votes and confidence: the first in plan order",
  };
}
