import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { isDeepStrictEqual, parseArgs } from "node:util";
import JSON5 from "json5";
import { parseProgram } from "../../src/dsl/parse-program.ts";
import { LIMITS } from "../../src/shared/limits.ts";
import { parseValue, plainValue } from "../support/parse-value.ts";

/**
 * Judges the language layer: every file of JSONTestSuite (test_parsing) and json5-tests read as a parameter's value and
 * alone, the json5 package beside it; then throughput and the cost of the largest and the deepest inputs.
 * node test/bench/language.ts [FOLDER] [--output json] [--quick]
 * FOLDER holds JSONTestSuite/ and json5-tests/. Exit code 1 on any failure, 2 when the folder is not there.
 */

type Reading = { readonly value: unknown } | undefined;
type Case = { readonly suite: string; readonly file: string; readonly bytes: Buffer };
type Failure = { readonly suite: string; readonly file: string; readonly form: string; readonly why: string };
type Verdict = "passed" | "failed" | "deliberate";

/** Where the language departs from json5 on purpose. A file that departs in another way is a failure. */
const DELIBERATE: Readonly<Record<string, { readonly forms: readonly string[]; readonly why: string }>> = {
  "i_structure_500_nested_arrays.json": {
    forms: ["argument", "alone"],
    why: `nested 500 deep; the limit is ${LIMITS.syntaxDepth} (DSL_TOO_DEEP)`,
  },
  "n_array_comma_after_close.json": {
    forms: ["argument"],
    why: '`[""],` as an argument: the comma is the argument list\'s own last comma; alone it is refused',
  },
};
const NOT_IN_THE_SUITES = [
  "keys __proto__, constructor and prototype are refused (DSL_FORBIDDEN_KEY)",
  "a source of more than 1 MiB is refused (DSL_TOO_LARGE)",
  "unquoted keys follow the engine's Unicode tables, which are newer than those of the json5 package",
];

function judge(text: string): Reading {
  try {
    return { value: JSON5.parse(text) as unknown };
  } catch {
    return undefined;
  }
}

const FORMS: Readonly<Record<string, (text: string) => Reading>> = {
  argument(text) {
    const { program, diagnostics } = parseProgram(`ABYSSAL[X](v=${text}\n)`);
    if (diagnostics.some(({ severity }) => severity === "error")) return undefined;
    const body = program.statements[0]?.body;
    const only = program.statements.length === 1 && body?.kind === "command" && body.arguments.length === 1;
    return only ? { value: plainValue(body.arguments[0]!.value) } : undefined;
  },
  alone(text) {
    const { value, diagnostics } = parseValue(text);
    if (diagnostics.some(({ severity }) => severity === "error")) return undefined;
    return { value: plainValue(value!) };
  },
};

