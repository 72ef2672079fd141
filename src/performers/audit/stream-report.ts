import type { Outcome } from "../../plan/outcome.ts";
import { isJsonObject, type Json, type JsonObject } from "../../shared/json.ts";

/** How a stream of an audit ends; docs/reference/audit.md says precisely when. */
export type StreamStatus = "PASSED" | "VERIFIED" | "ADVISORY" | "DEFERRED" | "FAILED";

export type Severity = "high" | "medium" | "low" | "info";

/** One thing found: `place` is `file`, `file:line` or a package name; `effort` S is an hour, M a day, L more. */
export type Finding = {
  readonly rule: string;
  readonly severity: Severity;
  readonly place: string;
  readonly message: string;
  /** What acting on it would bring. */
  readonly gain: string;
  readonly effort: "S" | "M" | "L";
};

/** A finding in one line. */
export function found(
  rule: string,
  severity: Finding["severity"],
  place: string,
  message: string,
  gain: string,
  effort: Finding["effort"],
): Finding {
  return { rule, severity, place, message, gain, effort };
}

export type StreamReport = {
  readonly stream: "A" | "B" | "C" | "D" | "E";
  readonly title: string;
  readonly status: StreamStatus;
  /** One sentence: why this status. */
  readonly reason: string;
  /** Measured figures by name; null is a figure that could not be measured. */
  readonly figures: Readonly<Record<string, number | string | null>>;
  /** The gravest first, at most `FINDINGS_KEPT`. */
  readonly findings: readonly Finding[];
  readonly findingsTotal: number;
  /** How many findings of each rule, all of them counted. */
  readonly byRule: Readonly<Record<string, number>>;
  /** How many of the stream's checks could be made. */
  readonly checks: { readonly made: number; readonly possible: number };
  readonly notes: readonly string[];
};

/** Findings of one stream that are listed; all are counted. */
export const FINDINGS_KEPT = 200;
/** Findings of one stream that its Markdown shows. */
const FINDINGS_SHOWN = 20;

const RANK: Readonly<Record<Severity, number>> = { high: 0, medium: 1, low: 2, info: 3 };

/** Orders findings by severity, rule and place, and cuts the list, never the counts. */
export function sortedFindings(
  findings: readonly Finding[],
): Pick<StreamReport, "findings" | "findingsTotal" | "byRule"> {
  const sorted = [...findings].sort(
    (a, b) =>
      RANK[a.severity] - RANK[b.severity] || compare(a.rule, b.rule) || comparePlaces(a.place, b.place),
  );
  const byRule: Record<string, number> = {};
  for (const { rule } of sorted) byRule[rule] = (byRule[rule] ?? 0) + 1;
  return { findings: sorted.slice(0, FINDINGS_KEPT), findingsTotal: sorted.length, byRule };
}

/** The outcome of one stream's step: it completes whatever the status, so that the report comes about. */
export function streamOutcome(report: StreamReport): Outcome {
  const { made, possible } = report.checks;
  return {
    kind: "completed",
    output: streamMarkdown(report),
    data: JSON.parse(JSON.stringify(report)) as Json,
    confidence: { value: possible === 0 ? 0 : made / possible, source: "checked" },
  };
}

/** What a stream says that has looked at nothing. */
export const NOTHING_SEEN = {
  figures: {},
  findings: [],
  findingsTotal: 0,
  byRule: {},
  checks: { made: 0, possible: 1 },
  notes: [],
} as const satisfies Partial<StreamReport>;

/** A stream that did not run, and why. */
export function deferred(stream: StreamReport["stream"], title: string, reason: string): StreamReport {
  return {
    stream,
    title,
    status: "DEFERRED",
    reason,
    ...NOTHING_SEEN,
  };
}

/** Reads a stream's report back from the data of its step; `undefined` when it is none. */
export function readStreamReport(data: Json): StreamReport | undefined {
  if (!isJsonObject(data) || typeof data.stream !== "string" || typeof data.status !== "string")
    return undefined;
  const record = data as JsonObject;
  return {
    title: "",
    reason: "",
    ...NOTHING_SEEN,
    ...record,
  } as unknown as StreamReport;
}

/** One stream as a Markdown section. */
export function streamMarkdown(report: StreamReport, level = 2): string {
  const lines = [
    `${"#".repeat(level)} ${report.stream}. ${report.title}: ${report.status}`,
    "",
    report.reason,
    "",
  ];
  const figures = Object.entries(report.figures);
  if (figures.length > 0) {
    lines.push("| Figure | Value |", "|---|---|");
    for (const [name, value] of figures) lines.push(`| ${name} | ${value ?? "not measured"} |`);
    lines.push("");
  }
  const shown = report.findings.slice(0, FINDINGS_SHOWN);
  for (const finding of shown) {
    lines.push(`- **${finding.severity}** \`${finding.place}\` ${finding.message}`);
  }
  const rest = report.findingsTotal - shown.length;
  if (rest > 0) lines.push(`- and ${rest} more (in \`audit/findings.json\`)`);
  if (shown.length > 0) lines.push("");
  for (const note of report.notes) lines.push(`> ${note}`, "");
  return lines.join("\n").trimEnd();
}

function comparePlaces(a: string, b: string): number {
  const [, fileA = a, lineA = "0"] = /^(.*?)(?::(\d+))?$/.exec(a) ?? [];
  const [, fileB = b, lineB = "0"] = /^(.*?)(?::(\d+))?$/.exec(b) ?? [];
  return compare(fileA, fileB) || Number(lineA) - Number(lineB);
}

/** By UTF-16 units: the same order on every machine. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
