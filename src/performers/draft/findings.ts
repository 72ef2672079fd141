import type { Task } from "../../actors/ports.ts";
import { isJsonObject } from "../../shared/json.ts";
import { describe, objectsIn, previousOf, upstreamValue, valueNamed } from "./drafting.ts";
import { inline } from "./markdown.ts";

/** The most statements taken over from what others found. */
const MOST = 8;

/**
 * What earlier work asks for, best first, at most eight: structured actions of a result upstream, else the ranked rows, bullets and
 * numbered lines of the `findings` given and of the unit before.
 */
export function findingsOf(task: Task): readonly string[] {
  const structured = objectsIn(upstreamValue(task, "actions")).map((action) => inline(describe(action), 100));
  if (structured.length > 0) return unique(structured);
  const given = valueNamed(task, "findings");
  const fromGiven =
    typeof given === "string"
      ? linesIn(given)
      : Array.isArray(given)
        ? given.map((item) => inline(describe(item), 100))
        : isJsonObject(given)
          ? Object.entries(given).map(([name, value]) => inline(`${name}: ${describe(value)}`, 100))
          : [];
  return unique([...fromGiven, ...previousOf(task).flatMap((result) => linesIn(result.view.output))]);
}

function unique(items: readonly string[]): readonly string[] {
  return [...new Set(items.filter((item) => item.length > 2))].slice(0, MOST);
}

/** Rows with a priority first; else bullets and numbered lines. A text without either counts as one statement. */
function linesIn(text: string): readonly string[] {
  const lines = text.slice(0, 200_000).split("\n");
  const ranked = lines
    .filter((line) => line.startsWith("|") && /\|\s*P[0-2]\s*\|/.test(line))
    .map((line) =>
      line
        .split("|")
        .map((cell) => cell.trim())
        .reduce((a, b) => (b.length > a.length ? b : a), ""),
    );
  if (ranked.length > 0) return ranked.map((cell) => inline(cell, 100));
  const listed = lines
    .map((line) => /^\s*(?:[-*]|\d+[.)])\s+(?:\[.\]\s+)?(.+)$/.exec(line)?.[1])
    .filter((item): item is string => item !== undefined);
  if (listed.length > 0) return listed.map((item) => inline(item.replace(/\*\*/g, ""), 100));
  return text.trim() === "" ? [] : [inline(text, 100)];
}
