import { domain } from "./domain.ts";

export const search = domain({
  id: "search",
  words:
    "search|indexer|index|indexing|vector|vector database|vector databases|retrieval|full-text|ranking|embedding|embeddings|recommendation",
  noun: "search index",
  parts: [
    "Analyser: text to terms, the same for documents and queries",
    "Inverted index: term to documents with counts",
    "Ranker: score from matching terms, ties by id",
    "Ingestion: adds, replaces and removes documents; idempotent by id",
    "Snapshot: the index can be rebuilt from its documents",
  ],
  concerns: [
    "security|P0|results show documents that the caller may not read|filter by rights inside the query, not after it|9|6|4",
    "performance|P1|long queries touch most of the index|limit terms for each query and stop early by score bound|6|6|4",
    "reliability|P1|index and source drift apart|rebuild from the source on a schedule and compare counts|7|7|3",
    "scalability|P1|the index outgrows one machine|shard by document id and merge the best of each shard|7|5|6",
  ],
  options: [
    "Exact scan",
    "Graph index (HNSW)",
    "Inverted file with quantisation (IVF-PQ)",
    "Extension of the existing database",
    "Managed service",
  ],
  criteria: [
    "recall at 10 on our own queries",
    "p99 latency",
    "memory per million documents",
    "cost of updates and deletes",
    "filtering by attributes",
    "operating effort",
  ],
  measures: ["recall at 10", "query p99", "documents indexed per second", "bytes per document"],
  sketch: `
record Document { id: str, title: str, terms: [str] }
record Hit { id: str, title: str, score: int }
store documents: Document
// Most terms that a query may have.
setting maxTerms = 8
// Adds a document, or replaces the one with this id.
op indexDocument(id: str, title: str, body: str): Document {
  need len(id) > 0 else ID_EMPTY "a document needs an id"
  let terms = words(title + " " + body)
  need len(terms) > 0 else DOCUMENT_EMPTY "nothing to index"
  let document = Document { id: id, title: title, terms: terms }
  put documents[id] = document
  return document
}
// Removes a document from the index.
op removeDocument(id: str) {
  need has(documents, id) else DOCUMENT_NOT_FOUND "no document has this id"
  drop documents[id]
}
// Finds the best documents: one point for each occurrence of a query term, a hundred for each different term.
op query(text: str, limit: int): [Hit] {
  let terms = words(text)
  need len(terms) > 0 else QUERY_EMPTY "the query has no term"
  need len(terms) <= maxTerms else QUERY_LONG "the query has too many terms"
  need limit > 0 else LIMIT_INVALID "the limit is at least one"
  var hits: [Hit] = []
  for document in all(documents) {
    var score: int = 0
    for term in terms {
      var occurrences: int = 0
      for word in document.terms {
        if word == term {
          occurrences = occurrences + 1
        }
      }
      if occurrences > 0 {
        score = score + 100 + occurrences
      }
    }
    if score > 0 {
      hits = append(hits, Hit { id: document.id, title: document.title, score: score })
    }
  }
  return take(sortDesc(hits, "score"), limit)
}
// Counts the documents that hold a term.
op frequency(term: str): int {
  var count: int = 0
  for document in all(documents) {
    if contains(document.terms, lower(term)) {
      count = count + 1
    }
  }
  return count
}
scenario "documents with more of the terms come first" {
  indexDocument("d1", "Green tea", "Tea leaves and water")
  indexDocument("d2", "Black coffee", "Beans and water")
  hits = query("tea water", 10)
  expect len(hits) == 2
  best = query("TEA", 1)
  expect len(best) == 1
  count = frequency("Water")
  expect count == 2
}
scenario "a replaced document is found by its new words only" {
  indexDocument("d1", "Green tea", "leaves")
  indexDocument("d1", "Black coffee", "beans")
  hits = query("tea", 10)
  expect len(hits) == 0
  removeDocument("d1")
  refuse DOCUMENT_NOT_FOUND removeDocument("d1")
}
scenario "faulty queries are refused" {
  refuse QUERY_EMPTY query("?!", 10)
  refuse LIMIT_INVALID query("tea", 0)
  refuse QUERY_LONG query("a b c d e f g h i", 10)
  refuse DOCUMENT_EMPTY indexDocument("d1", "", "")
}
`,
});
