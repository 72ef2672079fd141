import type { Task } from "../../actors/ports.ts";
import type { Outcome } from "../../plan/outcome.ts";
import { isJsonObject, type Json, type JsonObject } from "../../shared/json.ts";
import { type Recommendation, recommend } from "./recommendations.ts";
import {
  NOTHING_SEEN,
  readStreamReport,
  type StreamReport,
  type StreamStatus,
  streamMarkdown,
} from "./stream-report.ts";
import type { Targets } from "./targets.ts";

const STEPS: readonly (readonly [step: string, stream: StreamReport["stream"], title: string])[] = [
  ["tests", "A", "Tests"],
  ["patterns", "B", "Optimisation patterns"],
  ["documentation", "C", "Documentation"],
  ["dependencies", "D", "Dependency security"],
  ["refactoring", "E", "Refactoring"],
];
/** Gravest first: the verdict is the first of these that a stream has. */
const GRAVITY: readonly StreamStatus[] = ["FAILED", "ADVISORY", "DEFERRED", "VERIFIED", "PASSED"];
const KEY_FINDINGS = 12;
const RECOMMENDATIONS = 20;

/** The last step: the five streams as one report, its Markdown in `output`, every finding in an artifact. */
export function auditReport(task: Task, targets: Targets): Outcome {
  const streams = STEPS.map(([step, stream, title]) => streamOf(task, step, stream, title));
  const recommendations = recommend(streams);
  const scan = isJsonObject(task.steps.scan?.data) ? task.steps.scan.data : {};
  const verdict = GRAVITY.find((status) => streams.some((one) => one.status === status)) ?? "DEFERRED";
  const metrics = metricsOf(streams, targets);
  const output = [
    head(scan, verdict, streams, task.runStartedAtMs),
    matrix(streams),
    keyFindings(streams),
    metricsTable(metrics),
    recommendationsTable(recommendations),
    `## The streams\n\n${streams.map((one) => streamMarkdown(one, 3)).join("\n\n")}`,
  ].join("\n\n");
  const plain = JSON.parse(
    JSON.stringify({ verdict, scan, targets, metrics, streams, recommendations }),
  ) as JsonObject;
  const made = streams.reduce((sum, { checks }) => sum + checks.made / Math.max(1, checks.possible), 0);
  return {
    kind: "completed",
    output,
    data: {
      verdict,
      statuses: Object.fromEntries(streams.map(({ stream, status }) => [stream, status])),
      tests: testNumbers(streams),
      metrics: plain.metrics as Json,
      recommendations: plain.recommendations as Json,
    },
    artifacts: [
      {
        path: "audit/findings.json",
        content: `${JSON.stringify(plain, null, 2)}\n`,
        mediaType: "application/json",
      },
    ],
    confidence: { value: made / streams.length, source: "checked" },
  };
}

/** A stream whose step gave no report (it crashed, was stopped, or gave its fallback) has failed, and is named so. */
function streamOf(task: Task, step: string, stream: StreamReport["stream"], title: string): StreamReport {
  const view = task.steps[step];
  const read = view === undefined ? undefined : readStreamReport(view.data);
  if (read !== undefined && read.title !== "") return read;
  return {
    stream,
    title,
    status: "FAILED",
    reason: `The step \`${step}\` gave no report (${view?.status ?? "it did not run"}).`,
    ...NOTHING_SEEN,
  };
}

function head(
  scan: JsonObject,
  verdict: StreamStatus,
  streams: readonly StreamReport[],
  atMs: number,
): string {
  const numbers = testNumbers(streams);
  const tests =
    numbers.total === null
      ? "The number of tests is not known."
      : `**${numbers.total} tests**: ${numbers.passed} passed, ${numbers.failed} failed, ${numbers.skipped} skipped.`;
  const name = typeof scan.name === "string" ? scan.name : "the project";
  const version = typeof scan.version === "string" ? ` ${scan.version}` : "";
  const day = new Date(atMs).toISOString().slice(0, 10);
  return [
    `# Audit of ${name}${version}: ${verdict}`,
    "",
    `${tests} ${Number(scan.files ?? 0)} files were looked at on ${day}; nothing was written into the project.`,
  ].join("\n");
}

function matrix(streams: readonly StreamReport[]): string {
  return [
    "## Status matrix",
    "",
    "| Stream | Work | Status | Findings | Checks made | Why |",
    "|---|---|---|---|---|---|",
    ...streams.map(
      ({ stream, title, status, findingsTotal, checks, reason }) =>
        `| ${stream} | ${title} | **${status}** | ${findingsTotal} | ${checks.made} of ${checks.possible} | ${cell(reason)} |`,
    ),
  ].join("\n");
}

