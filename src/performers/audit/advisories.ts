import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isJsonObject, type Json, type JsonObject } from "../../shared/json.ts";
import { runInGroup } from "../command/process-group.ts";
import type { Finding } from "./stream-report.ts";

/** What the advisory service said, or why it said nothing. */
export type AdvisoryAnswer =
  | {
      readonly kind: "answered";
      readonly counts: Readonly<Record<string, number>>;
      readonly findings: readonly Finding[];
    }
  | { readonly kind: "unanswered"; readonly because: string };

const ASK_MS = 60_000;
const LEVELS = ["critical", "high", "moderate", "low", "info"] as const;
const SEVERITY: Readonly<Record<string, Finding["severity"]>> = {
  critical: "high",
  high: "high",
  moderate: "medium",
  low: "low",
  info: "info",
};

/** Asks the registry's advisory service about a lock file, in a temporary folder, installing nothing. */
export async function askAdvisories(
  root: string,
  lockFile: string,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<AdvisoryAnswer> {
  const folder = await mkdtemp(join(tmpdir(), "abyssal-audit-"));
  try {
    await copyFile(join(root, "package.json"), join(folder, "package.json"));
    await copyFile(join(root, lockFile), join(folder, lockFile));
    // The registry that the project names, if it names one.
    await copyFile(join(root, ".npmrc"), join(folder, ".npmrc")).catch(() => {});
    const run = await runInGroup({
      command: "npm",
      args: ["audit", "--json", "--package-lock-only"],
      cwd: folder,
      env: {
        ...defined(env),
        npm_config_fetch_retries: "0",
        npm_config_fetch_timeout: "20000",
        npm_config_logs_max: "0",
        npm_config_update_notifier: "false",
      },
      maxOutputBytes: 16 * 1024 * 1024,
      graceMs: 1_000,
      timeoutMs: ASK_MS,
      signal,
    });
    if (run.kind === "notStarted")
      return { kind: "unanswered", because: `npm could not be started (${run.code})` };
    if (run.kind !== "ended")
      return { kind: "unanswered", because: `npm audit did not end within ${ASK_MS / 1_000} s` };
    return readAdvisories(run.stdout, run.stderr);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Reads what `npm audit --json` printed. */
export function readAdvisories(stdout: string, stderr: string): AdvisoryAnswer {
  let report: unknown;
  try {
    report = JSON.parse(stdout);
  } catch {
    report = null;
  }
  const totals =
    isJsonObject(report) && isJsonObject(report.metadata) ? report.metadata.vulnerabilities : null;
  if (!isJsonObject(report) || !isJsonObject(totals)) {
    return { kind: "unanswered", because: `npm audit gave no report: ${causeOf(report, stderr)}` };
  }
  const counts = Object.fromEntries(LEVELS.map((level) => [level, Number(totals[level] ?? 0)]));
  const listed = isJsonObject(report.vulnerabilities) ? Object.entries(report.vulnerabilities) : [];
  return {
    kind: "answered",
    counts,
    findings: listed.flatMap(([name, value]) => (isJsonObject(value) ? [advisory(name, value)] : [])),
  };
}

function advisory(name: string, value: JsonObject): Finding {
  const severity = SEVERITY[String(value.severity)] ?? "medium";
  const via = Array.isArray(value.via) ? value.via : [];
  const titles = via.map((one: Json) =>
    isJsonObject(one) ? String(one.title ?? one.url ?? "") : `through ${String(one)}`,
  );
  const fix = value.fixAvailable ? "a fixed version exists" : "no fixed version yet";
  return {
    rule: "advisory",
    severity,
    place: `${name} ${String(value.range ?? "")}`.trim(),
    message: `${String(value.severity)}: ${titles
      .filter((title) => title !== "")
      .slice(0, 3)
      .join("; ")} (${fix})`,
    gain: "a known hole is closed",
    effort: value.fixAvailable ? "S" : "M",
  };
}

function causeOf(report: unknown, stderr: string): string {
  if (isJsonObject(report)) {
    const error = isJsonObject(report.error) ? report.error : {};
    for (const text of [error.summary, report.message, error.detail, error.code]) {
      if (typeof text === "string" && text.trim() !== "") return text.trim().split("\n")[0]!.slice(0, 300);
    }
  }
  return stderr.trim().split("\n").at(-1)?.slice(0, 300) || "nothing was printed";
}

function defined(env: NodeJS.ProcessEnv): Record<string, string> {
  const result: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) if (value !== undefined) result[name] = value;
  return result;
}
