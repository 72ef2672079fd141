import type { JsonObject } from "../../shared/json.ts";
import { exportedSymbols } from "./doc-comments.ts";
import { checkLinks, fencesIn, headingsIn } from "./markdown-links.ts";
import {
  type Listing,
  listFiles,
  readJsonFile,
  readSources,
  readText,
  type SourceFile,
} from "./repository.ts";
import { deferred, type Finding, found, type StreamReport, sortedFindings } from "./stream-report.ts";
import type { Targets } from "./targets.ts";

const TITLE = "Documentation";
const README_SECTIONS: readonly (readonly [string, RegExp])[] = [
  ["installation", /install|set-?up|getting started|quick ?start|requirements|start/i],
  ["usage", /usage|use|example|api|quick ?start|getting started|how|command/i],
];

/** Pages of examples and fixtures may be broken on purpose: they are listed, and do not count against the target. */
const EXAMPLE = /(^|\/)(?:examples?|fixtures?|__fixtures__|corpus)\//;

type Draft = { readonly findings: Finding[]; readonly figures: Record<string, number | string | null> };

/** Stream C: README, doc comments, links, licence and history of changes, counted on the files themselves. */
export async function auditDocumentation(
  root: string,
  targets: Targets,
  signal: AbortSignal,
): Promise<StreamReport> {
  const listing = await listFiles(root, signal);
  if (listing.paths.length === 0) return deferred("C", TITLE, "The folder holds no files.");
  const { files, unread } = await readSources(root, listing, signal);
  const manifest = await readJsonFile(root, "package.json");
  const draft: Draft = { findings: [], figures: {} };
  const readme = await judgeReadme(root, listing, draft);
  judgeFiles(listing, manifest.ok ? manifest.value : null, draft);
  const documented = judgeSymbols(files, targets, draft);
  const links = await judgeMarkdown(root, listing, signal, draft);
  const failed = !readme || links.brokenFiles > targets.brokenLinks;
  const missed =
    (documented !== null && documented < targets.documentedPercent) ||
    draft.findings.some(({ severity }) => severity === "medium");
  const status = failed ? "FAILED" : missed ? "ADVISORY" : draft.findings.length > 0 ? "VERIFIED" : "PASSED";
  const possible = 5 + unread.length + links.unread;
  return {
    stream: "C",
    title: TITLE,
    status,
    reason: [
      readme ? "" : "There is no README.",
      links.brokenFiles > 0
        ? `${links.brokenFiles} relative ${links.brokenFiles === 1 ? "link leads" : "links lead"} nowhere.`
        : "",
      documented === null
        ? "No exported symbols were found."
        : `${documented}% of exported symbols are documented (target ${targets.documentedPercent}%).`,
    ]
      .filter((part) => part !== "")
      .join(" "),
    figures: draft.figures,
    ...sortedFindings(draft.findings),
    checks: { made: 5, possible },
    notes: [
      "Links to other hosts are not followed; a symbol counts as documented when a doc comment stands right before it.",
    ],
  };
}

async function judgeReadme(root: string, listing: Listing, draft: Draft): Promise<boolean> {
  const path = listing.paths.find((name) => /^readme(?:\.(?:md|markdown|rst|txt))?$/i.test(name));
  const text = path === undefined ? null : await readText(root, path);
  draft.figures.README = path ?? "missing";
  if (path === undefined || text === null) {
    draft.findings.push(
      found("readme-missing", "high", ".", "no README that can be read", "people learn what this is", "M"),
    );
    return false;
  }
  const headings = headingsIn(text);
  draft.figures["README words"] = text.split(/\s+/).filter((word) => word !== "").length;
  draft.figures["README sections"] = headings.length;
  for (const [section, pattern] of README_SECTIONS) {
    if (headings.some(({ title }) => pattern.test(title))) continue;
    // A README without headings may still show a command to run.
    if (headings.length <= 1 && pattern.test(text) && fencesIn(text).count > 0) continue;
    draft.findings.push(
      found("readme-section", "low", path, `no section on ${section}`, "newcomers start without asking", "S"),
    );
  }
  return true;
}