function casesOf(folder: string): Case[] {
  const read = (suite: string, path: string): Case[] =>
    readdirSync(path, { withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.(json5?|js|txt)$/.test(entry.name))
      .map((entry) => ({ suite, file: entry.name, bytes: readFileSync(join(path, entry.name)) }));
  const json5 = join(folder, "json5-tests");
  return [
    ...read("JSONTestSuite", join(folder, "JSONTestSuite", "test_parsing")),
    ...readdirSync(json5, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .flatMap((entry) => read("json5-tests", join(json5, entry.name))),
  ];
}

/** What the suite itself says of a file; `undefined` leaves it to json5. */
function demanded({ suite, file }: Case): boolean | undefined {
  if (suite === "json5-tests") return /\.json5?$/.test(file);
  // JSON's n_ files may be good JSON5, and its i_ files are free: there json5 is the judge.
  return file.startsWith("y_") ? true : undefined;
}

function problemOf(test: Case, text: string, form: string): string | undefined {
  const expected = judge(text);
  const actual = FORMS[form]!(text);
  const demand = demanded(test);
  if (demand !== undefined && demand !== (actual !== undefined)) {
    return demand ? "the suite wants it accepted" : "the suite wants it refused";
  }
  if ((expected === undefined) !== (actual === undefined)) {
    return expected === undefined ? "json5 refuses it, this accepts it" : "json5 accepts it, this refuses it";
  }
  if (!isDeepStrictEqual(actual, expected)) return "the value is not the one that json5 reads";
  return undefined;
}

function conformance(cases: readonly Case[]): {
  readonly totals: Record<string, Record<Verdict | "notUtf8", number>>;
  readonly failures: readonly Failure[];
  readonly deliberate: readonly Failure[];
} {
  const totals: Record<string, Record<Verdict | "notUtf8", number>> = {};
  const failures: Failure[] = [];
  const deliberate: Failure[] = [];
  for (const test of cases) {
    const { suite, file } = test;
    totals[suite] ??= { passed: 0, failed: 0, deliberate: 0, notUtf8: 0 };
    const total = totals[suite];
    let text: string;
    try {
      text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(test.bytes);
    } catch {
      // Refused before any parser sees it, as the command line does; only a y_ file may not end here.
      total.notUtf8++;
      if (demanded(test) === true) failures.push({ suite, file, form: "bytes", why: "not UTF-8" });
      continue;
    }
    for (const form of Object.keys(FORMS)) {
      const why = problemOf(test, text, form);
      const known = DELIBERATE[file];
      const verdict = why === undefined ? "passed" : known?.forms.includes(form) ? "deliberate" : "failed";
      total[verdict]++;
      if (verdict === "failed") failures.push({ suite, file, form, why: why! });
      if (verdict === "deliberate") deliberate.push({ suite, file, form, why: known!.why });
    }
  }
  return { totals, failures, deliberate };
}

function timeMs(work: () => void): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

/**
 * Times of several works, taken in turns so that noise and collections fall on all of them alike; one round warms up.
 * The fastest of a work's times is the one that other processes disturbed least, the median what a user sees.
 */
function inTurns(
  runs: number,
  works: readonly (() => void)[],
): readonly { readonly fastest: number; readonly median: number }[] {
  for (const work of works) work();
  const times: number[][] = works.map(() => []);
  for (let run = 0; run < runs; run++) {
    for (const [index, work] of works.entries()) times[index]!.push(timeMs(work));
  }
  return times.map((of) => {
    const sorted = of.toSorted((x, y) => x - y);
    return { fastest: sorted[0]!, median: sorted[Math.floor(sorted.length / 2)]! };
  });
}

/** A JSON document of about so many characters, of the kinds that parameters have. */
function sample(characters: number): string {
  const records: unknown[] = [];
  for (let length = 0; length < characters; ) {
    const id = records.length;
    const record = {
      id,
      name: `component number ${id}`,
      tags: ["alpha", "beta", 'a "quoted" tag'],
      weights: [id / 3, -id, 1e21 * id],
      nested: { enabled: id % 2 === 0, parent: null, note: "line one\nline two" },
    };
    records.push(record);
    length += JSON.stringify(record).length + 1;
  }
  return JSON.stringify(records);
}

function throughput(runs: number): Record<string, number> {
  const text = sample(500_000);
  const megabytes = Buffer.byteLength(text) / 1e6;
  const command = `ABYSSAL[X](v=${text})`;
  if (parseProgram(command).diagnostics.length > 0) throw new Error("the sample must parse");
  const [own, other] = inTurns(runs, [() => void parseProgram(command), () => void JSON5.parse(text)]);
  const ours = megabytes / (own!.median / 1_000);
  const theirs = megabytes / (other!.median / 1_000);
  return { megabytes, oursMBPerSecond: ours, json5MBPerSecond: theirs, ratio: ours / theirs };
}

/** Fastest times at n and 2n; a ratio near 2 is linear, near 4 quadratic. */
function growth(runs: number): Record<string, Record<string, number | string>> {
  const mebibyte = LIMITS.sourceBytes;
  const inputs: Record<string, readonly [number, (n: number) => string]> = {
    "valid text, up to 1 MiB": [mebibyte / 2, (n) => `ABYSSAL[X](v=${sample(n - 600)})`],
    "one string, up to 1 MiB": [mebibyte / 2, (n) => `ABYSSAL[X]("${"x".repeat(n - 14)}")`],
    "nothing but errors, up to 1 MiB": [mebibyte / 2, (n) => `ABYSSAL[X](${"?,".repeat(n / 2 - 6)})`],
    "[ 10^6 deep": [500_000, (n) => "[".repeat(n)],
    "( 10^6 deep": [500_000, (n) => "(".repeat(n)],
    "ABYSSAL[X]([ 10^6 deep": [500_000, (n) => `ABYSSAL[X](${"[".repeat(n)}`],
    "past 1 MiB": [2 * mebibyte, (n) => "[".repeat(n)],
  };
  return Object.fromEntries(
    Object.entries(inputs).map(([name, [n, make]]) => {
      const [small, large] = [make(n), make(2 * n)];
      const [first, second] = inTurns(
        runs,
        [small, large].map((text) => () => void parseProgram(text)),
      );
      const [smallMs, largeMs] = [first!.fastest, second!.fastest];
      const { diagnostics } = parseProgram(large);
      const found = `${diagnostics.length} ${diagnostics[0]?.code ?? ""}`.trim();
      return [name, { n, ms: smallMs, msAt2n: largeMs, ratio: largeMs / smallMs, diagnosticsAt2n: found }];
    }),
  );
}

function main(): void {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { output: { type: "string", default: "text" }, quick: { type: "boolean", default: false } },
  });
  const folder = positionals[0] ?? "../shared/data/json";
  if (!existsSync(join(folder, "JSONTestSuite")) || !existsSync(join(folder, "json5-tests"))) {
    console.error(`${folder} holds no JSONTestSuite/ and json5-tests/: give their folder as the argument`);
    process.exitCode = 2;
    return;
  }
  // json5 warns of U+2028 and U+2029 in strings.
  console.warn = () => undefined;
  const runs = values.quick ? 5 : 25;
  const { totals, failures, deliberate } = conformance(casesOf(folder));
  const sum = (key: Verdict): number => Object.values(totals).reduce((total, of) => total + of[key], 0);
  const report = {
    node: process.version,
    conformance: {
      passed: sum("passed"),
      failed: failures.length,
      totals,
      failures,
      deliberate,
      alsoDeliberate: NOT_IN_THE_SUITES,
    },
    throughput: throughput(runs),
    growth: growth(runs),
  };
  if (values.output === "json") console.log(JSON.stringify(report, null, 2));
  else printText(report.conformance, report.throughput, report.growth);
  process.exitCode = failures.length > 0 ? 1 : 0;
}

