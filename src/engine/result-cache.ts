import type { CompletedOutcome } from "../plan/outcome.ts";

/** How a cache stands, and what came of the questions since it was last cleared. */
export type CacheStats = {
  readonly entries: number;
  /** What they take, and what they may take. */
  readonly bytes: number;
  readonly maxBytes: number;
  readonly hits: number;
  readonly misses: number;
  /** Hits per question; null before the first one. */
  readonly hitRate: number | null;
  /** Entries that had to make room. */
  readonly evictions: number;
  /** Hits and misses by `NAME@VERSION`, in order of name. */
  readonly templates: readonly TemplateHits[];
};

/** How no cache at all stands. */
export const NO_CACHE: CacheStats = {
  entries: 0,
  bytes: 0,
  maxBytes: 0,
  hits: 0,
  misses: 0,
  hitRate: null,
  evictions: 0,
  templates: [],
};

/** How often results of one template's steps were found, and were not. */
export type TemplateHits = { readonly template: string; readonly hits: number; readonly misses: number };

/**
 * Keeps completed outcomes by the hash of everything that determines them. Losing entries is harmless, so `get` and `put`
 * never throw and never wait: what is wrong, or busy, is a miss.
 */
export interface ResultCache {
  /** The outcome kept under a key, without usage; null is a miss. Either is counted for `template`. */
  get(key: string, template: string): CompletedOutcome | null;
  /** Keeps an outcome until room is needed; one that is too large, or that JSON cannot hold, is not kept. */
  put(key: string, outcome: CompletedOutcome, template: string): void;
  /** Throws AbyssalError CACHE_DAMAGED, CACHE_UNAVAILABLE. */
  stats(): CacheStats;
  /** Forgets every entry and count; gives what there was. Throws AbyssalError CACHE_UNAVAILABLE. */
  clear(): Pick<CacheStats, "entries" | "bytes">;
  /** Lets go of everything; nothing is found or kept any more. */
  close(): void;
}

/** An entry may take this share of a cache, so that one cannot drive out all others. */
export const ENTRY_SHARE = 1 / 8;

/** The same cache for a run that must do its work itself: nothing is found, what was done is kept for later runs. */
export function writeOnly(cache: ResultCache): ResultCache {
  return {
    get: () => null,
    put: (key, outcome, template) => cache.put(key, outcome, template),
    stats: () => cache.stats(),
    clear: () => cache.clear(),
    close: () => cache.close(),
  };
}

/** An outcome as an entry holds it: JSON text without what its call cost, and whose it was, since a hit makes none; null when JSON cannot hold it. */
export function entryText({ usage: _, shared: __, ...outcome }: CompletedOutcome): string | null {
  try {
    return JSON.stringify(outcome);
  } catch {
    return null;
  }
}

/**
 * Purpose: count hits and misses by template.
 * Owns: the counts since they were last taken. Does not own: where they are kept.
 */
export class Tally {
  readonly #counts = new Map<string, { hits: number; misses: number }>();

  count(template: string, isHit: boolean): void {
    const counts = this.#counts.get(template) ?? { hits: 0, misses: 0 };
    if (isHit) counts.hits++;
    else counts.misses++;
    this.#counts.set(template, counts);
  }

  get all(): readonly TemplateHits[] {
    return [...this.#counts].map(([template, counts]) => ({ template, ...counts }));
  }

  clear(): void {
    this.#counts.clear();
  }
}

/** Sums up counts, several of one template too. */
export function summedUp(
  counts: readonly TemplateHits[],
): Pick<CacheStats, "hits" | "misses" | "hitRate" | "templates"> {
  const byTemplate = new Map<string, TemplateHits>();
  let hits = 0;
  let misses = 0;
  for (const count of counts) {
    const known = byTemplate.get(count.template) ?? { hits: 0, misses: 0 };
    byTemplate.set(count.template, {
      template: count.template,
      hits: known.hits + count.hits,
      misses: known.misses + count.misses,
    });
    hits += count.hits;
    misses += count.misses;
  }
  const templates = [...byTemplate.values()].sort((a, b) => (a.template < b.template ? -1 : 1));
  return { hits, misses, hitRate: hits + misses === 0 ? null : hits / (hits + misses), templates };
}
