import { describe, expect, test } from "vitest";
import { SqliteCache } from "../../src/engine/local/sqlite-cache.ts";
import { MemoryCache } from "../../src/engine/memory/memory-cache.ts";
import { type ResultCache, writeOnly } from "../../src/engine/result-cache.ts";
import { ManualClock } from "../support/manual-clock.ts";
import { completed } from "../support/scripted-performer.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const MAX_BYTES = 512 * 1024;

/** Every cache keeps these promises, written through or not; `settle` lets what waits be written. */
const CACHES: readonly (readonly [string, () => { cache: ResultCache; settle: () => void }])[] = [
  ["in memory", () => ({ cache: new MemoryCache({ maxBytes: MAX_BYTES }), settle: () => {} })],
  [
    "in SQLite",
    () => {
      const clock = new ManualClock();
      const cache = new SqliteCache({ folder: temporaryFolder(), maxBytes: MAX_BYTES, clock });
      return { cache, settle: () => clock.advance(1_000) };
    },
  ],
];

const keyOf = (index: number): string => index.toString(16).padStart(64, "0");

describe.each(CACHES)("a cache %s", (_, make) => {
  test("gives an outcome again as it was put, without its usage", () => {
    const { cache, settle } = make();
    const outcome = completed("é\n", {
      data: { a: [1, null, "ü"] },
      artifacts: [{ path: "a.txt", content: "\u0000 text", mediaType: "text/plain" }],
      claims: [{ subject: "s", value: 1 }],
      confidence: { value: 0.25, source: "draft" },
    });
    cache.put(
      keyOf(1),
      { ...outcome, usage: { calls: 1, inputTokens: 2, outputTokens: 3, costMicros: 4 } },
      "A@1",
    );
    expect(cache.get(keyOf(1), "A@1")).toEqual(outcome);
    settle();
    expect(cache.get(keyOf(1), "A@1")).toEqual(outcome);
    cache.close();
  });

  test("gives a copy: what a reader changes, nobody else sees", () => {
    const { cache } = make();
    cache.put(keyOf(1), completed("", { data: { list: [1] } }), "A@1");
    const first = cache.get(keyOf(1), "A@1")!;
    (first.data as { list: number[] }).list.push(2);
    expect(cache.get(keyOf(1), "A@1")!.data).toEqual({ list: [1] });
    cache.close();
  });

  test("counts hits and misses by template, across writes", () => {
    const { cache, settle } = make();
    expect(cache.stats()).toMatchObject({ hits: 0, misses: 0, hitRate: null, templates: [] });
    cache.get(keyOf(1), "B@1");
    cache.put(keyOf(1), completed(), "B@1");
    settle();
    cache.get(keyOf(1), "B@1");
    cache.get(keyOf(2), "A@1");
    settle();
    cache.get(keyOf(1), "B@1");
    expect(cache.stats()).toMatchObject({
      entries: 1,
      hits: 2,
      misses: 2,
      hitRate: 0.5,
      evictions: 0,
      templates: [
        { template: "A@1", hits: 0, misses: 1 },
        { template: "B@1", hits: 2, misses: 1 },
      ],
    });
    cache.close();
  });

  test("never takes more than it may, and lets go of what was used longest ago (K1)", () => {
    const { cache, settle } = make();
    const text = "x".repeat(10_000);
    cache.put(keyOf(0), completed(text), "A@1");
    for (let index = 1; index <= 200; index++) {
      cache.put(keyOf(index), completed(text), "A@1");
      settle();
      expect(cache.get(keyOf(0), "A@1")).not.toBeNull();
      settle();
      expect(cache.stats().bytes).toBeLessThanOrEqual(MAX_BYTES);
    }
    expect(cache.get(keyOf(1), "A@1")).toBeNull();
    expect(cache.get(keyOf(200), "A@1")).not.toBeNull();
    const { entries, evictions } = cache.stats();
    expect(entries + evictions).toBe(201);
    expect(entries).toBeGreaterThan(10);
    cache.close();
  });

  test("does not keep what would drive out everything else, or what JSON cannot hold", () => {
    const { cache, settle } = make();
    cache.put(keyOf(1), completed("x".repeat(MAX_BYTES / 8)), "A@1");
    cache.put(keyOf(2), completed("", { data: 1n as unknown as number }), "A@1");
    settle();
    expect([cache.get(keyOf(1), "A@1"), cache.get(keyOf(2), "A@1")]).toEqual([null, null]);
    cache.close();
  });

  test("forgets entries and counts when it is cleared, and says what there was", () => {
    const { cache, settle } = make();
    cache.put(keyOf(1), completed(), "A@1");
    cache.get(keyOf(1), "A@1");
    settle();
    const { bytes } = cache.stats();
    expect(cache.clear()).toEqual({ entries: 1, bytes });
    expect(cache.get(keyOf(1), "A@1")).toBeNull();
    expect(cache.stats()).toMatchObject({ entries: 0, hits: 0, misses: 1, evictions: 0 });
    cache.close();
  });

  test("finds and keeps nothing once it is closed", () => {
    const { cache } = make();
    cache.put(keyOf(1), completed(), "A@1");
    cache.close();
    cache.put(keyOf(2), completed(), "A@1");
    expect([cache.get(keyOf(1), "A@1"), cache.get(keyOf(2), "A@1")]).toEqual([null, null]);
    cache.close();
  });

  test("for writing only gives nothing, counts nothing, and keeps what is put", () => {
    const { cache } = make();
    const fresh = writeOnly(cache);
    fresh.put(keyOf(1), completed("new"), "A@1");
    expect(fresh.get(keyOf(1), "A@1")).toBeNull();
    expect(cache.stats()).toMatchObject({ hits: 0, misses: 0 });
    expect(cache.get(keyOf(1), "A@1")!.output).toBe("new");
    cache.close();
  });
});
