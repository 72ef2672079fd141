import type { Confidence } from "../../plan/outcome.ts";
import type { Plan } from "../../plan/plan.ts";
import { formatSpan } from "../../shared/quantity.ts";
import type { BatchResult } from "../batch.ts";
import type { RunResult } from "../run-result.ts";
import { counted } from "./style.ts";
import { usedText } from "./used-text.ts";

/** Rows of one table; what is left out is counted and stands in result.json. */
const ROWS = 500;
const AGENTS_NAMED = 12;

/** A run as a document: how it ended, the answer, then where each part of it comes from. */
export function reportMarkdown(result: RunResult, plan: Plan, batch: BatchResult | undefined): string {
  const sections = [
    head(result, plan),
    ...(batch ? [commands(batch)] : []),
    result.output.trim() || "There is no answer.",
    "---",
    provenance(result),
    results(result, plan),
    conflicts(result),
    quality(result),
  ];
  return `${sections.join("\n\n")}\n`;
}

function head(result: RunResult, plan: Plan): string {
  const { status, runId, reasons, planHash, durationMs, results: lines } = result;
  const facts = [
    `**${status}**`,
    counted(lines.length, "agent"),
    formatSpan(durationMs),
    `quality ${result.quality.value.toFixed(2)}`,
    `confidence ${shownConfidence(result.confidence)}`,
  ];
  const shown = reasons
    .slice(0, 20)
    .map(
      ({ path, code, message }) =>
        `- \`${code}\`${path === null ? "" : ` at \`${path}\``}: ${oneLine(message)}`,
    );
  if (reasons.length > shown.length) shown.push(`- and ${reasons.length - shown.length} more`);
  return [
    `# Run ${runId}: ${status}`,
    `${facts.join(", ")}. Plan \`${planHash.slice(0, 16)}\`.`,
    fenced(plan.program.trim().slice(0, 4_000)),
    ...(status !== "succeeded" && shown.length > 0 ? [`Why it is not whole:\n\n${shown.join("\n")}`] : []),
  ].join("\n\n");
}

function commands({ items, summary: { total, succeeded, partial, failed } }: BatchResult): string {
  const rows = items.map(({ command, status, succeeded: good, failed: bad }) => [
    `\`${cell(command).slice(0, 120)}\``,
    status,
    String(good),
    String(bad),
  ]);
  return `## Commands\n\n${counted(total, "command")}: ${succeeded} succeeded, ${partial} partial, ${failed} failed.\n\n${table(
    ["Command", "Status", "Agents that succeeded", "Agents that did not"],
    rows,
  )}`;
}

function provenance({ parts }: RunResult): string {
  const rows = parts.map(({ path, title, confidence, from }) => {
    const named = from.slice(0, AGENTS_NAMED).map((agent) => `\`${agent}\``);
    const more = from.length - named.length;
    return [
      cell(title),
      `\`${path}\``,
      `${named.join(", ")}${more > 0 ? ` and ${more} more` : ""}`,
      shownConfidence(confidence),
    ];
  });
  return `## Provenance\n\nEach part of the answer and the agents that it rests on.\n\n${table(
    ["Part", "Path", "Rests on", "Confidence"],
    rows,
  )}`;
}

function results({ results: lines }: RunResult, plan: Plan): string {
  const nodes = new Map(plan.nodes.map((node) => [node.path, node]));
  const rows = lines.map(
    ({ path, status, attempts, durationMs, confidence, failure, alternative, model, reused }) => {
      // Copies made at run time stand under the fork that they were made for.
      const known = nodes.get(path) ?? nodes.get(path.slice(0, path.lastIndexOf(".")));
      const agent = known?.kind === "agent" ? known.agent : (known?.forEach?.template.agent ?? "");
      return [
        `\`${path}\``,
        `${alternative?.agent ?? agent}${model === undefined ? "" : ` (${cell(model)}${reused ? `, ${REUSED[reused]}` : ""})`}`,
        status,
        String(attempts),
        formatSpan(durationMs),
        shownConfidence(confidence),
        failure ? `${failure.code}: ${cell(failure.message).slice(0, 300)}` : "",
      ];
    },
  );
  return `## Results\n\n${table(["Agent", "Kind", "Status", "Attempts", "Time", "Confidence", "Why"], rows)}`;
}

const REUSED = { call: "a shared answer", cache: "from the cache" } as const;

function conflicts({ conflicts: found }: RunResult): string {
  if (found.length === 0) return "## Conflicts\n\nNone: no two results contradict each other.";
  const rows = found.map(({ kind, subject, scope, options, resolution }) => [
    `${kind} \`${cell(subject)}\`${scope === "" ? "" : ` in \`${scope}\``}`,
    options
      .map(({ value, paths }) => `${shownValue(value)} (${paths.map((path) => `\`${path}\``).join(", ")})`)
      .join("; "),
    `${shownValue(resolution.value)}, by ${resolution.by}: ${cell(resolution.reason)}`,
  ]);
  return `## Conflicts\n\n${table(["About", "What was said", "Resolved as"], rows)}`;
}

function quality({
  quality: { value, coverage, validity, agreement, confidence },
  usage,
}: RunResult): string {
  const rows = [
    [
      "quality",
      value,
      agreement === null
        ? "coverage x (0.4 validity + 0.3 confidence) / 0.7: there is no agreement to measure"
        : "coverage x (0.4 validity + 0.3 agreement + 0.3 confidence)",
    ],
    ["coverage", coverage, "agents that ended well, of those that were to run"],
    ["validity", validity, "1 for what was checked, 0.5 for what was not, 0 for a fallback"],
    [
      "agreement",
      agreement,
      "share of pairs that agree, over subjects on which two or more speak first-hand; none: there are no such subjects",
    ],
    ["confidence", confidence, "mean confidence of the results"],
  ].map(([name, number, meaning]) => [
    String(name),
    typeof number === "number" ? number.toFixed(3) : "none",
    String(meaning),
  ]);
  return `## Quality\n\n${table(["Measure", "Value", "Meaning"], rows)}\n\n${usedText(usage, "model call")}.`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return "None.";
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const more = rows.length - ROWS;
  const text = [line(head), line(head.map(() => "---")), ...rows.slice(0, ROWS).map(line)].join("\n");
  return more > 0 ? `${text}\n\nand ${more} more in result.json` : text;
}

function shownConfidence(confidence: Confidence | null): string {
  if (!confidence) return "none";
  const { value, source, raw } = confidence;
  return `${value.toFixed(2)} (${source}${raw === undefined ? "" : ` ${raw.toFixed(2)}, corrected`})`;
}

function shownValue(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return `\`${cell(text).slice(0, 80)}\``;
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}

/** A text that stays within one cell of a table. */
function cell(text: string): string {
  return oneLine(text).replaceAll("|", "\\|").replaceAll("`", "'");
}

/** A fence that the text itself cannot end. */
function fenced(text: string): string {
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map((run) => run.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}\n${text}\n${fence}`;
}
