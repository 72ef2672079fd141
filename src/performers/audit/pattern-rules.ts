import { type Block, enclosing, loopAround } from "./blocks.ts";
import type { SourceFile } from "./repository.ts";
import type { Family } from "./source-text.ts";
import type { Finding } from "./stream-report.ts";

/** A pattern that can be counted: where it looks, what it finds (offsets), and what acting on it gains. */
export type PatternRule = Pick<Finding, "rule" | "severity" | "message" | "gain" | "effort"> & {
  readonly families: readonly Family[];
  readonly roles: readonly SourceFile["role"][];
  readonly find: (file: SourceFile, blocks: readonly Block[]) => readonly number[];
};

const EVERYWHERE: readonly SourceFile["role"][] = ["source", "test", "tool"];
const SHIPPED: readonly SourceFile["role"][] = ["source"];
const ALL_FAMILIES: readonly Family[] = ["js", "c", "go", "rust", "python"];

const SYNC_CALL =
  /\b(?:(?:read|write|append|copy|exists|stat|lstat|readdir|mkdir|rmdir|rm|unlink|rename|access|open|realpath)(?:File)?Sync|execSync|execFileSync|spawnSync)\s*\(/g;

/** Every rule of stream B, in the order of the report. */
export const PATTERN_RULES: readonly PatternRule[] = [
  {
    rule: "sync-io",
    severity: "medium",
    message: "synchronous file or process call inside a function",
    gain: "the event loop keeps serving others while the disk works",
    effort: "S",
    families: ["js"],
    roles: SHIPPED,
    find: (file, blocks) =>
      matches(file, SYNC_CALL).filter(
        (at) => enclosing(blocks, at, ({ kind }) => kind === "function") !== null,
      ),
  },
  {
    rule: "await-in-loop",
    severity: "medium",
    message: "`await` inside a loop: the calls run one after the other",
    gain: "independent calls at once take as long as the slowest instead of the sum",
    effort: "S",
    families: ["js", "python"],
    roles: SHIPPED,
    find: (file, blocks) => onePerLoop(blocks, matches(file, /\bawait\b(?!\s+using\b)/g)),
  },
  {
    rule: "nested-loops",
    severity: "medium",
    message: "loop within a loop of the same function",
    gain: "an index (Map, Set) turns a quadratic search into a linear one, where both loops grow",
    effort: "M",
    families: ALL_FAMILIES,
    roles: SHIPPED,
    find: (_file, blocks) =>
      blocks
        .filter((block) => block.kind === "loop" && loopAround(blocks, block.start) !== null)
        .map(({ start }) => start),
  },
  {
    rule: "json-clone",
    severity: "low",
    message: "`JSON.parse(JSON.stringify(...))` as a copy",
    gain: "`structuredClone` keeps dates, maps and cycles, and needs no text in between",
    effort: "S",
    families: ["js"],
    roles: SHIPPED,
    find: (file) => matches(file, /\bJSON\s*\.\s*parse\s*\(\s*JSON\s*\.\s*stringify\s*\(/g),
  },
  {
    rule: "spread-in-reduce",
    severity: "medium",
    message: "`reduce` that spreads its accumulator: every step copies all before it",
    gain: "linear instead of quadratic time: push or assign into one accumulator",
    effort: "S",
    families: ["js"],
    roles: SHIPPED,
    find: spreadsInReduce,
  },
  {
    rule: "regex-in-loop",
    severity: "low",
    message: "regular expression built inside a loop",
    gain: "compiled once instead of on every turn",
    effort: "S",
    families: ["js", "python", "go", "rust"],
    roles: SHIPPED,
    find: (file, blocks) =>
      matches(
        file,
        /\bnew\s+RegExp\s*\(|\bre\.compile\s*\(|\bregexp\.MustCompile\s*\(|\bRegex::new\s*\(/g,
      ).filter((at) => loopAround(blocks, at) !== null),
  },
  {
    rule: "shift-in-loop",
    severity: "low",
    message: "`shift()` inside a loop: each call may move the whole array",
    gain: "a read index or a queue makes each turn constant",
    effort: "S",
    families: ["js"],
    roles: SHIPPED,
    find: (file, blocks) =>
      matches(file, /\.shift\s*\(\s*\)/g).filter((at) => loopAround(blocks, at) !== null),
  },
  {
    rule: "async-for-each",
    severity: "high",
    message: "`forEach` with an async function: nobody waits for it, its errors are lost",
    gain: "failures reach the caller: `for ... of`, or `Promise.all` over `map`",
    effort: "S",
    families: ["js"],
    roles: SHIPPED,
    find: (file) => matches(file, /\.forEach\s*\(\s*async\b/g),
  },
  {
    rule: "empty-catch",
    severity: "medium",
    message: "empty `catch`: an error disappears without a word",
    gain: "faults show where they happen",
    effort: "S",
    families: ["js", "c"],
    roles: SHIPPED,
    find: emptyCatches,
  },
  {
    rule: "console-left",
    severity: "low",
    message: "`console.log` or `console.debug` left in shipped code",
    gain: "a logger gives levels and structure, and keeps standard output clean",
    effort: "S",
    families: ["js"],
    roles: SHIPPED,
    find: (file) => (isCommandLine(file) ? [] : matches(file, /\bconsole\s*\.\s*(?:log|debug)\s*\(/g)),
  },
  {
    rule: "debugger-left",
    severity: "high",
    message: "`debugger` statement left in",
    gain: "nothing stops where a debugger is attached",
    effort: "S",
    families: ["js"],
    roles: EVERYWHERE,
    find: (file) => matches(file, /(?:^|[;{}\n])\s*debugger\s*(?=;|\n|\})/g, /debugger/),
  },
  {
    rule: "bare-except",
    severity: "medium",
    message: "bare `except:` catches even the request to stop",
    gain: "only the expected errors are caught",
    effort: "S",
    families: ["python"],
    roles: SHIPPED,
    find: (file) => matches(file, /^[ \t]*except\s*:/gm),
  },
  {
    rule: "unwrap",
    severity: "low",
    message: "`.unwrap()` in shipped code: a panic instead of an error",
    gain: "the caller can handle the failure",
    effort: "M",
    families: ["rust"],
    roles: SHIPPED,
    find: (file) => matches(file, /\.unwrap\s*\(\s*\)/g),
  },
  {
    rule: "defer-in-loop",
    severity: "medium",
    message: "`defer` inside a loop: nothing is released before the function ends",
    gain: "resources are freed on each turn",
    effort: "S",
    families: ["go"],
    roles: SHIPPED,
    find: (file, blocks) => matches(file, /\bdefer\b/g).filter((at) => loopAround(blocks, at) !== null),
  },
  {
    rule: "open-task",
    severity: "info",
    message: "open task in a comment",
    gain: "work that is tracked gets done: make it an issue or delete it",
    effort: "S",
    families: ALL_FAMILIES,
    roles: EVERYWHERE,
    find: (file) =>
      file.comments
        .filter(({ start, end }) => /\b(?:TODO|FIXME|HACK|XXX)\b/.test(file.text.slice(start, end)))
        .map(({ start, end }) => start + file.text.slice(start, end).search(/\b(?:TODO|FIXME|HACK|XXX)\b/)),
  },
];

function matches(file: SourceFile, pattern: RegExp, within?: RegExp): readonly number[] {
  return [...file.code.matchAll(pattern)].map((match) => {
    const inside = within ? match[0].search(within) : match[0].search(/\S/);
    return match.index + Math.max(0, inside);
  });
}

/** One place for each loop that waits, so that a loop with five awaits is one finding. */
function onePerLoop(blocks: readonly Block[], places: readonly number[]): readonly number[] {
  const seen = new Set<Block>();
  const kept: number[] = [];
  for (const at of places) {
    const loop = loopAround(blocks, at);
    if (loop === null || loop.awaits || seen.has(loop)) continue;
    seen.add(loop);
    kept.push(at);
  }
  return kept;
}

function spreadsInReduce(file: SourceFile): readonly number[] {
  const found: number[] = [];
  for (const match of file.code.matchAll(
    /\.reduce(?:Right)?\s*(?:<[^()]*>)?\(\s*(?:async\s*)?(?:function\b[^(]*)?\(\s*([A-Za-z_$][\w$]*)/g,
  )) {
    const body = callText(file.code, match.index + match[0].indexOf("("));
    if (new RegExp(`[[{,]\\s*\\.\\.\\.${match[1]!.replaceAll("$", "\\$")}\\b`).test(body))
      found.push(match.index);
  }
  return found;
}

/** From an opening parenthesis to its partner. */
function callText(code: string, open: number): string {
  let depth = 0;
  for (let at = open; at < code.length; at++) {
    if (code[at] === "(") depth++;
    else if (code[at] === ")" && --depth === 0) return code.slice(open, at + 1);
  }
  return code.slice(open);
}

/** A comment inside says that somebody thought about it: not counted. */
function emptyCatches(file: SourceFile): readonly number[] {
  return [...file.code.matchAll(/\bcatch\s*(?:\([^)]*\)\s*)?\{\s*\}/g)]
    .filter(
      ({ index, 0: all }) => !file.comments.some(({ start }) => start > index && start < index + all.length),
    )
    .map(({ index }) => index);
}

function isCommandLine(file: SourceFile): boolean {
  return file.text.startsWith("#!") || /(^|\/)(?:cli|bin|commands?)(?:\/|\.[cm]?[jt]s$)/.test(file.path);
}
