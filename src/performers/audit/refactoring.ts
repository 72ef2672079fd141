import { setImmediate as nextTurn } from "node:timers/promises";
import { type Block, blocksOf, nesting } from "./blocks.ts";
import { type Duplicate, findDuplicates } from "./duplicates.ts";
import { importCycles } from "./import-cycles.ts";
import { codeLines } from "./patterns.ts";
import { listFiles, readSources, type SourceFile } from "./repository.ts";
import { lineAt } from "./source-text.ts";
import {
  deferred,
  type Finding,
  found,
  type StreamReport,
  type StreamStatus,
  sortedFindings,
} from "./stream-report.ts";
import type { Targets } from "./targets.ts";

const TITLE = "Refactoring";
/** From here on a repeated stretch is more than an accident. */
const LONG_COPY_LINES = 20;

/** Stream E: what is worth restructuring, ranked only once the tests (stream A) say that it can be done safely. */
export async function auditRefactoring(
  root: string,
  targets: Targets,
  tests: StreamStatus | null,
  signal: AbortSignal,
): Promise<StreamReport> {
  const listing = await listFiles(root, signal);
  const read = await readSources(root, listing, signal);
  const files = read.files.filter(({ role }) => role === "source");
  if (files.length === 0)
    return deferred("E", TITLE, "There is no shipped source file in a language that the audit reads.");
  const measured = { functions: 0, longFunctions: 0, longestFunction: 0, longFiles: 0, deepest: 0 };
  const findings: Finding[] = [];
  for (const file of files) {
    signal.throwIfAborted();
    measureFile(file, targets, measured, findings);
    await nextTurn();
  }
  const copies = findDuplicates(files);
  const cycles = importCycles(files);
  findings.push(...copies.duplicates.map(duplicateFinding), ...cycles.map(cycleFinding));
  const total = files.reduce((sum, file) => sum + codeLines(file), 0);
  const duplicatedPercent = total === 0 ? 0 : Math.round((copies.duplicatedLines / total) * 1000) / 10;
  const missed =
    findings.some(({ severity }) => severity === "medium") ||
    duplicatedPercent > targets.duplicatedPercent ||
    cycles.length > targets.importCycles;
  const { status, reason } = verdict(tests, missed, findings.length);
  return {
    stream: "E",
    title: TITLE,
    status,
    reason,
    figures: {
      "shipped files": files.length,
      functions: measured.functions,
      "functions over the limit": measured.longFunctions,
      "longest function (lines)": measured.longestFunction,
      "files over the limit": measured.longFiles,
      "deepest nesting": measured.deepest,
      "duplicate stretches": copies.duplicates.length,
      "duplicated percent": duplicatedPercent,
      "import cycles": cycles.length,
    },
    ...sortedFindings(findings),
    checks: { made: tests === null || tests === "DEFERRED" ? 1 : 2, possible: 2 },
    notes: [
      "Duplicates are equal runs of at least 60 tokens and 6 lines; cycles are judged for JavaScript and TypeScript, without type-only imports.",
      ...(copies.truncated ? ["The search for duplicates stopped after 2,000,000 tokens."] : []),
    ],
  };
}

function duplicateFinding({ first, second, lines, tokens }: Duplicate): Finding {
  const message = `${lines} lines (${tokens} tokens) repeat ${first.path}:${first.line}`;
  const place = `${second.path}:${second.line}`;
  const long = lines >= LONG_COPY_LINES;
  return found("duplicate", long ? "medium" : "low", place, message, "one place to change", long ? "M" : "S");
}

function cycleFinding(way: readonly string[]): Finding {
  const message = `imports in a circle: ${way.join(" -> ")}`;
  return found("import-cycle", "medium", way[0]!, message, "modules load, test and move alone", "M");
}

function verdict(
  tests: StreamStatus | null,
  missed: boolean,
  count: number,
): Pick<StreamReport, "status" | "reason"> {
  const what = count === 0 ? "Nothing was found" : `${count} places were found`;
  if (tests === "FAILED") {
    return {
      status: "DEFERRED",
      reason: `${what}; they are measured but not recommended before the tests (A) pass.`,
    };
  }
  if (tests === null || tests === "DEFERRED" || tests === "ADVISORY") {
    return {
      status: "ADVISORY",
      reason: `${what}; the tests (A) do not vouch for a change: write or run them first.`,
    };
  }
  if (count === 0)
    return { status: "PASSED", reason: "Nothing was found; the tests (A) would vouch for a change." };
  return missed
    ? { status: "ADVISORY", reason: `${what}, some beyond the targets; the tests (A) vouch for a change.` }
    : { status: "VERIFIED", reason: `${what}, all within the targets; the tests (A) vouch for a change.` };
}

type Measured = {
  functions: number;
  longFunctions: number;
  longestFunction: number;
  longFiles: number;
  deepest: number;
};

function measureFile(file: SourceFile, targets: Targets, measured: Measured, findings: Finding[]): void {
  const blocks = blocksOf(file, file.family);
  const deepest = new Map<Block, Block>();
  for (const block of blocks) {
    if (block.kind === "function") {
      measured.functions++;
      measureFunction(file, block, targets, measured, findings);
    } else if (block.kind !== "other") {
      const depth = nesting(block);
      measured.deepest = Math.max(measured.deepest, depth);
      const owner = ownerOf(block) ?? block;
      if (depth > targets.nestingDepth && depth > nesting(deepest.get(owner) ?? owner))
        deepest.set(owner, block);
    }
  }
  for (const [owner, block] of deepest) {
    const name = owner.kind === "function" ? `\`${owner.name}\`` : "the module";
    const message = `${name} nests ${nesting(block)} deep (limit ${targets.nestingDepth})`;
    findings.push(
      found(
        "deep-nesting",
        "medium",
        `${file.path}:${lineAt(file, block.start)}`,
        message,
        "early returns make it readable",
        "S",
      ),
    );
  }
  const lines = file.lineStarts.length - (file.text.endsWith("\n") ? 1 : 0);
  if (lines > targets.fileLines) {
    measured.longFiles++;
    findings.push(
      found(
        "long-file",
        lines > 2 * targets.fileLines ? "medium" : "low",
        file.path,
        `${lines} lines (limit ${targets.fileLines})`,
        "one concept a file is found at once",
        "M",
      ),
    );
  }
}

function measureFunction(
  file: SourceFile,
  block: Block,
  targets: Targets,
  measured: Measured,
  findings: Finding[],
): void {
  const first = lineAt(file, block.start);
  const lines = lineAt(file, Math.max(block.start, block.end - 1)) - first + 1;
  measured.longestFunction = Math.max(measured.longestFunction, lines);
  if (lines <= targets.functionLines) return;
  measured.longFunctions++;
  const far = lines > 2 * targets.functionLines;
  const message = `\`${block.name}\` has ${lines} lines (limit ${targets.functionLines})`;
  findings.push(
    found(
      "long-function",
      far ? "medium" : "low",
      `${file.path}:${first}`,
      message,
      "parts can be named and tested",
      far ? "M" : "S",
    ),
  );
}

function ownerOf(block: Block): Block | null {
  let at: Block | null = block;
  while (at !== null && at.kind !== "function") at = at.parent;
  return at;
}
