import { domain } from "./domain.ts";

export const scheduler = domain({
  id: "scheduler",
  words: "scheduler|scheduling|cron|calendar|booking|reservation|timer|planner|orchestrator|task",
  noun: "scheduler",
  parts: [
    "Task table: what, when next, how often",
    "Clock intake: time comes from outside, so that tests own it",
    "Dispatcher: due tasks in order of time, each once",
    "History: runs with outcome and delay",
  ],
  concerns: [
    "security|P1|anyone who can add a task can run code|run tasks with the rights of their owner only|7|6|3",
    "performance|P2|finding due tasks walks all tasks|keep them in a heap by due time|5|8|1",
    "reliability|P0|two schedulers run the same task twice|take a lease on each run and store it before dispatch|9|7|3",
    "scalability|P1|everything is due on the full hour|spread due times by a stable offset from the id|6|9|1",
  ],
  options: [
    "Timer in the service",
    "Scheduler of the platform",
    "Durable workflow engine",
    "Queue with delayed messages",
  ],
  criteria: ["missed runs after an outage", "double runs", "accuracy", "visibility of history"],
  measures: ["delay from due to start, p99", "missed runs", "double runs", "tasks due per second"],
  sketch: `
record Task { id: str, name: str, dueAtMs: int, everyMs: int, runs: int, leasedUntilMs: int }
store tasks: Task
// How long a worker may hold a task, in milliseconds.
setting leaseMs = 60000
// Shortest period of a repeated task, in milliseconds.
setting shortestPeriodMs = 1000
// Plans a task once (everyMs is zero) or again and again.
op plan(name: str, dueAtMs: int, everyMs: int): Task {
  need len(name) > 0 else NAME_EMPTY "a task needs a name"
  need everyMs == 0 || everyMs >= shortestPeriodMs else PERIOD_SHORT "the period is too short"
  let task = Task { id: nextId("task"), name: name, dueAtMs: dueAtMs, everyMs: everyMs, runs: 0, leasedUntilMs: 0 }
  put tasks[task.id] = task
  return task
}
// Leases the task that is due longest, if one is.
op takeDue(nowMs: int): Task {
  for task in sortBy(all(tasks), "dueAtMs") {
    if task.dueAtMs <= nowMs && task.leasedUntilMs <= nowMs {
      let leased = task with { leasedUntilMs: nowMs + leaseMs }
      put tasks[task.id] = leased
      return leased
    }
  }
  fail TASK_NOT_FOUND "nothing is due"
}
// Records a run; a repeated task is due again after now, without a burst for what was missed.
op complete(id: str, nowMs: int): Task {
  load task = tasks[id] else TASK_NOT_FOUND "no task has this id"
  need task.leasedUntilMs > nowMs else LEASE_LOST "the lease has ended"
  var dueAtMs: int = task.dueAtMs
  if task.everyMs > 0 {
    let missed: int = max(0, nowMs - task.dueAtMs) / task.everyMs
    dueAtMs = task.dueAtMs + (missed + 1) * task.everyMs
  }
  let done = task with { dueAtMs: dueAtMs, runs: task.runs + 1, leasedUntilMs: 0 }
  if task.everyMs > 0 {
    put tasks[id] = done
  } else {
    drop tasks[id]
  }
  return done
}
// Takes a task off the plan.
op cancel(id: str) {
  need has(tasks, id) else TASK_NOT_FOUND "no task has this id"
  drop tasks[id]
}
// Gives the next due time, or zero when nothing is planned.
op nextDue(): int {
  for task in take(sortBy(all(tasks), "dueAtMs"), 1) {
    return task.dueAtMs
  }
  return 0
}
scenario "due tasks run in order of time, each once" {
  late = plan("late", 200, 0)
  early = plan("early", 100, 0)
  first = takeDue(300)
  expect first.id == early.id
  second = takeDue(300)
  expect second.id == late.id
  refuse TASK_NOT_FOUND takeDue(300)
}
scenario "a repeated task skips what was missed" {
  job = plan("report", 1000, 1000)
  leased = takeDue(5500)
  done = complete(leased.id, 5600)
  expect done.dueAtMs == 6000
  expect done.runs == 1
  due = nextDue()
  expect due == 6000
  cancel(job.id)
  none = nextDue()
  expect none == 0
}
scenario "faulty plans and late completions are refused" {
  refuse NAME_EMPTY plan("", 0, 0)
  refuse PERIOD_SHORT plan("fast", 0, 10)
  plan("once", 0, 0)
  leased = takeDue(0)
  refuse LEASE_LOST complete(leased.id, 60000)
}
`,
});
