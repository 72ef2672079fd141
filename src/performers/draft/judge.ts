import type { Task } from "../../actors/ports.ts";
import { isJsonObject, type JsonObject, objectsIn } from "../../shared/json.ts";
import { textSimilarity } from "../../shared/text-similarity.ts";
import type { Draft } from "./drafting.ts";
import { bullets, inline, section, sections } from "./markdown.ts";

/**
 * A judge without a model knows nothing of the matter, and says so: the choice is the surest candidate, among equals the one
 * whose wording is most like the others'; of a conflict the option that most say, among equals the surest, then the first.
 */
export function judge(task: Task): Draft {
  const candidates = objectsIn(task.options.candidates);
  const conflicts = objectsIn(task.options.conflicts);
  const choice = chooseCandidate(candidates);
  const rulings = conflicts.flatMap(rule);
  return {
    title: "Judgement by rule",
    body: sections(
      "Nobody has weighed the matter itself: without a model only numbers are compared.",
      choice !== undefined && section("Choice", `\`${choice.path}\`: ${choice.reason}.`),
      rulings.length > 0 &&
        section(
          "Rulings",
          bullets(rulings.map(({ subject, option, reason }) => `${inline(subject)}: ${option}, ${reason}`)),
        ),
    ),
    data: {
      choice: choice?.path ?? "",
      reason: choice?.reason ?? "there are no candidates",
      rulings: rulings.map(({ conflict, option, reason }) => ({ conflict, option, reason })),
    },
  };
}

function chooseCandidate(candidates: readonly JsonObject[]): { path: string; reason: string } | undefined {
  const highest = Math.max(...candidates.map(surenessOf));
  const surest = candidates.filter((one) => surenessOf(one) === highest);
  const [first, ...more] = surest;
  if (!first) return undefined;
  const confidence = `confidence ${highest.toFixed(2)}`;
  if (more.length === 0) return { path: String(first.path), reason: `the highest ${confidence}` };
  const likeness = (one: JsonObject): number =>
    candidates.reduce((sum, other) => sum + textSimilarity(String(one.output), String(other.output)), 0);
  const likest = surest.reduce((best, one) => (likeness(one) > likeness(best) ? one : best));
  return { path: String(likest.path), reason: `of those with ${confidence} the one most like the others` };
}

type Ruling = {
  readonly conflict: string;
  readonly subject: string;
  readonly option: string;
  readonly reason: string;
};

function rule(conflict: JsonObject): readonly Ruling[] {
  const options = objectsIn(conflict.options);
  const votes = ({ paths }: JsonObject): number => (Array.isArray(paths) ? paths.length : 0);
  const sureness = ({ confidence }: JsonObject): number => (typeof confidence === "number" ? confidence : 0);
  const [best] = options.toSorted((a, b) => votes(b) - votes(a) || sureness(b) - sureness(a));
  if (!best) return [];
  const reason = `by rule: ${votes(best)} say so, confidence ${sureness(best).toFixed(2)}`;
  const { id, subject } = conflict;
  return [{ conflict: String(id), subject: String(subject), option: String(best.id), reason }];
}

function surenessOf({ confidence }: JsonObject): number {
  return isJsonObject(confidence) && typeof confidence.value === "number" ? confidence.value : 0;
}