function judgeFiles(listing: Listing, manifest: JsonObject | null, draft: Draft): void {
  const has = (pattern: RegExp): boolean => listing.paths.some((path) => pattern.test(path));
  const license = has(/^(?:licen[cs]e|copying)(?:[.-][^/]*)?$/i);
  const changelog = has(/^(?:changelog|changes|history|releases)(?:\.[a-z]+)?$/i);
  draft.figures.LICENSE = license ? "present" : "missing";
  draft.figures.CHANGELOG = changelog ? "present" : "missing";
  if (!license && manifest?.private !== true) {
    draft.findings.push(
      found("license-missing", "medium", ".", "no LICENSE file", "others may use the code", "S"),
    );
  } else if (!license) {
    draft.findings.push(
      found("license-missing", "info", ".", "no LICENSE file (the package is private)", "clear terms", "S"),
    );
  }
  if (!changelog) {
    draft.findings.push(
      found("changelog-missing", "low", ".", "no CHANGELOG", "users see what an update brings", "S"),
    );
  }
}

function judgeSymbols(files: readonly SourceFile[], targets: Targets, draft: Draft): number | null {
  let total = 0;
  let documented = 0;
  const bare: Finding[] = [];
  for (const file of files.filter(({ role }) => role === "source")) {
    for (const symbol of exportedSymbols(file)) {
      total++;
      if (symbol.documented) documented++;
      else {
        const message = `exported \`${symbol.name}\` has no doc comment`;
        bare.push(
          found(
            "undocumented-export",
            "low",
            `${file.path}:${symbol.line}`,
            message,
            "its use is clear in the editor",
            "S",
          ),
        );
      }
    }
  }
  const percent = total === 0 ? null : Math.round((documented / total) * 1000) / 10;
  draft.figures["exported symbols"] = total;
  draft.figures["documented symbols"] = documented;
  draft.figures["documented percent"] = percent;
  const met = percent === null || percent >= targets.documentedPercent;
  draft.findings.push(...bare.map((finding) => (met ? { ...finding, severity: "info" as const } : finding)));
  return percent;
}

async function judgeMarkdown(
  root: string,
  listing: Listing,
  signal: AbortSignal,
  draft: Draft,
): Promise<{ readonly brokenFiles: number; readonly unread: number }> {
  const paths = listing.paths.filter((path) => /\.(?:md|markdown)$/i.test(path));
  const totals = { links: 0, brokenFiles: 0, anchors: 0, inExamples: 0, fences: 0, unread: 0 };
  for (const path of paths) {
    signal.throwIfAborted();
    const text = await readText(root, path);
    if (text === null) {
      totals.unread++;
      continue;
    }
    const fences = fencesIn(text);
    totals.fences += fences.count;
    if (fences.unclosed) {
      draft.findings.push(
        found("fence-open", "low", path, "a code fence is never closed", "the rest renders as text", "S"),
      );
    }
    const links = await checkLinks(root, path, text, (other) => readText(root, other));
    totals.links += links.checked;
    for (const { line, target, what } of links.broken) {
      const isExample = EXAMPLE.test(path);
      if (isExample) totals.inExamples++;
      else if (what === "file") totals.brokenFiles++;
      else totals.anchors++;
      const severity = isExample ? "info" : what === "file" ? "medium" : "low";
      const message =
        what === "file" ? `link to \`${target}\`: no such file` : `link to \`${target}\`: no such heading`;
      draft.findings.push(
        found(`broken-${what}`, severity, `${path}:${line}`, message, "readers arrive", "S"),
      );
    }
  }
  draft.figures["Markdown files"] = paths.length;
  draft.figures["code examples"] = totals.fences;
  draft.figures["relative links"] = totals.links;
  draft.figures["broken links"] = totals.brokenFiles;
  draft.figures["broken anchors"] = totals.anchors;
  if (totals.inExamples > 0) draft.figures["broken links within examples"] = totals.inExamples;
  return { brokenFiles: totals.brokenFiles, unread: totals.unread };
}
