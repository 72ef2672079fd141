import { domain } from "./domain.ts";

export const queryApi = domain({
  id: "query-api",
  words: "query|query api|api|rest|graphql|endpoint|backend|web service|http",
  weight: 1,
  noun: "query API",
  parts: [
    "Collection store: items with fields, by id",
    "Filter: field, comparison, value; refused when the field is not known",
    "Pager: a cursor that stays valid while items are added",
    "Limits: page size, filters for each request",
  ],
  concerns: [
    "security|P0|a filter reaches fields that are not public|allow a list of fields and refuse the rest|8|9|1",
    "performance|P1|an unindexed filter scans everything|index the filtered fields and refuse costly combinations|7|7|3",
    "reliability|P1|pages skip or repeat items while data changes|page by cursor over a stable order, never by offset|6|8|2",
    "scalability|P1|identical queries are computed again and again|cache answers by their normalised query for seconds|6|7|2",
  ],
  options: ["REST with cursors", "GraphQL", "gRPC", "Direct read replicas"],
  criteria: ["latency p99", "ease for callers", "evolution without breaking", "cost control for each query"],
  measures: ["p99 by route", "rows read per row returned", "cache hit rate", "share of 4xx"],
  sketch: `
record Item { id: str, kind: str, name: str, rank: int }
record Page { ids: [str], next: str }
store items: Item
// Items on one page at most.
setting maxPage = 50
// Adds or replaces an item.
op save(id: str, kind: str, name: str, rank: int): Item {
  need len(id) > 0 else ID_EMPTY "an item needs an id"
  need len(name) > 0 else NAME_EMPTY "an item needs a name"
  let item = Item { id: id, kind: kind, name: name, rank: rank }
  put items[id] = item
  return item
}
// Gives one item.
op getItem(id: str): Item {
  load item = items[id] else ITEM_NOT_FOUND "no item has this id"
  return item
}
// Lists ids after a cursor where a field has a value, in order of id.
op list(field: str, value: str, cursor: str, size: int): Page {
  need field == "" || field == "kind" || field == "name" else FIELD_UNKNOWN "filter by kind or name"
  need size > 0 && size <= maxPage else SIZE_INVALID "the page size is out of bounds"
  var ids: [str] = []
  var next: str = ""
  for item in all(items) {
    let matches: bool = field == "" || (field == "kind" && item.kind == value) || (field == "name" && item.name == value)
    if matches && item.id > cursor {
      if len(ids) < size {
        ids = append(ids, item.id)
        if len(ids) == size {
          next = item.id
        }
      }
    }
  }
  return Page { ids: ids, next: next }
}
// Gives the highest ranks of a kind.
op top(kind: str, limit: int): [Item] {
  need limit > 0 && limit <= maxPage else SIZE_INVALID "the page size is out of bounds"
  var found: [Item] = []
  for item in all(items) {
    if item.kind == kind {
      found = append(found, item)
    }
  }
  return take(sortDesc(found, "rank"), limit)
}
// Removes an item.
op removeItem(id: str) {
  need has(items, id) else ITEM_NOT_FOUND "no item has this id"
  drop items[id]
}
scenario "pages follow each other without gap or repeat" {
  save("a", "tea", "Assam", 3)
  save("b", "tea", "Sencha", 5)
  save("c", "coffee", "Mocha", 4)
  save("d", "tea", "Oolong", 1)
  first = list("kind", "tea", "", 2)
  expect len(first.ids) == 2
  expect first.next == "b"
  second = list("kind", "tea", first.next, 2)
  expect contains(second.ids, "d")
  best = top("tea", 1)
  expect len(best) == 1
}
scenario "unknown fields and sizes are refused" {
  refuse FIELD_UNKNOWN list("password", "x", "", 10)
  refuse SIZE_INVALID list("", "", "", 0)
  refuse ID_EMPTY save("", "tea", "Assam", 1)
  refuse NAME_EMPTY save("a", "tea", "", 1)
}
scenario "a removed item is gone" {
  save("a", "tea", "Assam", 3)
  one = getItem("a")
  expect one.rank == 3
  removeItem("a")
  refuse ITEM_NOT_FOUND getItem("a")
}
`,
});
