import { setImmediate as nextTurn } from "node:timers/promises";
import { blocksOf } from "./blocks.ts";
import { PATTERN_RULES } from "./pattern-rules.ts";
import { listFiles, readSources, type SourceFile } from "./repository.ts";
import { lineAt } from "./source-text.ts";
import { deferred, type Finding, type StreamReport, sortedFindings } from "./stream-report.ts";
import type { Targets } from "./targets.ts";

const TITLE = "Optimisation patterns";

/** Stream B: counts patterns that cost time, memory or trust, in code whose comments and strings are blanked. */
export async function auditPatterns(
  root: string,
  targets: Targets,
  signal: AbortSignal,
): Promise<StreamReport> {
  const listing = await listFiles(root, signal);
  const { files, unread } = await readSources(root, listing, signal);
  if (files.length === 0) {
    return deferred("B", TITLE, "There is no source file in a language that the audit reads.");
  }
  const findings: Finding[] = [];
  for (const file of files) {
    signal.throwIfAborted();
    findings.push(...findPatterns(file));
    await nextTurn();
  }
  const lines = files.reduce((sum, file) => sum + codeLines(file), 0);
  const weighty = findings.filter(({ severity }) => severity !== "info").length;
  const density = lines === 0 ? 0 : Math.round((weighty / lines) * 10_000) / 10;
  const sorted = sortedFindings(findings);
  const missed = density > targets.patternsPerThousandLines;
  const high = findings.filter(({ severity }) => severity === "high").length;
  const skipped = unread.length + (listing.truncated ? 1 : 0);
  const status = missed || high > 0 || skipped > 0 ? "ADVISORY" : findings.length > 0 ? "VERIFIED" : "PASSED";
  return {
    stream: "B",
    title: TITLE,
    status,
    reason: reasonOf(weighty, lines, density, targets.patternsPerThousandLines, high, skipped),
    figures: {
      "source files read": files.length,
      "lines of code": lines,
      findings: sorted.findingsTotal,
      "patterns per 1000 lines": density,
      ...Object.fromEntries(
        PATTERN_RULES.filter(({ rule }) => sorted.byRule[rule]).map(({ rule }) => [
          rule,
          sorted.byRule[rule]!,
        ]),
      ),
    },
    ...sorted,
    checks: { made: files.length, possible: files.length + unread.length },
    notes: [
      "Comments, strings and regular expressions are blanked before counting; loops without braces are not seen. A pattern is a place to look at, not a proven fault.",
      ...(unread.length > 0 ? [`Not read (too large or not text): ${unread.slice(0, 10).join(", ")}`] : []),
    ],
  };
}

/** The patterns of one file, each with its line. */
export function findPatterns(file: SourceFile): readonly Finding[] {
  const blocks = blocksOf(file, file.family);
  return PATTERN_RULES.filter(
    (rule) => rule.families.includes(file.family) && rule.roles.includes(file.role),
  ).flatMap(({ rule, severity, message, gain, effort, find }) =>
    find(file, blocks).map((offset) => ({
      rule,
      severity,
      place: `${file.path}:${lineAt(file, offset)}`,
      message,
      gain,
      effort,
    })),
  );
}

/** Lines that hold code: blank lines and lines of comment only are left out. */
export function codeLines(file: SourceFile): number {
  return file.code.split("\n").filter((line) => line.trim() !== "").length;
}

function reasonOf(
  found: number,
  lines: number,
  density: number,
  target: number,
  high: number,
  skipped: number,
): string {
  const parts = [
    `${found} places of weight in ${lines} lines of code (${density} per 1000, target at most ${target}).`,
  ];
  if (high > 0) parts.push(`${high} of them can lose errors or stop the program.`);
  if (skipped > 0) parts.push("Not every file could be read.");
  return parts.join(" ");
}
