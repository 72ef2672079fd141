import type { AgentResult } from "../../plan/outcome.ts";
import { sha3 } from "../../shared/hash.ts";
import { isJsonObject, type Json } from "../../shared/json.ts";
import { pointerKey } from "../../shared/json-pointer.ts";
import { countWords } from "../../shared/text-similarity.ts";
import type { Conflict } from "./answer.ts";

/** What one result says on a subject. */
export type Voice = {
  readonly path: string;
  /** Of a file: the hash of its content, so that nothing carries a large file twice. */
  readonly value: Json;
  readonly confidence: number;
  readonly isDraft: boolean;
  /** Of a file. */
  readonly content?: string;
  readonly mediaType?: string;
};

/** A subject with everyone who speaks on it. */
export type Topic = Pick<Conflict, "kind" | "scope" | "subject"> & { readonly voices: Voice[] };

/** Who is compared with whom. */
export type TopicScopes = {
  /** The command within which a result's claims are compared. */
  scopeOf(path: string): string;
  /** The group of agents on the same work that a result belongs to; null: it has its work to itself. */
  sameWorkOf(path: string): string | null;
};

/** A text of more words is prose: two authors never write the same, so differing says nothing. */
export const PROSE_WORDS = 8;

/**
 * Every subject on which results speak: the path of a file, in the whole run; the subject of a claim, within one command; a
 * field of the data (RFC 6901 pointer), among agents on the same work.
 */
export function topicsOf(results: readonly AgentResult[], scopes: TopicScopes): Iterable<Topic> {
  const topics = new Map<string, Topic>();
  const speak = (kind: Topic["kind"], scope: string, subject: string, voice: Voice): void => {
    const key = topicKey({ kind, scope, subject });
    const topic = topics.get(key);
    if (!topic) topics.set(key, { kind, scope, subject, voices: [voice] });
    // One result has one voice on a subject, however often it says the same thing, or says another: its first word counts.
    else if (topic.voices.at(-1)!.path !== voice.path) topic.voices.push(voice);
  };
  for (const { path, artifacts, claims, data, confidence } of results.filter(speaksOfAnything)) {
    const voice = {
      path,
      confidence: confidence?.value ?? 0,
      isDraft: confidence?.source === "draft",
    };
    for (const { path: file, content, mediaType } of artifacts)
      speak("artifact", "", file, { ...voice, value: sha3(content), content, mediaType });
    for (const claim of claims)
      speak("claim", scopes.scopeOf(path), claim.subject, { ...voice, value: claim.value });
    const group = data === null ? null : scopes.sameWorkOf(path);
    if (group === null) continue;
    for (const { pointer, value } of fieldsOf(data)) speak("data", group, pointer, { ...voice, value });
  }
  return topics.values();
}

function speaksOfAnything({ artifacts, claims, data }: AgentResult): boolean {
  return data !== null || artifacts.length > 0 || claims.length > 0;
}

/** The same text for the same subject. */
export function topicKey({ kind, scope, subject }: Omit<Topic, "voices">): string {
  return JSON.stringify([kind, scope, subject]);
}

/** In the place of an object or a list, which are compared by their fields and by their elements. */
export function isContainer(value: Json): boolean {
  return isJsonObject(value) && (value.type === "object" || value.type === "list");
}

/** The fields of some data that can agree or differ; lists and prose can only be more or less alike. */
function fieldsOf(data: Json): readonly { readonly pointer: string; readonly value: Json }[] {
  const found: { pointer: string; value: Json }[] = [];
  const visit = (value: Json, pointer: string): void => {
    if (isJsonObject(value)) {
      found.push({ pointer, value: { type: "object" } });
      for (const [key, inner] of Object.entries(value)) visit(inner, `${pointer}/${pointerKey(key)}`);
    } else if (Array.isArray(value)) found.push({ pointer, value: { type: "list" } });
    else if (typeof value !== "string" || countWords(value) <= PROSE_WORDS) found.push({ pointer, value });
  };
  visit(data, "");
  return found;
}
