import { isJsonObject, type Json, type JsonObject, objectsIn } from "../../shared/json.ts";
import type { Runner } from "./test-plan.ts";

/** What a test run counted; `failures` names some of the failed ones. */
export type TestCounts = {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** Test files that could not even be loaded. */
  readonly brokenFiles: number;
  readonly failures: readonly string[];
  readonly readFrom: "report" | "printed summary";
};

const FAILURES_KEPT = 50;

/** Reads a runner's own report: JSON of vitest, jest and mocha, TAP of node, ava and tap; null when it is none. */
export function readReport(runner: Runner, text: string): TestCounts | null {
  if (runner === "node" || runner === "ava" || runner === "tap") return readTap(text, runner);
  const json = parseObject(text);
  if (json === null) return null;
  return runner === "mocha" ? readMocha(json) : readJest(json);
}

/** Reads what known runners print at the end; the counts of several runners are added. */
export function readPrinted(text: string): TestCounts | null {
  const plain = stripAnsi(text);
  const parts = [
    printedVitestOrJest(plain),
    printedMocha(plain),
    printedNode(plain),
    printedAva(plain),
  ].filter((part) => part !== null);
  if (parts.length === 0) return readTap(plain);
  const sum = (pick: (part: Numbers) => number): number =>
    parts.reduce((total, part) => total + pick(part), 0);
  return {
    passed: sum(({ passed }) => passed),
    failed: sum(({ failed }) => failed),
    skipped: sum(({ skipped }) => skipped),
    brokenFiles: 0,
    failures: [],
    readFrom: "printed summary",
  };
}

type Numbers = Pick<TestCounts, "passed" | "failed" | "skipped">;

function readJest(json: JsonObject): TestCounts | null {
  if (typeof json.numTotalTests !== "number") return null;
  const failures: string[] = [];
  let brokenFiles = 0;
  for (const file of objectsIn(json.testResults)) {
    const tests = objectsIn(file.assertionResults);
    if (file.status === "failed" && tests.length === 0) {
      brokenFiles++;
      failures.push(`${String(file.name)}: could not be loaded`);
    }
    for (const one of tests) if (one.status === "failed") failures.push(String(one.fullName ?? one.title));
  }
  return {
    passed: whole(json.numPassedTests),
    failed: whole(json.numFailedTests),
    skipped: whole(json.numPendingTests) + whole(json.numTodoTests),
    brokenFiles,
    failures: failures.slice(0, FAILURES_KEPT),
    readFrom: "report",
  };
}

function readMocha(json: JsonObject): TestCounts | null {
  if (!isJsonObject(json.stats)) return null;
  const failures = objectsIn(json.failures).map((one) => String(one.fullTitle ?? one.title));
  return {
    passed: whole(json.stats.passes),
    failed: whole(json.stats.failures),
    skipped: whole(json.stats.pending),
    brokenFiles: 0,
    failures: failures.slice(0, FAILURES_KEPT),
    readFrom: "report",
  };
}

/**
 * TAP. The closing comments (`# pass 3`) count where they are true to their name: ava calls what is still to be
 * written a failure, and tap gives one top-level point for a file, its tests standing one level below.
 */
