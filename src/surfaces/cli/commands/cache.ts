import type { CacheStats } from "../../../engine/result-cache.ts";
import type { Config } from "../../config.ts";
import { openCache } from "../../runtime.ts";
import type { CliContext } from "../cli.ts";
import { configOf } from "../command-config.ts";
import { EXIT } from "../exit-codes.ts";
import { columns, counted, paintFor } from "../style.ts";
import { printJson, type Terminal, wantsColour } from "../terminal.ts";

export type CacheFlags = { readonly output: "text" | "json"; readonly config?: string };

/** `abyssal cache stats`: what is kept, and how often it was of use. */
export async function cacheStatsCommand(flags: CacheFlags, context: CliContext): Promise<number> {
  const { terminal } = context;
  const { stdout, env } = terminal;
  const config = await configOf(flags, context);
  const stats = await readCacheStats(config, terminal);
  const { enabled } = config.cache;
  if (flags.output === "json") {
    printJson(stdout, { enabled, ...stats });
    return EXIT.succeeded;
  }
  const { templates, evictions } = stats;
  const rows = [
    ...(enabled ? [] : [["cache", "off: cache.enabled is false"]]),
    ["kept", keptText(stats)],
    ["hits", hitsText(stats)],
    ...(evictions === 0 ? [] : [["evicted", counted(evictions, "result")]]),
  ];
  stdout.write(`${columns(rows)}\n`);
  if (templates.length === 0) return EXIT.succeeded;
  const paint = paintFor(wantsColour(stdout, env));
  const lines = templates.map(({ template, hits, misses }) => [template, String(hits), String(misses)]);
  const table = columns([["TEMPLATE", "HITS", "MISSES"], ...lines], { right: [1, 2] });
  const [head = "", ...rest] = table.split("\n");
  stdout.write(`\n${[paint("bold", head), ...rest].join("\n")}\n`);
  return EXIT.succeeded;
}

/** `abyssal cache clear`: forgets every result and count. */
export async function cacheClearCommand(flags: CacheFlags, context: CliContext): Promise<number> {
  const { terminal } = context;
  const cache = await openCache(terminal.cwd, await configOf(flags, context));
  try {
    const { entries, bytes } = cache.clear();
    if (flags.output === "json") printJson(terminal.stdout, { entries, bytes });
    else terminal.stdout.write(`forgot ${counted(entries, "result")}, ${sizeText(bytes)}\n`);
    return EXIT.succeeded;
  } finally {
    cache.close();
  }
}

/** How the cache of a folder stands; throws AbyssalError CACHE_*. */
export async function readCacheStats(config: Config, { cwd }: Terminal): Promise<CacheStats> {
  const cache = await openCache(cwd, config);
  try {
    return cache.stats();
  } finally {
    cache.close();
  }
}

/** `12 results, 480 KB of 256 MB`. */
export function keptText({ entries, bytes, maxBytes }: CacheStats): string {
  return `${counted(entries, "result")}, ${sizeText(bytes)} of ${sizeText(maxBytes)}`;
}

/** `95.2% of 42 questions`. */
export function hitsText({ hits, misses, hitRate }: CacheStats): string {
  return hitRate === null
    ? "not asked yet"
    : `${(hitRate * 100).toFixed(1)}% of ${counted(hits + misses, "question")}`;
}

function sizeText(bytes: number): string {
  const kilobytes = Math.round(bytes / 1024);
  return kilobytes < 1024 ? `${kilobytes} KB` : `${Number((kilobytes / 1024).toFixed(1))} MB`;
}
