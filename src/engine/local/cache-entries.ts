import { sha3 } from "../../shared/hash.ts";
import { inTransaction } from "../../shared/in-transaction.ts";
import type { TemplateHits } from "../result-cache.ts";
import type { CacheDatabase } from "./cache-database.ts";

/** Once the file is full, room is made down to this share, so that not every write has to. */
const ROOM_SHARE = 0.9;

/** What one write brings: keys whose entries were changed by others, keys that were used, new entries, counts. */
export type Batch = {
  readonly changed: ReadonlySet<string>;
  /** The one used longest ago first. */
  readonly used: ReadonlySet<string>;
  readonly puts: ReadonlyMap<string, string>;
  readonly counts: readonly TemplateHits[];
};

type Found = { readonly kind: "found"; readonly text: string } | { readonly kind: "absent" | "changed" };

/** An entry's text, held to its check sum. */
export function findEntry({ sql }: CacheDatabase, key: string): Found {
  const row = sql.find.get(key) as { readonly body: unknown; readonly sum: unknown } | undefined;
  if (!row) return { kind: "absent" };
  const { body, sum } = row;
  return typeof body === "string" && sumOf(key, body) === sum
    ? { kind: "found", text: body }
    : { kind: "changed" };
}

/** Writes all of it or nothing, and keeps the pages in use within `maxBytes`. */
export function writeBatch(
  cache: CacheDatabase,
  { changed, used, puts, counts }: Batch,
  maxBytes: number,
): true {
  const { sql } = cache;
  return inTransaction(cache.db, () => {
    for (const key of changed) dropEntry(cache, key);
    let use = numberOf(sql.lastUse);
    for (const key of used) sql.use.run(++use, key);
    for (const [key, text] of puts) {
      const { id } = sql.put.get(key, ++use, sumOf(key, text)) as { readonly id: number };
      sql.putBody.run(id, text);
    }
    for (const { template, hits, misses } of counts) sql.count.run(template, hits, misses);
    makeRoom(cache, maxBytes);
    return true;
  });
}

/** How many entries there are, the bytes of the pages in use, and what was counted. */
export function readFigures(cache: CacheDatabase): {
  readonly entries: number;
  readonly bytes: number;
  readonly evictions: number;
  readonly counts: readonly TemplateHits[];
} {
  const { entries, evictions, counts } = cache.sql;
  return {
    entries: numberOf(entries),
    bytes: usedBytes(cache),
    evictions: numberOf(evictions),
    counts: counts.all() as unknown as TemplateHits[],
  };
}

/** Removes every entry and count, and gives the room back to the disk; gives what there was. */
export function emptyEntries(cache: CacheDatabase): { readonly entries: number; readonly bytes: number } {
  const was = inTransaction(cache.db, () => {
    const { entries, bytes } = readFigures(cache);
    cache.db.exec(
      "DELETE FROM bodies; DELETE FROM entries; DELETE FROM counts; UPDATE evictions SET count = 0",
    );
    return { entries, bytes };
  });
  try {
    cache.db.exec("VACUUM; PRAGMA wal_checkpoint(TRUNCATE)");
  } catch {
    // While others read it the pages stay in the file, and are used again.
  }
  return was;
}

function dropEntry({ sql }: CacheDatabase, key: string): void {
  const row = sql.drop.get(key) as { readonly id: number } | undefined;
  if (row) sql.dropBody.run(row.id);
}

/** Removes what was used longest ago until there is room again. */
function makeRoom(cache: CacheDatabase, maxBytes: number): void {
  const { sql } = cache;
  let bytes = usedBytes(cache);
  if (bytes <= maxBytes) return;
  const target = maxBytes * ROOM_SHARE;
  let evicted = 0;
  for (let entries = numberOf(sql.entries); bytes > target && entries > 0; ) {
    const excess = Math.min(entries, Math.ceil((entries * (bytes - target)) / bytes));
    sql.evictBodies.run(excess);
    sql.evict.run(excess);
    evicted += excess;
    entries -= excess;
    bytes = usedBytes(cache);
  }
  sql.addEvictions.run(evicted);
}

function usedBytes({ sql }: CacheDatabase): number {
  return (numberOf(sql.pages) - numberOf(sql.freePages)) * numberOf(sql.pageSize);
}

function numberOf(statement: CacheDatabase["sql"]["entries"]): number {
  return Number(Object.values(statement.get()!)[0]);
}

function sumOf(key: string, text: string): string {
  return sha3(`${key}\n${text}`);
}
