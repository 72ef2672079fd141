import { posix } from "node:path";
import type { SourceFile } from "./source-file.ts";

const ENTRY_POINTS = ["src/index.ts", "src/machines/index.ts"];
const PAGE = "src/surfaces/dashboard/";
const COMPOSITION_ROOT = "src/surfaces/runtime.ts";

/** What each folder of src may import beside itself: path prefixes under src (design: imports point left). */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  shared: [],
  dsl: ["shared/"],
  templates: ["shared/", "dsl/"],
  plan: ["shared/", "dsl/", "templates/"],
  machines: ["shared/", "plan/"],
  actors: ["shared/", "plan/", "templates/", "machines/"],
  engine: ["shared/", "dsl/", "templates/", "plan/", "machines/", "actors/"],
  performers: ["shared/", "plan/plan.ts", "plan/outcome.ts", "templates/template.ts", "actors/ports.ts"],
  surfaces: ["shared/", "dsl/", "templates/", "plan/", "machines/", "actors/", "engine/", "performers/"],
};

/** Code that only the composition root may name; the rest of the house knows it by its port. */
const CONCRETE = ["src/engine/memory/", "src/engine/local/", "src/performers/"];

/** Imports that point right, leave the tree, or name a concrete engine or performer. */
export function importViolations(files: readonly SourceFile[]): string[] {
  const known = new Set(files.map(({ path }) => path));
  return files
    .filter(({ path }) => path.startsWith("src/"))
    .flatMap((file) =>
      file.imports.flatMap(({ specifier, line }) => {
        const problem = importProblem(file.path, specifier, known);
        return problem ? [`${file.path}:${line}: ${problem}`] : [];
      }),
    );
}

function importProblem(
  from: string,
  specifier: string | null,
  known: ReadonlySet<string>,
): string | undefined {
  const layer = layerOf(from);
  if (layer !== undefined && !MAY_IMPORT[layer]) return `${layer} is no folder of the table`;
  if (specifier === null) {
    const judged = layer !== "performers" && layer !== "surfaces";
    return judged ? "a computed import cannot be judged" : undefined;
  }
  if (!specifier.startsWith(".")) {
    return /^(#|abyssal-runtime|\/|file:)/.test(specifier) ? `${specifier} goes round the table` : undefined;
  }
  const target = posix.join(posix.dirname(from), specifier);
  // The page's bundler takes these in.
  if (from.startsWith(PAGE) && target.startsWith(PAGE) && /\.(css|svg)$/.test(target)) return undefined;
  if (!known.has(target)) return `${specifier} is no file of the tree`;
  if (!target.startsWith("src/")) return `${target} stands outside src`;
  if (layer === undefined)
    return isConcrete(target) ? `only ${COMPOSITION_ROOT} may import ${target}` : undefined;
  const concrete = CONCRETE.find((prefix) => target.startsWith(prefix));
  if (concrete && !from.startsWith(concrete) && from !== COMPOSITION_ROOT) {
    return `only ${COMPOSITION_ROOT} may import ${target}`;
  }
  const allowed = [`${layer}/`, ...(MAY_IMPORT[layer] ?? [])];
  const inner = target.slice("src/".length);
  return allowed.some((prefix) => inner.startsWith(prefix)) ? undefined : `${layer} may not import ${target}`;
}

function isConcrete(path: string): boolean {
  return CONCRETE.some((prefix) => path.startsWith(prefix));
}

/** The folder under src; `undefined` for the package's entry point, which may name any part. */
function layerOf(path: string): string | undefined {
  return path === "src/index.ts" ? undefined : path.split("/")[1];
}

/** Files that hand on other files' exports, the package's entry points aside. */
export function barrelViolations(files: readonly SourceFile[]): string[] {
  return files
    .filter(({ path }) => path.startsWith("src/") && !ENTRY_POINTS.includes(path))
    .filter(({ path, barrel }) => barrel || path.endsWith("/index.ts"))
    .map(({ path }) => `${path}: an internal barrel`);
}

/** Examples that reach past the public API. */
export function exampleViolations(files: readonly SourceFile[]): string[] {
  return files
    .filter(({ path }) => path.startsWith("docs/examples/"))
    .flatMap(({ path, imports }) =>
      imports.flatMap(({ specifier, line }) => {
        if (!specifier?.startsWith(".")) return [];
        const target = posix.join(posix.dirname(path), specifier);
        const open = ENTRY_POINTS.includes(target) || target.startsWith("docs/examples/");
        return open ? [] : [`${path}:${line}: ${target} is not public`];
      }),
    );
}
