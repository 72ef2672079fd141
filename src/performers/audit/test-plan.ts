import { isJsonObject, type JsonObject } from "../../shared/json.ts";

export type Runner = "vitest" | "jest" | "mocha" | "ava" | "tap" | "node";

/** How a package's tests are run: by their runner with a report that machines read, or as `npm test`. */
export type TestPlan =
  | {
      readonly kind: "runner";
      readonly runner: Runner;
      /** The runner's own arguments, its report left out. */
      readonly args: readonly string[];
      /** Variables that the script sets before the runner's name. */
      readonly env: Readonly<Record<string, string>>;
      readonly script: string;
    }
  | { readonly kind: "script"; readonly script: string; readonly because: string }
  | { readonly kind: "none"; readonly because: string };

const RUNNERS: Readonly<Record<string, Runner>> = {
  vitest: "vitest",
  jest: "jest",
  mocha: "mocha",
  ava: "ava",
  tap: "tap",
  node: "node",
};
/** Switches that make a runner stay, ask, or report elsewhere. */
const DROPPED =
  /^(?:--watch(?:All)?(?:=.*)?|-w|--ui|--open|--coverage(?:\..*)?(?:=.*)?|--reporters?=.*|--outputFile(?:\..*)?=.*|--json|--tap|--verbose|--silent|--bail(?:=.*)?|-b|--test-reporter=.*|--test-reporter-destination=.*)$/;
const DROPPED_WITH_VALUE = /^(?:--reporters?|-R|--outputFile|--test-reporter|--test-reporter-destination)$/;
const SCRIPT_DEPTH = 3;

/** Reads package.json; a script that does more than call one runner is run as a whole. */
export function planTests(manifest: JsonObject): TestPlan {
  const scripts = isJsonObject(manifest.scripts) ? manifest.scripts : {};
  const named = typeof scripts.test === "string" ? scripts.test.trim() : "";
  if (named === "" || /no test specified/i.test(named)) {
    return { kind: "none", because: "package.json has no `test` script" };
  }
  const hasHooks = typeof scripts.pretest === "string" || typeof scripts.posttest === "string";
  if (hasHooks) return { kind: "script", script: named, because: "the script has hooks around it" };
  const script = follow(named, scripts);
  const words = shellWords(script);
  if (words === null) return { kind: "script", script, because: "the script needs a shell" };
  const env: Record<string, string> = {};
  let at = words[0] === "cross-env" ? 1 : 0;
  for (let set = assignment(words[at]); set; set = assignment(words[++at])) env[set[0]] = set[1];
  if (words[at] === "npx") at++;
  const runner = RUNNERS[words[at] ?? ""];
  const rest = words.slice(at + 1);
  if (runner === undefined)
    return { kind: "script", script, because: `\`${words[at] ?? ""}\` is no known runner` };
  if (runner === "node" && !rest.includes("--test")) {
    return { kind: "script", script, because: "it runs a program of its own" };
  }
  return { kind: "runner", runner, args: withoutReports(runner, rest), env, script };
}

/** `npm run unit` means the script `unit`. */
function follow(script: string, scripts: JsonObject): string {
  let current = script;
  for (let depth = 0; depth < SCRIPT_DEPTH; depth++) {
    const name = /^(?:npm|pnpm|yarn|bun)\s+(?:run\s+)?(?:-s\s+|--silent\s+)?([\w:.-]+)$/.exec(current)?.[1];
    const next = name === undefined ? undefined : scripts[name];
    if (typeof next !== "string" || scripts[`pre${name}`] || scripts[`post${name}`]) return current;
    current = next.trim();
  }
  return current;
}

function withoutReports(runner: Runner, words: readonly string[]): readonly string[] {
  const kept: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!;
    if (DROPPED_WITH_VALUE.test(word)) at++;
    else if (!DROPPED.test(word)) kept.push(word);
  }
  if (runner === "vitest" && /^(?:run|watch|dev)$/.test(kept[0] ?? "")) kept.shift();
  return runner === "vitest" ? kept.filter((word) => word !== "--run") : kept;
}

/** The words of a command that needs no shell; null when it does. Globs in single quotes are the runner's own. */
export function shellWords(script: string): readonly string[] | null {
  const words: string[] = [];
  let word: string | null = null;
  for (let at = 0; at < script.length; at++) {
    const char = script[at]!;
    if (/\s/.test(char)) {
      if (word !== null) words.push(word);
      word = null;
    } else if (char === "'" || char === '"') {
      const end = script.indexOf(char, at + 1);
      if (end === -1) return null;
      const inner = script.slice(at + 1, end);
      if (char === '"' && /[$`\\]/.test(inner)) return null;
      word = (word ?? "") + inner;
      at = end;
    } else if (/[$`\\|&;<>(){}*?[\]~!#\n]/.test(char)) {
      return null;
    } else word = (word ?? "") + char;
  }
  if (word !== null) words.push(word);
  return words;
}

function assignment(word: string | undefined): readonly [string, string] | undefined {
  const match = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/.exec(word ?? "");
  return match ? [match[1]!, match[2]!] : undefined;
}
