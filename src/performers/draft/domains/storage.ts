import { domain } from "./domain.ts";

export const storage = domain({
  id: "storage",
  words:
    "storage|store|database|repository|persistence|file|files|blob|object store|key-value|ledger|backup|data",
  weight: 1,
  noun: "storage",
  parts: [
    "Record table: key, value, version",
    "Writer: compare-and-set, so that no update is lost",
    "History: earlier versions up to a bound",
    "Integrity: size limits, checks on read",
  ],
  concerns: [
    "security|P1|data at rest is readable by whoever has the disk|encrypt at rest with keys outside the store|7|7|3",
    "performance|P1|every write waits for the disk alone|commit in groups with a bound on the wait|7|7|3",
    "reliability|P0|a backup that was never restored is none|restore into an empty place each week and compare|9|8|2",
    "scalability|P1|one writer is the ceiling|partition by key and measure the largest partition|6|5|5",
  ],
  options: ["Embedded SQL database", "Client-server SQL database", "Key-value store", "Object storage"],
  criteria: [
    "durability on power loss",
    "consistency between keys",
    "latency p99",
    "backup and restore",
    "operating effort",
  ],
  measures: ["commit p99", "restore time", "size of the largest partition", "lost updates (must be 0)"],
  sketch: `
record Entry { key: str, value: str, version: int }
record Past { id: str, key: str, value: str, version: int }
store entries: Entry
store history: Past
// Longest value that is kept, in characters.
setting maxValue = 65536
// Writes a value if the version is the one that the caller has read; zero for a new key.
op write(key: str, value: str, expectedVersion: int): Entry {
  need len(key) > 0 else KEY_EMPTY "a key has at least one character"
  need len(value) <= maxValue else VALUE_LONG "the value is too long"
  var version: int = 0
  if has(entries, key) {
    load current = entries[key] else KEY_NOT_FOUND "no such key"
    version = current.version
  }
  need version == expectedVersion else VERSION_CONFLICT "someone else has written since"
  if has(entries, key) {
    load past = entries[key] else KEY_NOT_FOUND "no such key"
    let id: str = key + "@" + text(past.version)
    put history[id] = Past { id: id, key: key, value: past.value, version: past.version }
  }
  let entry = Entry { key: key, value: value, version: version + 1 }
  put entries[key] = entry
  return entry
}
// Reads the present value.
op read(key: str): Entry {
  load entry = entries[key] else KEY_NOT_FOUND "no such key"
  return entry
}
// Reads an earlier version.
op readVersion(key: str, version: int): str {
  load past = history[key + "@" + text(version)] else VERSION_NOT_FOUND "this version is not kept"
  return past.value
}
// Lists the keys with a prefix, in order.
op keys(prefix: str): [str] {
  var found: [str] = []
  for entry in all(entries) {
    if startsWith(entry.key, prefix) {
      found = append(found, entry.key)
    }
  }
  return found
}
// Removes a key if the version is the one that the caller has read.
op remove(key: str, expectedVersion: int) {
  load entry = entries[key] else KEY_NOT_FOUND "no such key"
  need entry.version == expectedVersion else VERSION_CONFLICT "someone else has written since"
  drop entries[key]
}
scenario "a stale writer does not overwrite" {
  one = write("a", "first", 0)
  two = write("a", "second", one.version)
  expect two.version == 2
  refuse VERSION_CONFLICT write("a", "third", one.version)
  now = read("a")
  expect now.value == "second"
  past = readVersion("a", 1)
  expect past == "first"
}
scenario "keys are listed by prefix and removed by version" {
  write("user/1", "ada", 0)
  write("user/2", "bob", 0)
  write("order/1", "tea", 0)
  users = keys("user/")
  expect len(users) == 2
  refuse VERSION_CONFLICT remove("user/1", 7)
  remove("user/1", 1)
  refuse KEY_NOT_FOUND read("user/1")
}
scenario "faulty keys are refused" {
  refuse KEY_EMPTY write("", "x", 0)
  refuse VERSION_NOT_FOUND readVersion("a", 1)
}
`,
});
