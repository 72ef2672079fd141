import { formatSpan } from "../../shared/quantity.ts";
import { type BatchResult, CONSEQUENCES, isCause } from "../batch.ts";
import type { RunResult } from "../run-result.ts";
import { spentText } from "./budget-text.ts";
import type { Written } from "./out-folder.ts";
import { counted, fitted, type Paint } from "./style.ts";
import { usedText } from "./used-text.ts";

const LISTED = 10;

export type Summary = {
  readonly result: RunResult;
  readonly batch: BatchResult | undefined;
  readonly written: Written | undefined;
};

/** A run in a few lines: how it ended, how good the answer is and why, what did not go well. */
export function summaryText(summary: Summary, paint: Paint): string {
  const { result, batch } = summary;
  const tone = result.status === "succeeded" ? "green" : result.status === "partial" ? "yellow" : "red";
  const lines: (readonly [string, string])[] = [
    ["status", `${paint(tone, result.status)}, ${agents(result)}, ${formatSpan(result.durationMs)}`],
    ["quality", quality(result)],
    ["confidence", confidence(result)],
    ["conflicts", conflicts(result)],
  ];
  if (batch) {
    const { total, succeeded, partial, failed } = batch.summary;
    lines.push([
      "batch",
      `${counted(total, "command")}: ${succeeded} succeeded, ${partial} partial, ${failed} failed`,
    ]);
    lines.push(...items(batch, paint));
  }
  if (result.usage.calls > 0) {
    lines.push(["usage", usedText(result.usage, "call")]);
  }
  if (result.budgets) lines.push(["budgets", spentText(result.budgets).join("\n            ")]);
  lines.push(...reasons(result), ...files(summary));
  lines.push(["run", result.runId]);
  return `\n${lines.map(([name, text]) => `${paint("bold", name.padEnd(10))}  ${text}`).join("\n")}\n`;
}

function agents({ results }: RunResult): string {
  const counts = new Map<string, number>();
  for (const { status } of results) counts.set(status, (counts.get(status) ?? 0) + 1);
  const rest = [...counts]
    .filter(([status]) => status !== "succeeded")
    .map(([status, count]) => `${count} ${status}`);
  const cached = results.filter((result) => result.cached).length;
  if (cached > 0) rest.push(`${cached} from the cache`);
  return `${counted(results.length, "agent")}${rest.length > 0 ? ` (${rest.join(", ")})` : ""}`;
}

function quality({ quality: { value, coverage, validity, agreement, confidence } }: RunResult): string {
  const part = (name: string, number: number | null): string => `${name} ${number?.toFixed(2) ?? "none"}`;
  return `${value.toFixed(2)}: ${part("coverage", coverage)}, ${part("validity", validity)}, ${part("agreement", agreement)}, ${part("confidence", confidence)}`;
}

const SOURCES: Readonly<Record<string, string>> = {
  checked: "checked by a tool",
  agreement: "agents agree",
  declared: "their own word",
  draft: "draft: made by rules, no model was asked",
};

/** The source of several results is the weakest among them; where drafts stand beside other work, they speak for themselves alone. */
function confidence({ confidence: known, results }: RunResult): string {
  if (!known) return "none: there is no result to trust";
  const sure = results.filter((result) => result.confidence !== null);
  const drafts = sure.filter((result) => result.confidence?.source === "draft").length;
  const isMixed = drafts > 0 && drafts < sure.length;
  return `${known.value.toFixed(2)}, ${isMixed ? `${drafts} of ${sure.length} results made by rules` : SOURCES[known.source]}`;
}

function conflicts({ conflicts: found }: RunResult): string {
  if (found.length === 0) return "none";
  const shown = found.slice(0, LISTED).map(({ subject, scope, resolution }) => {
    const where = scope === "" ? subject : `${subject} (${scope})`;
    return `${fitted(where, 60)}: by ${resolution.by}, ${resolution.reason}`;
  });
  const more = found.length - shown.length;
  return [`${found.length} resolved`, ...shown, ...(more > 0 ? [`and ${more} more`] : [])].join(
    "\n            ",
  );
}

const BATCH_LINES = 20;

/** A batch's commands with how each ended and why; of a long one those that did not end well. */
function items({ items: all }: BatchResult, paint: Paint): (readonly [string, string])[] {
  const isShort = all.length <= BATCH_LINES;
  const told = all
    .map((item, index) => ({ ...item, index }))
    .filter(({ status }) => isShort || status !== "succeeded");
  const lines = told.slice(0, BATCH_LINES).map(({ index, status, command, reasons: [first] }) => {
    const tone = status === "succeeded" ? "green" : status === "partial" ? "yellow" : "red";
    const why = first
      ? `  ${first.code}${first.path === null ? "" : ` ${first.path}`}: ${fitted(first.message, 100)}`
      : "";
    return ["", `${index + 1}. ${paint(tone, status.padEnd(9))}  ${fitted(command, 60)}${why}`] as const;
  });
  const more = told.length - lines.length;
  return more > 0 ? [...lines, ["", `and ${more} more; --output json shows them all`]] : lines;
}

function reasons({ status, reasons: found }: RunResult): (readonly [string, string])[] {
  if (status === "succeeded") return [];
  const causes = found.filter(isCause);
  const told = causes.length > 0 ? causes : found;
  const lines = told
    .slice(0, LISTED)
    .map(
      ({ path, code, message }) =>
        ["reason", `${code}${path === null ? "" : ` ${path}`}: ${fitted(message, 200)}`] as const,
    );
  const more = told.length - lines.length;
  const counts =
    causes.length === 0
      ? []
      : CONSEQUENCES.flatMap((code) => {
          const count = found.filter((reason) => reason.code === code).length;
          return count > 0 ? [["", `${code}: ${counted(count, "agent")}`] as const] : [];
        });
  return [
    ...lines,
    ...(more > 0 ? [["", `and ${more} more; --output json shows them all`] as const] : []),
    ...counts,
  ];
}

function files({ result, written }: Summary): (readonly [string, string])[] {
  if (written)
    return [
      [
        "written",
        `${written.report}, ${written.result}${written.artifacts > 0 ? ` and ${counted(written.artifacts, "file")} in ${written.folder}` : ""}`,
      ],
    ];
  if (result.artifacts.length === 0) return [];
  return [
    [
      "files",
      `${counted(result.artifacts.length, "file")} in the answer; --out DIR writes ${result.artifacts.length === 1 ? "it" : "them"}`,
    ],
  ];
}