function printText(
  found: ReturnType<typeof conformance> & { readonly passed: number; readonly failed: number },
  speed: ReturnType<typeof throughput>,
  sizes: ReturnType<typeof growth>,
): void {
  for (const [suite, { passed, failed, deliberate, notUtf8 }] of Object.entries(found.totals)) {
    console.log(
      `${suite}: ${passed} passed, ${failed} failed, ${deliberate} deliberately different (each file as an argument ` +
        `and alone); ${notUtf8} files refused as not UTF-8`,
    );
  }
  for (const { file, form, why } of found.failures) console.log(`  FAILED ${file} (${form}): ${why}`);
  for (const { file, form, why } of found.deliberate) console.log(`  deliberate: ${file} (${form}): ${why}`);
  for (const why of NOT_IN_THE_SUITES) console.log(`  deliberate: ${why}`);
  console.log(
    `throughput: ${speed.oursMBPerSecond!.toFixed(1)} MB/s, json5 ${speed.json5MBPerSecond!.toFixed(1)} MB/s, ` +
      `ratio ${speed.ratio!.toFixed(2)} (higher is better)`,
  );
  for (const [name, { ms, msAt2n, ratio, diagnosticsAt2n }] of Object.entries(sizes)) {
    const [small, large, grows] = [ms, msAt2n, ratio].map((value) => Number(value).toFixed(2));
    console.log(
      `${name}: ${small} ms at half, ${large} ms at full, ratio ${grows}; ${diagnosticsAt2n} diagnostics`,
    );
  }
  console.log(`${found.passed} passed, ${found.failed} failed`);
}

main();
