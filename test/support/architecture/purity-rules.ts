import { isBuiltin } from "node:module";
import type { ImportSite, SourceFile } from "./source-file.ts";

const PURE = ["src/dsl/", "src/templates/", "src/plan/", "src/machines/", "src/actors/"];

/** Finds template files on the disk; what it reads is judged elsewhere. */
const EXEMPT = "src/templates/discover.ts";

const PURE_BUILTINS = new Set([
  "node:path/posix",
  "node:assert",
  "node:assert/strict",
  "node:util",
  "node:buffer",
]);

/** Our own doors to time and chance: pure code is handed a clock, it does not open one. */
const DOORS = new Set(["systemClock", "randomIds"]);

const AMBIENT = new Set(
  `Date.now Math.random performance.now performance.timeOrigin crypto.randomUUID crypto.getRandomValues
   setTimeout setInterval setImmediate queueMicrotask requestAnimationFrame fetch WebSocket process Bun Deno`.split(
    /\s+/,
  ),
);

/** Where time, turns of the event loop and chance may come from; everything else is handed a port. */
const SOURCES_OF_CHANCE: Readonly<Record<string, string>> = {
  "src/shared/clock.ts": "the port to time, and the machine's own clock",
  "src/shared/ids.ts": "the port to identifiers, and the random ones",
};

/** From `shared` to `engine`: what a simulation must hold in its hands, or no run could be repeated. */
const SIMULATED = ["src/shared/", ...PURE, "src/engine/"];

const CHANCE = new Set(
  `Date.now Math.random performance.now performance.timeOrigin setTimeout setInterval setImmediate
   process.hrtime process.hrtime.bigint process.nextTick crypto.randomUUID crypto.getRandomValues
   crypto.randomBytes randomUUID randomBytes randomInt randomFillSync getRandomValues`.split(/\s+/),
);

const CHANCE_PACKAGES = new Set(["nanoid", "node:timers", "node:timers/promises", "node:perf_hooks"]);

/** Time, turns and chance that come from nowhere, in what a simulation runs. */
export function chanceViolations(files: readonly SourceFile[]): string[] {
  return files
    .filter(({ path }) => SIMULATED.some((folder) => path.startsWith(folder)) && !(path in SOURCES_OF_CHANCE))
    .flatMap(({ path, imports, mentions }) => {
      const found = [
        ...imports
          .filter(({ specifier }) => CHANCE_PACKAGES.has(nodeName(specifier)))
          .map(({ specifier, line }) => ({ line, verb: "imports", name: specifier! })),
        ...mentions
          .filter(({ name, argumentCount }) => isChance(name.replace(/^globalThis\./, ""), argumentCount))
          .map(({ name, line }) => ({ line, verb: "uses", name })),
      ];
      return [...new Set(found.map(({ line, verb, name }) => `${path}:${line}: ${verb} ${name}`))];
    });
}

function isChance(name: string, argumentCount: number): boolean {
  return name === "Date" ? argumentCount === 0 : CHANCE.has(name);
}

function nodeName(specifier: string | null): string {
  if (specifier === null) return "";
  return isBuiltin(specifier) ? specifier.replace(/^(?!node:)/, "node:") : specifier;
}

/** What machines may not name: XState's own time and promises, which no replay would repeat. */
const MACHINE_AMBIENT = new Set(["fromPromise", "SimulatedClock"]);

/** Clocks, chance and I/O in the folders that must be deterministic. */
export function purityViolations(files: readonly SourceFile[]): string[] {
  return files
    .filter(({ path }) => PURE.some((folder) => path.startsWith(folder)) && path !== EXEMPT)
    .flatMap((file) => {
      const found = [
        ...file.imports.flatMap((site) =>
          impureImports(site).map((name) => ({ name, verb: "imports", line: site.line })),
        ),
        ...file.mentions
          .filter((mention) => isAmbient(mention.name, mention.argumentCount, file.path))
          .map(({ name, line }) => ({ name, verb: "uses", line })),
      ];
      return [...new Set(found.map(({ name, verb, line }) => `${file.path}:${line}: ${verb} ${name}`))];
    });
}

function impureImports({ specifier, names }: ImportSite): string[] {
  const builtin =
    specifier !== null && isBuiltin(specifier) ? specifier.replace(/^(?!node:)/, "node:") : undefined;
  if (specifier !== null && builtin !== undefined && !PURE_BUILTINS.has(builtin)) return [specifier];
  return names?.filter((name) => DOORS.has(name)) ?? [];
}

function isAmbient(name: string, argumentCount: number, path: string): boolean {
  const plain = name.replace(/^globalThis\./, "");
  if (plain === "Date") return argumentCount === 0;
  if (path.startsWith("src/machines/") && MACHINE_AMBIENT.has(plain)) return true;
  return AMBIENT.has(plain) || plain.startsWith("process.");
}
