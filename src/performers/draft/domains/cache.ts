import { domain } from "./domain.ts";

export const cache = domain({
  id: "cache",
  words: "cache|caching|memoization|lru",
  noun: "cache",
  parts: [
    "Entry table: value, end of life and last use of each key",
    "Eviction: the entry used longest ago goes first",
    "Loader: one load for many callers of the same key",
    "Counters: hits, misses, evictions",
  ],
  concerns: [
    "security|P0|entries of one tenant are served to another|make the tenant part of every key and test it|9|9|1",
    "performance|P0|many callers load the same missing key at once|let one caller load while the others wait|8|7|2",
    "reliability|P1|all entries end in the same second|spread the ends of life by up to a tenth|6|9|1",
    "scalability|P1|one hot key overloads its shard|keep a small local copy of hot keys|6|6|3",
  ],
  options: [
    "In-process cache",
    "Shared memory store",
    "Two levels: local and shared",
    "HTTP caching at the edge",
  ],
  criteria: [
    "hit rate on the real load",
    "staleness allowed",
    "memory per entry",
    "behaviour after a restart",
  ],
  measures: ["hit rate", "load p99 on a miss", "evictions per second", "bytes per entry"],
  sketch: `
record Entry { key: str, value: str, expiresAtMs: int, usedAt: int }
record Stats { entries: int, hits: int, misses: int, evictions: int }
record Tally { name: str, count: int }
store entries: Entry
store tallies: Tally
// Entries that are kept at most.
setting capacity = 3
// How long an entry lives, in milliseconds.
setting lifeMs = 60000
// Stores a value; past the capacity the entry used longest ago goes.
op store(key: str, value: str, nowMs: int): Entry {
  need len(key) > 0 else KEY_EMPTY "a key has at least one character"
  var turn: int = 1
  for tally in all(tallies) {
    if tally.name == "turn" {
      turn = tally.count + 1
    }
  }
  put tallies["turn"] = Tally { name: "turn", count: turn }
  if !has(entries, key) && len(all(entries)) >= capacity {
    var oldest: str = ""
    for entry in take(sortBy(all(entries), "usedAt"), 1) {
      oldest = entry.key
    }
    drop entries[oldest]
    var evictions: int = 1
    for tally in all(tallies) {
      if tally.name == "evictions" {
        evictions = tally.count + 1
      }
    }
    put tallies["evictions"] = Tally { name: "evictions", count: evictions }
  }
  let kept = Entry { key: key, value: value, expiresAtMs: nowMs + lifeMs, usedAt: turn }
  put entries[key] = kept
  return kept
}
// Gives the value of a key that is there and alive, and marks it as used.
op fetch(key: str, nowMs: int): str {
  var turn: int = 1
  var hits: int = 1
  var misses: int = 1
  for tally in all(tallies) {
    if tally.name == "turn" {
      turn = tally.count + 1
    }
    if tally.name == "hits" {
      hits = tally.count + 1
    }
    if tally.name == "misses" {
      misses = tally.count + 1
    }
  }
  var value: str = ""
  var found: bool = false
  for entry in all(entries) {
    if entry.key == key && entry.expiresAtMs > nowMs {
      value = entry.value
      put entries[key] = entry with { usedAt: turn }
      found = true
    }
  }
  if !found {
    drop entries[key]
    put tallies["misses"] = Tally { name: "misses", count: misses }
    fail KEY_NOT_FOUND "the key is absent or has expired"
  }
  put tallies["turn"] = Tally { name: "turn", count: turn }
  put tallies["hits"] = Tally { name: "hits", count: hits }
  return value
}
// Removes every key with a prefix; gives how many.
op invalidate(prefix: str): int {
  var removed: int = 0
  for entry in all(entries) {
    if startsWith(entry.key, prefix) {
      drop entries[entry.key]
      removed = removed + 1
    }
  }
  return removed
}
// Gives the counters since the start.
op stats(): Stats {
  var hits: int = 0
  var misses: int = 0
  var evictions: int = 0
  for tally in all(tallies) {
    if tally.name == "hits" {
      hits = tally.count
    }
    if tally.name == "misses" {
      misses = tally.count
    }
    if tally.name == "evictions" {
      evictions = tally.count
    }
  }
  return Stats { entries: len(all(entries)), hits: hits, misses: misses, evictions: evictions }
}
scenario "the entry used longest ago is evicted first" {
  store("a", "1", 0)
  store("b", "2", 0)
  store("c", "3", 0)
  kept = fetch("a", 1)
  expect kept == "1"
  store("d", "4", 2)
  refuse KEY_NOT_FOUND fetch("b", 3)
  counters = stats()
  expect counters.evictions == 1
  expect counters.hits == 1
  expect counters.misses == 1
  expect counters.entries == 3
}
scenario "an entry past its life is a miss" {
  store("a", "1", 0)
  refuse KEY_NOT_FOUND fetch("a", 60000)
  refuse KEY_EMPTY store("", "1", 0)
}
scenario "a prefix is invalidated as a whole" {
  store("user/1", "ada", 0)
  store("user/2", "bob", 0)
  store("order/1", "tea", 0)
  removed = invalidate("user/")
  expect removed == 2
  left = fetch("order/1", 1)
  expect left == "tea"
}
`,
});