function keyFindings(streams: readonly StreamReport[]): string {
  const grave = streams
    .flatMap((one) => one.findings.map((finding) => ({ ...finding, stream: one.stream })))
    .filter(({ severity }) => severity === "high" || severity === "medium");
  const shown = [
    ...grave.filter(({ severity }) => severity === "high"),
    ...onePerRule(grave.filter(({ severity }) => severity === "medium")),
  ].slice(0, KEY_FINDINGS);
  const lines = shown.map(
    ({ stream, severity, place, message }) => `- ${stream}, ${severity}: \`${place}\` ${message}`,
  );
  if (lines.length === 0) lines.push("No finding of high or medium weight.");
  return ["## Key findings", "", ...lines].join("\n");
}

function onePerRule<T extends { readonly rule: string }>(findings: readonly T[]): readonly T[] {
  const seen = new Set<string>();
  return findings.filter(({ rule }) => !seen.has(rule) && seen.add(rule));
}

type Metric = {
  readonly name: string;
  readonly value: number | null;
  readonly target: string;
  readonly met: boolean | null;
};

function metricsOf(streams: readonly StreamReport[], targets: Targets): readonly Metric[] {
  const figure = (stream: string, name: string): number | null => {
    const value = streams.find((one) => one.stream === stream)?.figures[name];
    return typeof value === "number" ? value : null;
  };
  const atMost = (name: string, value: number | null, target: number): Metric => ({
    name,
    value,
    target: `at most ${target}`,
    met: value === null ? null : value <= target,
  });
  const critical = figure("D", "critical advisories");
  const high = figure("D", "high advisories");
  const serious = critical === null || high === null ? null : critical + high;
  const documented = figure("C", "documented percent");
  return [
    atMost("failed tests", figure("A", "failed"), targets.failedTests),
    atMost(
      "patterns per 1000 lines",
      figure("B", "patterns per 1000 lines"),
      targets.patternsPerThousandLines,
    ),
    {
      name: "documented exports, percent",
      value: documented,
      target: `at least ${targets.documentedPercent}`,
      met: documented === null ? null : documented >= targets.documentedPercent,
    },
    atMost("broken relative links", figure("C", "broken links"), targets.brokenLinks),
    atMost("critical and high advisories", serious, targets.seriousAdvisories),
    atMost("duplicated code, percent", figure("E", "duplicated percent"), targets.duplicatedPercent),
    atMost("longest function, lines", figure("E", "longest function (lines)"), targets.functionLines),
    atMost("deepest nesting", figure("E", "deepest nesting"), targets.nestingDepth),
    atMost("import cycles", figure("E", "import cycles"), targets.importCycles),
  ];
}

function metricsTable(metrics: readonly Metric[]): string {
  return [
    "## Metrics against targets",
    "",
    "| Metric | Measured | Target | Met |",
    "|---|---|---|---|",
    ...metrics.map(
      ({ name, value, target, met }) =>
        `| ${name} | ${value ?? "not measured"} | ${target} | ${met === null ? "unknown" : met ? "yes" : "**no**"} |`,
    ),
  ].join("\n");
}

function recommendationsTable(all: readonly Recommendation[]): string {
  if (all.length === 0) return "## Recommendations\n\nNone.";
  const rest = all.length - RECOMMENDATIONS;
  return [
    "## Recommendations",
    "",
    "| Priority | Stream | What | First place | Gain | Effort |",
    "|---|---|---|---|---|---|",
    ...all
      .slice(0, RECOMMENDATIONS)
      .map(
        ({ priority, stream, action, example, gain, effort }) =>
          `| ${priority} | ${stream} | ${cell(action)} | \`${cell(example)}\` | ${cell(gain)} | ${effort} |`,
      ),
    ...(rest > 0 ? ["", `${rest} more stand in \`audit/findings.json\`.`] : []),
  ].join("\n");
}

function testNumbers(streams: readonly StreamReport[]): {
  readonly total: number | null;
  readonly passed: number | null;
  readonly failed: number | null;
  readonly skipped: number | null;
} {
  const figures = streams.find(({ stream }) => stream === "A")?.figures ?? {};
  const number = (name: string): number | null => (typeof figures[name] === "number" ? figures[name] : null);
  return {
    total: number("tests"),
    passed: number("passed"),
    failed: number("failed"),
    skipped: number("skipped"),
  };
}

/** A text that stays within one cell of a table. */
function cell(text: string): string {
  return text.replace(/\s+/g, " ").replaceAll("|", "\\|");
}
