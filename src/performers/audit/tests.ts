import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { PerformContext } from "../../actors/ports.ts";
import { isJsonObject, type JsonObject } from "../../shared/json.ts";
import { formatSpan } from "../../shared/quantity.ts";
import { type GroupRun, runInGroup } from "../command/process-group.ts";
import { readJsonFile } from "./repository.ts";
import { deferred, type Finding, type StreamReport, sortedFindings } from "./stream-report.ts";
import type { Targets } from "./targets.ts";
import { readPrinted, readReport, type TestCounts } from "./test-counts.ts";
import { recursionGuard, testEnvironment } from "./test-environment.ts";
import { planTests, type Runner, type TestPlan } from "./test-plan.ts";
import { copyProject, type WorkingCopy } from "./working-copy.ts";

const TITLE = "Tests";
/** Kept from the step's own limit, so that a result is handed back before the step is stopped. */
const MARGIN_MS = 10_000;
const PROGRESS_LINES = 100;

export type TestSettings = {
  readonly enabled: boolean;
  readonly timeoutMs: number;
  readonly env: NodeJS.ProcessEnv;
};

/** Stream A: runs the project's own tests in a copy and counts what passed, failed and was skipped. */
export async function auditTests(
  root: string,
  targets: Targets,
  settings: TestSettings,
  context: PerformContext,
): Promise<StreamReport> {
  if (!settings.enabled) return deferred("A", TITLE, "The command said `tests: false`.");
  const manifest = await readJsonFile(root, "package.json");
  if (!manifest.ok) {
    const why = manifest.error === "missing" ? "There is no package.json" : "package.json cannot be read";
    return deferred("A", TITLE, `${why}: only npm packages are tested.`);
  }
  const plan = planTests(manifest.value);
  if (plan.kind === "none") return deferred("A", TITLE, `${capital(plan.because)}.`);
  const recursion = recursionGuard(root, settings.env);
  if (recursion !== null) return deferred("A", TITLE, `${capital(recursion)}.`);
  const missing = await missingPackages(root, manifest.value);
  if (missing !== null) return deferred("A", TITLE, missing);
  const copy = await copyProject(root, context.signal);
  if (!copy.ok) return deferred("A", TITLE, `${capital(copy.error)}.`);
  try {
    return await runPlan(plan, root, copy.value, targets, settings, context);
  } finally {
    await copy.value.remove();
  }
}

async function runPlan(
  plan: Exclude<TestPlan, { kind: "none" }>,
  root: string,
  copy: WorkingCopy,
  targets: Targets,
  settings: TestSettings,
  context: PerformContext,
): Promise<StreamReport> {
  const report = join(copy.scratch, "report");
  const [command, ...args] =
    plan.kind === "script"
      ? ["npm", "test", "--silent"]
      : runnerCommand(plan.runner, plan.args, report, copy);
  let lines = PROGRESS_LINES;
  const run = await runInGroup({
    command: command!,
    args,
    cwd: copy.folder,
    env: {
      ...testEnvironment(root, copy.folder, copy.scratch, settings.env),
      ...(plan.kind === "runner" ? plan.env : {}),
    },
    maxOutputBytes: 64 * 1024 * 1024,
    graceMs: 2_000,
    timeoutMs: Math.max(1_000, settings.timeoutMs - MARGIN_MS),
    signal: context.signal,
    onLine: (line) => {
      if (lines-- > 0) context.emit({ type: "progress", message: line.slice(0, 200) });
    },
  });
  const counts = await countsOf(plan, run, report);
  return judge(plan, run, counts, targets, copy);
}

function runnerCommand(
  runner: Runner,
  args: readonly string[],
  report: string,
  copy: WorkingCopy,
): readonly string[] {
  switch (runner) {
    case "vitest":
      return ["vitest", "run", ...args, "--reporter=json", `--outputFile=${report}`];
    case "jest": {
      const cache = `--cacheDirectory=${join(copy.scratch, "jest")}`;
      return ["jest", ...args, "--ci", "--json", `--outputFile=${report}`, cache];
    }
    case "mocha":
      return ["mocha", ...args, "--reporter", "json", "--reporter-option", `output=${report}`];
    case "ava":
      return ["ava", ...args, "--tap"];
    case "tap":
      return ["tap", ...args, "--reporter=tap"];
    case "node":
      return ["node", "--test-reporter=tap", `--test-reporter-destination=${report}`, ...args];
  }
}

async function countsOf(plan: TestPlan, run: GroupRun, report: string): Promise<TestCounts | null> {
  if (run.kind === "notStarted") return null;
  if (plan.kind === "runner") {
    const written = await readFile(report, "utf8").catch(() => "");
    const counts = readReport(plan.runner, written === "" ? run.stdout : written);
    if (counts !== null) return counts;
  }
  return readPrinted(`${run.stdout}\n${run.stderr}`);
}

