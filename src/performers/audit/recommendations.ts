import type { Finding, StreamReport } from "./stream-report.ts";

/** What to do, most pressing first: P0 before anything else, P1 next, P2 when there is time. */
export type Recommendation = {
  readonly priority: "P0" | "P1" | "P2";
  readonly stream: StreamReport["stream"];
  readonly action: string;
  readonly places: number;
  readonly example: string;
  readonly gain: string;
  readonly effort: Finding["effort"];
};

const ORDER = { P0: 0, P1: 1, P2: 2 } as const;
const EFFORT = { S: 0, M: 1, L: 2 } as const;

/** One recommendation for each rule that found something, and one for each stream that could not be judged. */
export function recommend(streams: readonly StreamReport[]): readonly Recommendation[] {
  const testsFailed = streams.some(({ stream, status }) => stream === "A" && status === "FAILED");
  const all: Recommendation[] = [];
  for (const report of streams) {
    const seen = new Set<string>();
    for (const finding of report.findings) {
      if (seen.has(finding.rule) || finding.severity === "info") continue;
      seen.add(finding.rule);
      const places = report.byRule[finding.rule] ?? 1;
      all.push({
        priority: priorityOf(finding, report, testsFailed),
        stream: report.stream,
        action: actionOf(finding, places),
        places,
        example: finding.place,
        gain: finding.gain,
        effort: finding.effort,
      });
    }
    if (report.status === "DEFERRED" && report.stream !== "E") all.push(unjudged(report));
  }
  return all.sort(
    (a, b) =>
      ORDER[a.priority] - ORDER[b.priority] ||
      EFFORT[a.effort] - EFFORT[b.effort] ||
      b.places - a.places ||
      (a.action < b.action ? -1 : 1),
  );
}

function priorityOf(
  finding: Finding,
  report: StreamReport,
  testsFailed: boolean,
): Recommendation["priority"] {
  if (finding.severity === "high") return "P0";
  // Nothing is restructured while the tests are red.
  if (report.stream === "E" && testsFailed) return "P2";
  return finding.severity === "medium" ? "P1" : "P2";
}

/** The commonest place speaks for its rule: findings arrive gravest first. */
function actionOf(finding: Finding, places: number): string {
  return places === 1
    ? finding.message
    : `${finding.message} (and ${places - 1} more of \`${finding.rule}\`)`;
}

function unjudged(report: StreamReport): Recommendation {
  return {
    priority: report.stream === "A" ? "P0" : "P1",
    stream: report.stream,
    action: `make ${report.title.toLowerCase()} checkable: ${report.reason}`,
    places: 1,
    example: ".",
    gain: "the stream can be judged",
    effort: "S",
  };
}
