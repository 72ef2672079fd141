import type { Task } from "../../actors/ports.ts";
import { isJsonObject, objectsIn } from "../../shared/json.ts";
import { describe, previousOf, valueNamed } from "./drafting.ts";
import { inline } from "./markdown.ts";

/** The most statements taken over from what others found. */
const MOST = 8;

/**
 * What earlier work asks for, best first, at most eight: what an earlier step of this command took over already, else structured actions
 * of the unit before, else the ranked rows, bullets and numbered lines of the `findings` given and of the unit before.
 */
export function findingsOf(task: Task): readonly string[] {
  for (const view of Object.values(task.steps)) {
    const taken = isJsonObject(view.data) ? view.data.findings : undefined;
    if (Array.isArray(taken) && taken.length > 0 && taken.every((item) => typeof item === "string")) {
      return unique(taken.map((item) => inline(String(item), 100)));
    }
  }
  const structured = previousOf(task)
    .flatMap(({ view }) => objectsIn(isJsonObject(view.data) ? view.data.actions : undefined))
    .map((action) => inline(describe(action), 100));
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

/** Actions of a ranked table first, then of any table with priorities; else bullets and numbered lines; else the text itself. */
function linesIn(text: string): readonly string[] {
  const lines = text.slice(0, 400_000).split("\n");
  const rows = actionRows(lines);
  const ranked = rows.filter((row) => row.ranked);
  const chosen = ranked.length > 0 ? ranked : rows;
  if (chosen.length > 0) {
    return chosen.sort((a, b) => a.priority.localeCompare(b.priority)).map((row) => inline(row.action, 100));
  }
  const listed = lines
    .map((line) => /^\s*(?:[-*]|\d+[.)])\s+(?:\[.\]\s+)?(.+)$/.exec(line)?.[1])
    .filter((item): item is string => item !== undefined);
  if (listed.length > 0) return listed.map((item) => inline(item.replace(/\*\*/g, ""), 100));
  return text.trim() === "" ? [] : [inline(text, 100)];
}

type ActionRow = { readonly action: string; readonly priority: string; readonly ranked: boolean };

/** The rows of every Markdown table that has a column for actions and one for priorities. */
function actionRows(lines: readonly string[]): ActionRow[] {
  const rows: ActionRow[] = [];
  let head: readonly string[] = [];
  for (const [index, line] of lines.entries()) {
    if (!line.startsWith("|")) {
      head = [];
      continue;
    }
    const cells = line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim());
    if (/^\|(?:\s*:?-+:?\s*\|)+\s*$/.test(lines[index + 1] ?? "")) {
      head = cells.map((cell) => cell.toLowerCase());
      continue;
    }
    const action = cells[head.findIndex((name) => /action|correction|mitigation/.test(name))];
    const priority = cells[head.findIndex((name) => /priority|severity/.test(name))];
    if (action && priority && /^P[0-2]$/.test(priority)) {
      rows.push({ action, priority, ranked: head.includes("rank") });
    }
  }
  return rows;
}
