import { isJsonObject, type Json, type JsonObject } from "../../shared/json.ts";

/** Tables have at most so many columns, and cells at most so many characters: what is wider becomes a list. */
const COLUMNS_MAX = 8;
const CELL_CHARACTERS = 160;
const HEADING_MOST = 6;

/** Data as people read it, in Markdown: a title, fields as a list, lists of alike objects as tables, what is nested under headings; a single value by itself. */
export function dataMarkdown(title: string, data: Json): string {
  if (!isJsonObject(data) && !Array.isArray(data)) return scalar(data);
  return [`# ${titleOf(title)}`, ...blocksOf(data, 2)].join("\n\n");
}

function blocksOf(data: Json, level: number): readonly string[] {
  if (Array.isArray(data)) return listBlocks(data, level);
  if (isJsonObject(data)) return objectBlocks(data, level);
  return [scalar(data)];
}

/** What fits on a line first, in one list; then the rest, each under a heading of its own. */
function objectBlocks(data: JsonObject, level: number): readonly string[] {
  const fields = Object.entries(data);
  if (fields.length === 0) return ["Nothing."];
  const lines = fields.filter(([, value]) => isLine(value));
  const rest = fields.filter(([, value]) => !isLine(value));
  return [
    ...(lines.length > 0
      ? [lines.map(([name, value]) => `- **${titleOf(name)}**: ${lineOf(value)}`).join("\n")]
      : []),
    ...rest.flatMap(([name, value]) => [
      `${"#".repeat(Math.min(level, HEADING_MOST))} ${titleOf(name)}`,
      ...blocksOf(value, level + 1),
    ]),
  ];
}

function listBlocks(items: readonly Json[], level: number): readonly string[] {
  if (items.length === 0) return ["None."];
  if (items.every(isLine)) return [items.map((item) => `- ${lineOf(item)}`).join("\n")];
  const table = tableOf(items);
  if (table !== null) return [table];
  return items.flatMap((item, index) => [
    `${"#".repeat(Math.min(level, HEADING_MOST))} ${index + 1}`,
    ...blocksOf(item, level + 1),
  ]);
}

/** A table of objects whose values all fit into cells; null: they do not. */
function tableOf(items: readonly Json[]): string | null {
  if (!items.every(isJsonObject)) return null;
  const names = [...new Set(items.flatMap((item) => Object.keys(item)))];
  if (names.length === 0 || names.length > COLUMNS_MAX) return null;
  const rows = items.map((item) => names.map((name) => cellOf(item[name] ?? null)));
  if (rows.flat().some((cell) => cell === null)) return null;
  const line = (cells: readonly (string | null)[]): string => `| ${cells.join(" | ")} |`;
  return [line(names.map(titleOf)), line(names.map(() => "---")), ...rows.map(line)].join("\n");
}

function cellOf(value: Json): string | null {
  const text = Array.isArray(value) && value.every(isLine) ? value.map(lineOf).join(", ") : value;
  if (typeof text === "object" && text !== null) return null;
  const cell = text === null ? "" : lineOf(text as Json);
  return cell.length <= CELL_CHARACTERS ? cell.replaceAll("|", "\\|") : null;
}

/** Whether a value is one line of text. */
function isLine(value: Json): boolean {
  return typeof value === "string"
    ? !/[\r\n]/.test(value.trim())
    : typeof value !== "object" || value === null;
}

function lineOf(value: Json): string {
  return value === "" || value === null ? "none" : scalar(value);
}

function scalar(value: Json): string {
  if (typeof value === "string") return value.trim();
  if (typeof value === "boolean") return value ? "yes" : "no";
  return value === null ? "none" : String(value);
}

/** `under_way` and `underWay` as words. */
function titleOf(name: string): string {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .replace(/[_\s]+/g, " ")
    .trim()
    .toLowerCase();
  return words === "" ? name : words[0]!.toUpperCase() + words.slice(1);
}