function readTap(text: string, runner?: Runner): TestCounts | null {
  const plain = stripAnsi(text);
  if (!/^(?:TAP version \d+|1\.\.\d+)/m.test(plain)) return null;
  const points = [...plain.matchAll(/^( *)(not )?ok\b[ \t]*\d*[ \t]*-?[ \t]*(.*)$/gm)].map(
    ([, indent = "", not, title = ""]) => ({
      level: indent.length / 4,
      title: title.replace(/\s+# time=\S+$/, "").trim(),
      state: /# (?:skip|todo)\b/i.test(title) ? "skipped" : not ? "failed" : "passed",
    }),
  );
  const nested = runner === "tap" && points.some(({ level }) => level === 1);
  const own = points.filter(({ level }) => level === (nested ? 1 : 0));
  const failures = (runner === "tap" ? own : points)
    .filter(({ state }) => state === "failed")
    .map(({ title }) => title)
    .slice(0, FAILURES_KEPT);
  const count = (wanted: string): number => own.filter(({ state }) => state === wanted).length;
  const closing = runner === "ava" || runner === "tap" ? null : closingComments(plain);
  if (closing === null && own.length === 0) return null;
  const counted = closing ?? { passed: count("passed"), failed: count("failed"), skipped: count("skipped") };
  return { ...counted, brokenFiles: 0, failures, readFrom: "report" };
}

function closingComments(text: string): Numbers | null {
  const number = (name: string): number | undefined => {
    const found = [...text.matchAll(new RegExp(`^# ${name}[ \\t]+(\\d+)[ \\t]*$`, "gm"))].at(-1)?.[1];
    return found === undefined ? undefined : Number(found);
  };
  const passed = number("pass");
  if (passed === undefined) return null;
  return {
    passed,
    failed: (number("fail") ?? 0) + (number("cancelled") ?? 0),
    skipped: (number("skipped") ?? number("skip") ?? 0) + (number("todo") ?? 0),
  };
}

/** `Tests  1 failed | 40 passed | 2 skipped (43)` of vitest, `Tests: 1 failed, 4 passed, 5 total` of jest. */
function printedVitestOrJest(text: string): Numbers | null {
  const lines = [...text.matchAll(/^[ \t]*Tests:?[ \t]+(.*\d+ (?:passed|failed|skipped|todo).*)$/gm)];
  return lines.length === 0
    ? null
    : sumOf(
        lines.map(({ 1: line }) => line!),
        /(\d+) (passed|failed|skipped|todo|pending)/g,
      );
}

/** `12 passing (20ms)`, `1 failing`, `2 pending`. */
function printedMocha(text: string): Numbers | null {
  if (!/^[ \t]*\d+ passing\b/m.test(text)) return null;
  return sumOf([text], /^[ \t]*(\d+) (passing|failing|pending)\b/gm);
}

/** `ℹ pass 3` of node's spec reporter. */
function printedNode(text: string): Numbers | null {
  if (!/^ℹ pass \d+$/m.test(text)) return null;
  return sumOf(
    [...text.matchAll(/^ℹ (pass|fail|cancelled|skipped|todo) (\d+)$/gm)].map(
      ({ 1: name, 2: count }) => `${count} ${name}`,
    ),
    /(\d+) (\w+)/g,
  );
}

/** `3 tests passed`, `1 test failed` of ava. */
function printedAva(text: string): Numbers | null {
  if (!/^[ \t]*\d+ tests? (?:passed|failed)$/m.test(text)) return null;
  const numbers = sumOf([text], /^[ \t]*(\d+) tests? (passed|failed|skipped|todo)$/gm);
  // With a failure ava leaves the number of passed tests out, but ticks each of them.
  if (numbers.passed > 0) return numbers;
  return { ...numbers, passed: [...text.matchAll(/^[ \t]*✔ /gm)].length };
}

function sumOf(texts: readonly string[], pattern: RegExp): Numbers {
  const numbers = { passed: 0, failed: 0, skipped: 0 };
  for (const text of texts) {
    for (const [, count, word] of text.matchAll(pattern)) {
      if (/^pass/.test(word!)) numbers.passed += Number(count);
      else if (/^(?:fail|cancel)/.test(word!)) numbers.failed += Number(count);
      else numbers.skipped += Number(count);
    }
  }
  return numbers;
}

/** The one JSON object in a text, other output before it allowed. */
function parseObject(text: string): JsonObject | null {
  for (let at = text.indexOf("{"); at !== -1; at = text.indexOf("\n{", at)) {
    if (text[at] === "\n") at++;
    try {
      const value: unknown = JSON.parse(text.slice(at));
      return isJsonObject(value) ? value : null;
    } catch {
      // Something else was printed first.
    }
  }
  return null;
}

function whole(value: Json | undefined): number {
  return typeof value === "number" && Number.isInteger(value) ? value : 0;
}

function stripAnsi(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character is what is looked for.
  return text.replace(/\u001b\[[0-9;?]*[ -/]*[@-~]/g, "").replace(/\r\n?/g, "\n");
}
