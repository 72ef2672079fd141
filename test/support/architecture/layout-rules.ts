import type { SourceFile } from "./source-file.ts";

const LINES_MAX = 400;
const FUNCTION_LINES_MAX = 70;

const TOP_LEVEL = new Set([
  "package.json",
  "package-lock.json",
  "biome.json",
  "knip.json",
  "vitest.config.ts",
  "src",
  "templates",
  "test",
  "docs",
  "README.md",
  "CHANGELOG.md",
  "CONTRIBUTING.md",
  "LICENSE",
]);

/** Made by tools and never committed (.gitignore). */
const MADE = new Set(["node_modules", "dist", "coverage", "out"]);

const VAGUE = new Set([
  "util",
  "utils",
  "helper",
  "helpers",
  "manager",
  "managers",
  "misc",
  "common",
  "types",
]);

/** Files above 400 lines, and functions of the product above 70. */
export function lengthViolations(files: readonly SourceFile[]): string[] {
  return files.flatMap(({ path, lineCount, functions }) => [
    ...(lineCount > LINES_MAX ? [`${path}: ${lineCount} lines`] : []),
    ...functions
      .filter((one) => path.startsWith("src/") && one.lineCount > FUNCTION_LINES_MAX)
      .map((one) => `${path}:${one.line}: a function of ${one.lineCount} lines`),
  ]);
}

/** Entries of the repository's top folder that the layout does not know. */
export function topLevelViolations(entries: readonly string[]): string[] {
  return entries.filter(
    (name) =>
      !name.startsWith(".") &&
      !TOP_LEVEL.has(name) &&
      !MADE.has(name) &&
      !/^tsconfig(\.[a-z]+)?\.json$/.test(name),
  );
}

/** Names that are not kebab-case, or that say nothing. */
export function nameViolations(files: readonly SourceFile[]): string[] {
  return files.flatMap(({ path }) => {
    const names = path.replace(/(\.test)?\.tsx?$/, "").split("/");
    const crooked = names.find((name) => !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name));
    if (crooked) return [`${path}: ${crooked} is not kebab-case`];
    const vague = names
      .at(-1)
      ?.split("-")
      .find((word) => VAGUE.has(word));
    return vague && !path.startsWith("docs/") ? [`${path}: ${vague} says nothing`] : [];
  });
}

/** Default exports, which let every importer choose a name of its own. */
export function defaultExportViolations(files: readonly SourceFile[]): string[] {
  return files.flatMap(({ path, defaultExports }) =>
    defaultExports.map((line) => `${path}:${line}: a default export`),
  );
}
