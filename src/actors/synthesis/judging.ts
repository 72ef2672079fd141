import { isJsonObject, type Json, type JsonObject } from "../../shared/json.ts";
import type { SynthesisMode } from "../../templates/template.ts";
import type { Conflict, ConflictOption } from "./answer.ts";
import { leadingCamps, type Part } from "./combine.ts";
import type { Ruling } from "./resolve.ts";
import { topicKey } from "./topics.ts";

/** What is laid before a judge, as expressions see it: `candidates`, `conflicts`, `undecided`. */
export type Case = {
  readonly candidates: JsonObject[];
  readonly conflicts: JsonObject[];
  /** Whether there is anything to judge. */
  readonly undecided: boolean;
};

/** What a judge has decided. */
export type Judgement = {
  /** The path of the candidate that is the answer; null: none was named. */
  readonly choice: string | null;
  /** By `topicKey`. */
  readonly rulings: ReadonlyMap<string, Ruling>;
};

/**
 * The results that a group's answer would be made of, and what they contradict each other on. Best: there is something to
 * judge where two results differ; vote: where the vote is tied; else where a conflict is open.
 */
export function makeCase(mode: SynthesisMode, parts: readonly Part[], open: readonly Conflict[]): Case {
  const isTied = parts.length > 1 && leadingCamps(parts).length > 1;
  const undecided = mode === "best" || mode === "vote" ? isTied : open.length > 0;
  return {
    candidates: parts.map(({ path, name, output, data, confidence }) => ({
      path,
      name,
      output,
      data,
      confidence: confidence && { ...confidence },
    })),
    conflicts: open.map(({ kind, subject, options }, index) => ({
      id: conflictId(index),
      kind,
      subject,
      options: options.map((option, at) => ({
        id: optionId(at),
        paths: [...option.paths],
        confidence: option.confidence / option.paths.length,
        ...shownValue(option),
      })),
    })),
    undecided,
  };
}

/** What a judge's data say about its case; what names nothing of it counts as not said. */
export function readJudgement(data: Json, parts: readonly Part[], open: readonly Conflict[]): Judgement {
  const { choice, rulings } = isJsonObject(data) ? data : {};
  const read = new Map<string, Ruling>();
  for (const said of Array.isArray(rulings) ? rulings : []) {
    if (!isJsonObject(said)) continue;
    const conflict = open.find((_, index) => conflictId(index) === said.conflict);
    const option = conflict?.options.find((_, at) => optionId(at) === said.option);
    if (!conflict || !option) continue;
    const reason = typeof said.reason === "string" ? said.reason : "no reason given";
    read.set(topicKey(conflict), { value: option.value, reason });
  }
  return { choice: parts.find(({ path }) => path === choice)?.path ?? null, rulings: read };
}

function shownValue({ value, content }: ConflictOption): JsonObject {
  return content === undefined ? { value } : { content };
}

function conflictId(index: number): string {
  return `c${index + 1}`;
}

function optionId(index: number): string {
  return `o${index + 1}`;
}
