import { stat } from "node:fs/promises";
import { join } from "node:path";
import { type AdvisoryAnswer, askAdvisories } from "./advisories.ts";
import { checkLock, type LockReport } from "./lock-checks.ts";
import { readJsonFile } from "./repository.ts";
import { deferred, type Finding, type StreamReport, sortedFindings } from "./stream-report.ts";
import type { Targets } from "./targets.ts";

const TITLE = "Dependency security";
const LOCK_FILES = ["npm-shrinkwrap.json", "package-lock.json"];
const OTHER_LOCKS = ["pnpm-lock.yaml", "yarn.lock", "bun.lock", "bun.lockb"];

/** Stream D: known advisories as far as the registry tells them, and what the manifest and the lock file show. */
export async function auditDependencies(
  root: string,
  targets: Targets,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<StreamReport> {
  const manifest = await readJsonFile(root, "package.json");
  if (!manifest.ok) {
    const why = manifest.error === "missing" ? "There is no package.json" : "package.json cannot be read";
    return deferred("D", TITLE, `${why}: only npm packages are checked.`);
  }
  const lockFile = await firstPresent(root, LOCK_FILES);
  const lock = lockFile === null ? null : await readJsonFile(root, lockFile);
  const readable = lock?.ok === true ? lock.value : null;
  const offline = checkLock(manifest.value, readable);
  const findings: Finding[] = [...offline.findings];
  if (offline.declared > 0 && readable === null) findings.push(await missingLock(root, lockFile));
  const answer = await advisoriesOf(root, offline, readable === null ? null : lockFile, env, signal);
  if (answer.kind === "answered") findings.push(...answer.findings);
  return judge(offline, answer, findings, targets);
}

function judge(
  offline: LockReport,
  answer: AdvisoryAnswer,
  findings: readonly Finding[],
  targets: Targets,
): StreamReport {
  const counts = answer.kind === "answered" ? answer.counts : null;
  const serious = counts === null ? null : (counts.critical ?? 0) + (counts.high ?? 0);
  const notable = findings.some(({ severity }) => severity === "high" || severity === "medium");
  const status =
    serious !== null && serious > targets.seriousAdvisories
      ? "FAILED"
      : serious === null || notable
        ? "ADVISORY"
        : findings.length > 0
          ? "VERIFIED"
          : "PASSED";
  const licences = Object.entries(offline.licences).sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  return {
    stream: "D",
    title: TITLE,
    status,
    reason:
      answer.kind === "unanswered"
        ? `Known advisories are NOT checked: ${answer.because}. The offline checks found ${findings.length} things.`
        : offline.declared === 0
          ? "The package declares no dependencies."
          : `${serious} serious advisories of ${Object.values(answer.counts).reduce((sum, count) => sum + count, 0)}.`,
    figures: {
      "declared dependencies": offline.declared,
      "locked packages": offline.locked,
      "critical advisories": counts?.critical ?? null,
      "high advisories": counts?.high ?? null,
      "moderate advisories": counts?.moderate ?? null,
      "low advisories": counts?.low ?? null,
      "packages with install scripts": offline.locked === null ? null : offline.installScripts,
      "deprecated packages": offline.locked === null ? null : offline.deprecated,
      licences:
        licences.length === 0
          ? null
          : licences
              .slice(0, 8)
              .map(([name, count]) => `${name} ${count}`)
              .join(", "),
    },
    ...sortedFindings(findings),
    checks: { made: answer.kind === "answered" ? 2 : 1, possible: 2 },
    notes: [
      "Licences and deprecations are those that the lock file states; packages are not opened. Nothing is installed.",
    ],
  };
}

async function advisoriesOf(
  root: string,
  offline: LockReport,
  lockFile: string | null,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<AdvisoryAnswer> {
  if (offline.declared === 0) {
    return { kind: "answered", counts: { critical: 0, high: 0, moderate: 0, low: 0 }, findings: [] };
  }
  if (lockFile === null)
    return { kind: "unanswered", because: "without a lock file of npm there is nothing exact to ask about" };
  return askAdvisories(root, lockFile, env, signal);
}

async function missingLock(root: string, unreadable: string | null): Promise<Finding> {
  const other = await firstPresent(root, OTHER_LOCKS);
  const [severity, message] = unreadable
    ? (["medium", `\`${unreadable}\` cannot be read`] as const)
    : other
      ? (["info", `only \`${other}\`: this audit reads the lock files of npm`] as const)
      : (["medium", "no lock file: every install may bring other packages"] as const);
  return {
    rule: "lock-file",
    severity,
    place: unreadable ?? other ?? ".",
    message,
    gain: "the same packages everywhere",
    effort: "S",
  };
}

async function firstPresent(root: string, names: readonly string[]): Promise<string | null> {
  for (const name of names) {
    if (
      await stat(join(root, name)).then(
        (info) => info.isFile(),
        () => false,
      )
    )
      return name;
  }
  return null;
}
