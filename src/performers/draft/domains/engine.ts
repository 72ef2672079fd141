import { domain } from "./domain.ts";

export const engine = domain({
  id: "engine",
  words:
    "engine|core|runtime|workflow|state machine|executor|pipeline|rule engine|kernel|interpreter|framework|webassembly",
  weight: 1,
  noun: "engine",
  parts: [
    "Definition: steps with what each needs; cycles refused",
    "Ready set: steps whose needs are met",
    "Executor: one step at a time per worker, with outcome",
    "Journal: what happened, in order, before it takes effect",
    "Limits: steps for each definition, attempts for each step",
  ],
  concerns: [
    "security|P1|definitions from outside run with full rights|validate definitions and run steps with the least rights|8|6|4",
    "performance|P1|the ready set is recomputed from scratch|keep a count of unmet needs for each step|6|8|2",
    "reliability|P0|a crash between effect and record repeats the effect|record the intent first and give effects an idempotency key|9|6|5",
    "scalability|P1|one process holds all runs|shard runs by id; a run never needs another's state|7|6|5",
  ],
  options: ["Own engine", "Durable workflow engine", "Queue and workers", "State machines in the database"],
  criteria: [
    "recovery after a crash",
    "visibility of a run",
    "latency per step",
    "effort to change a definition in flight",
  ],
  measures: [
    "time per step beyond its work",
    "recovery time after a kill",
    "memory per waiting run",
    "steps per second",
  ],
  sketch: `
record Node { id: str, needs: [str], state: str, attempts: int }
record Event { id: str, node: str, what: str }
store nodes: Node
store events: Event
// Steps of one definition at most.
setting maxNodes = 1000
// Attempts of one step at most.
setting maxAttempts = 2
// Adds a step that waits for one step that is there already, or for none when the name is empty.
op addNode(id: str, after: str): Node {
  need len(id) > 0 else ID_EMPTY "a step needs an id"
  need !has(nodes, id) else NODE_EXISTS "the id is taken"
  need len(all(nodes)) < maxNodes else NODES_MANY "the definition is too large"
  need after == "" || has(nodes, after) else NODE_NOT_FOUND "a step may only need what is there, so cycles cannot arise"
  var needs: [str] = []
  if after != "" {
    needs = append(needs, after)
  }
  let node = Node { id: id, needs: needs, state: "waiting", attempts: 0 }
  put nodes[id] = node
  return node
}
// Lists the steps that may start: waiting, and everything they need is done.
op ready(): [str] {
  var found: [str] = []
  for node in all(nodes) {
    var open: int = 0
    for needed in node.needs {
      load before = nodes[needed] else NODE_NOT_FOUND "a needed step is missing"
      if before.state != "done" {
        open = open + 1
      }
    }
    if node.state == "waiting" && open == 0 {
      found = append(found, node.id)
    }
  }
  return found
}
// Starts a step that is ready; the start is in the journal before anything happens.
op start(id: str): Node {
  load node = nodes[id] else NODE_NOT_FOUND "no step has this id"
  need node.state == "waiting" else STATE_INVALID "the step is not waiting"
  for needed in node.needs {
    load before = nodes[needed] else NODE_NOT_FOUND "a needed step is missing"
    need before.state == "done" else NEEDS_OPEN "a needed step is not done"
  }
  let entry = nextId("event")
  put events[entry] = Event { id: entry, node: id, what: "started" }
  let started = node with { state: "running", attempts: node.attempts + 1 }
  put nodes[id] = started
  return started
}
// Settles a running step; a failure waits again until the attempts are used up.
op settle(id: str, succeeded: bool): Node {
  load node = nodes[id] else NODE_NOT_FOUND "no step has this id"
  need node.state == "running" else STATE_INVALID "the step is not running"
  var state: str = "done"
  if !succeeded {
    state = "waiting"
    if node.attempts >= maxAttempts {
      state = "failed"
    }
  }
  let entry = nextId("event")
  put events[entry] = Event { id: entry, node: id, what: state }
  let settled = node with { state: state }
  put nodes[id] = settled
  return settled
}
// Gives the journal, oldest first.
op journal(): [Event] {
  return all(events)
}
scenario "a step starts when what it needs is done" {
  addNode("build", "")
  addNode("test", "build")
  first = ready()
  expect len(first) == 1
  refuse NEEDS_OPEN start("test")
  start("build")
  settle("build", true)
  second = ready()
  expect contains(second, "test")
  entries = journal()
  expect len(entries) == 2
}
scenario "a step that fails is tried again, then fails for good" {
  addNode("build", "")
  start("build")
  again = settle("build", false)
  expect again.state == "waiting"
  start("build")
  last = settle("build", false)
  expect last.state == "failed"
  refuse STATE_INVALID start("build")
}
scenario "unknown and double steps are refused" {
  refuse NODE_NOT_FOUND addNode("test", "build")
  addNode("build", "")
  refuse NODE_EXISTS addNode("build", "")
  refuse ID_EMPTY addNode("", "")
}
`,
});
