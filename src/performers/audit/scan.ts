import type { Outcome } from "../../plan/outcome.ts";
import { isJsonObject, type JsonObject } from "../../shared/json.ts";
import { codeLines } from "./patterns.ts";
import { listFiles, projectName, readJsonFile, readSources } from "./repository.ts";
import { planTests } from "./test-plan.ts";

/** The first step: what kind of project this is, and which streams can say something about it. */
export async function scanProject(root: string, signal: AbortSignal): Promise<Outcome> {
  const listing = await listFiles(root, signal);
  const { files, unread } = await readSources(root, listing, signal);
  const read = await readJsonFile(root, "package.json");
  const manifest = read.ok ? read.value : null;
  const languages: Record<string, { files: number; lines: number }> = {};
  const roles = { source: 0, test: 0, tool: 0 };
  for (const file of files) {
    const language = languages[file.language] ?? { files: 0, lines: 0 };
    languages[file.language] = language;
    language.files++;
    language.lines += codeLines(file);
    roles[file.role]++;
  }
  const tests = manifest === null ? null : planTests(manifest);
  const data: JsonObject = {
    name: projectName(root, manifest),
    version: typeof manifest?.version === "string" ? manifest.version : null,
    root,
    npm: manifest !== null,
    files: listing.paths.length,
    listedBy: listing.from,
    truncated: listing.truncated,
    unread: unread.length,
    languages,
    roles,
    testRunner: tests === null ? null : tests.kind === "runner" ? tests.runner : tests.kind,
    dependencies: countOf(manifest, "dependencies"),
    devDependencies: countOf(manifest, "devDependencies"),
  };
  const rows = Object.entries(languages)
    .sort(([, a], [, b]) => b.lines - a.lines)
    .map(([name, { files: count, lines }]) => `| ${name} | ${count} | ${lines} |`);
  const output = [
    `## ${String(data.name)}`,
    "",
    `${listing.paths.length} files (${listing.from}), ${manifest === null ? "no npm package" : "an npm package"}; ` +
      `${roles.source} shipped source files, ${roles.test} of tests, ${roles.tool} of tools.`,
    ...(rows.length > 0 ? ["", "| Language | Files | Lines of code |", "|---|---|---|", ...rows] : []),
  ].join("\n");
  const readable = files.length + unread.length;
  return {
    kind: "completed",
    output,
    data,
    confidence: { value: readable === 0 ? 1 : files.length / readable, source: "checked" },
  };
}

function countOf(manifest: JsonObject | null, group: string): number {
  const entries = manifest?.[group];
  return isJsonObject(entries) ? Object.keys(entries).length : 0;
}