function judge(
  plan: Exclude<TestPlan, { kind: "none" }>,
  run: GroupRun,
  counts: TestCounts | null,
  targets: Targets,
  copy: WorkingCopy,
): StreamReport {
  const findings = testFindings(run, counts);
  const { status, reason } = verdict(run, counts, targets);
  const ended = run.kind === "notStarted" ? null : run;
  return {
    stream: "A",
    title: TITLE,
    status,
    reason,
    figures: {
      runner: plan.kind === "runner" ? plan.runner : "npm test",
      command: plan.script,
      tests: counts === null ? null : counts.passed + counts.failed + counts.skipped,
      passed: counts?.passed ?? null,
      failed: counts?.failed ?? null,
      skipped: counts?.skipped ?? null,
      "files that could not be loaded": counts?.brokenFiles ?? null,
      "exit code": ended?.exitCode ?? null,
      "wall time": ended === null ? null : formatSpan(ended.durationMs),
    },
    ...sortedFindings(findings),
    checks: { made: counts === null ? 0 : 1, possible: 1 },
    notes: [
      `Run in a copy of ${copy.files} files in the system's temporary folder; installed packages were linked, version control was left out.`,
      plan.kind === "script"
        ? `The whole script was run because ${plan.because}; counts are read from what was printed.`
        : `Counts are read from the runner's own ${counts?.readFrom === "report" ? "report" : "printed summary"}.`,
    ],
  };
}

function verdict(
  run: GroupRun,
  counts: TestCounts | null,
  targets: Targets,
): Pick<StreamReport, "status" | "reason"> {
  if (run.kind === "notStarted") {
    return { status: "DEFERRED", reason: `The test command could not be started (${run.code}).` };
  }
  if (run.kind === "aborted") return { status: "DEFERRED", reason: "The audit was cancelled." };
  if (run.kind === "timedOut") {
    return { status: "FAILED", reason: `The tests did not end within ${formatSpan(run.durationMs)}.` };
  }
  if (run.kind === "overflowed") return { status: "FAILED", reason: "The tests printed more than 64 MiB." };
  if (counts === null) {
    return run.exitCode === 0
      ? { status: "VERIFIED", reason: "The test command ended with exit code 0; no counts could be read." }
      : {
          status: "FAILED",
          reason: `The test command ended with exit code ${run.exitCode ?? "none"}; no counts could be read.`,
        };
  }
  const { passed, failed, skipped, brokenFiles } = counts;
  const summary = `${passed} passed, ${failed} failed, ${skipped} skipped`;
  if (failed > targets.failedTests || brokenFiles > 0) return { status: "FAILED", reason: `${summary}.` };
  if (passed + failed === 0) return { status: "ADVISORY", reason: `No test ran (${summary}).` };
  if (run.exitCode !== 0 && failed === 0) {
    return {
      status: "FAILED",
      reason: `${summary}, yet the command ended with exit code ${run.exitCode ?? "none"}.`,
    };
  }
  return { status: failed > 0 ? "ADVISORY" : "PASSED", reason: `${summary}.` };
}

function testFindings(run: GroupRun, counts: TestCounts | null): readonly Finding[] {
  const found = (rule: string, severity: Finding["severity"], place: string, message: string): Finding => ({
    rule,
    severity,
    place,
    message,
    gain: "a green suite is what every other change leans on",
    effort: "M",
  });
  const findings = (counts?.failures ?? []).map((name) =>
    found("test-failed", "high", "test", `failed: ${name.slice(0, 300)}`),
  );
  if (counts && counts.skipped > 0) {
    findings.push(found("tests-skipped", "low", "test", `skipped or still to be written: ${counts.skipped}`));
  }
  if (
    run.kind !== "notStarted" &&
    run.exitCode !== 0 &&
    findings.every(({ severity }) => severity !== "high")
  ) {
    const tail = `${run.stdout}\n${run.stderr}`.trim().split("\n").slice(-3).join(" / ");
    findings.push(
      found("test-command", "high", "package.json", `the test command failed: ${tail.slice(-400)}`),
    );
  }
  return findings;
}

/** A package that needs others and has none installed cannot be tested; nothing is installed for it. */
async function missingPackages(root: string, manifest: JsonObject): Promise<string | null> {
  const needed = [manifest.dependencies, manifest.devDependencies]
    .filter(isJsonObject)
    .flatMap((dependencies) => Object.keys(dependencies));
  if (needed.length === 0) return null;
  const installed = await stat(join(root, "node_modules")).catch(() => null);
  if (installed?.isDirectory()) return null;
  return `node_modules is missing and package.json names ${needed.length} packages: run \`npm ci\` there first; the audit installs nothing.`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
