import { pascal } from "../names.ts";
import { type Domain, domain } from "./domain.ts";

const RECORDS_TAKEN = new Set(["Item", "Change", "Settings", "ServiceError", "Ports"]);

/** The domain of a topic that no other speaks for: items of the topic's own name, with a life from draft to closed. */
export function genericDomain(topic: string): Domain {
  const name = pascal(topic).slice(0, 30);
  return { ...GENERIC, sketch: sketchOf(RECORDS_TAKEN.has(name) ? `${name}Entry` : `${name}Item`) };
}

const GENERIC = domain({
  id: "generic",
  words: "",
  weight: 0,
  noun: "service",
  parts: [
    "Intake: validates what comes in and refuses with a reason",
    "Core: the rules, free of input and output",
    "Store: the state, with versions",
    "Interface: how people and programs reach it",
    "Operations: settings, health, metrics, logs",
  ],
  concerns: [
    "security|P0|input reaches the core unchecked|validate at the border with a schema and bound every size|8|9|2",
    "performance|P2|nobody knows what it costs under load|write a load test for the main operation and keep its figures|6|9|2",
    "reliability|P1|an update is lost when two people work at once|version every change and refuse the stale one|7|8|2",
    "scalability|P2|state lives in one process|put the state behind an interface and measure one process's limit|6|7|3",
  ],
  options: ["Build", "Buy", "Extend what exists", "Do without for now"],
  criteria: [
    "fit to the need",
    "time to first use",
    "running cost",
    "risk of lock-in",
    "knowledge in the team",
  ],
  measures: [
    "p99 of the main operation",
    "share of failed calls",
    "memory at rest",
    "time from change to use",
  ],
});

function sketchOf(record: string): string {
  return SKETCH.replaceAll("RECORD", record);
}

const SKETCH = `
record RECORD { id: str, name: str, state: str, version: int }
record Change { id: str, itemId: str, before: str, after: str }
store items: RECORD
store changes: Change
// Longest name, in characters.
setting maxName = 120
// Items that are kept at most.
setting capacity = 1000
// Adds an item as a draft.
op add(name: str): RECORD {
  need len(name) > 0 else NAME_EMPTY "a name has at least one character"
  need len(name) <= maxName else NAME_LONG "the name is too long"
  need len(all(items)) < capacity else CAPACITY_REACHED "no more items are kept"
  for other in all(items) {
    need other.name != name || other.state == "closed" else NAME_EXISTS "an open item has this name"
  }
  let item = RECORD { id: nextId("item"), name: name, state: "draft", version: 1 }
  put items[item.id] = item
  return item
}
// Gives one item.
op find(id: str): RECORD {
  load item = items[id] else ITEM_NOT_FOUND "no item has this id"
  return item
}
// Moves an item one step on: draft, active, closed. The caller names the version it has read.
op advance(id: str, expectedVersion: int): RECORD {
  load item = items[id] else ITEM_NOT_FOUND "no item has this id"
  need item.version == expectedVersion else VERSION_CONFLICT "someone else has changed it since"
  need item.state != "closed" else STATE_FINAL "a closed item stays closed"
  var next: str = "active"
  if item.state == "active" {
    next = "closed"
  }
  let entry = nextId("change")
  put changes[entry] = Change { id: entry, itemId: id, before: item.state, after: next }
  let changed = item with { state: next, version: item.version + 1 }
  put items[id] = changed
  return changed
}
// Lists the items in a state, oldest first.
op list(state: str): [RECORD] {
  var found: [RECORD] = []
  for item in all(items) {
    if item.state == state {
      found = append(found, item)
    }
  }
  return found
}
// Gives every change of an item, oldest first.
op changesOf(id: str): [Change] {
  need has(items, id) else ITEM_NOT_FOUND "no item has this id"
  var found: [Change] = []
  for change in all(changes) {
    if change.itemId == id {
      found = append(found, change)
    }
  }
  return found
}
scenario "an item goes from draft to closed and leaves its trace" {
  one = add("first")
  two = advance(one.id, 1)
  expect two.state == "active"
  three = advance(one.id, 2)
  expect three.state == "closed"
  refuse STATE_FINAL advance(one.id, 3)
  trace = changesOf(one.id)
  expect len(trace) == 2
}
scenario "a stale change is refused" {
  one = add("first")
  advance(one.id, 1)
  refuse VERSION_CONFLICT advance(one.id, 1)
  open = list("active")
  expect len(open) == 1
}
scenario "names are checked" {
  refuse NAME_EMPTY add("")
  add("first")
  refuse NAME_EXISTS add("first")
  refuse ITEM_NOT_FOUND find("nothing")
}
`;
