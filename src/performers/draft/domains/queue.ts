import { domain } from "./domain.ts";

export const queue = domain({
  id: "queue",
  words:
    "queue|message broker|broker|worker|workers|messaging|event bus|stream|streaming|pubsub|job|jobs|job queue",
  noun: "queue",
  parts: [
    "Message log: what was published, in order",
    "Lease table: who works on what, and until when",
    "Redelivery: what was not acknowledged in time comes back",
    "Dead letters: what failed too often, with its last reason",
  ],
  concerns: [
    "security|P1|any producer may publish to any topic|give rights by topic and sign messages between zones|7|7|3",
    "performance|P1|one acknowledgement per message limits the throughput|acknowledge in groups with a bound on the wait|6|7|2",
    "reliability|P0|a handler that is run twice does its effect twice|give every message an idempotency key and record it with the effect|9|7|4",
    "scalability|P1|one ordered partition cannot be worked on in parallel|partition by a key and keep order only within it|7|6|4",
  ],
  options: [
    "Table in the existing database",
    "Log-based broker",
    "Broker with acknowledgements",
    "The cloud provider's queue",
  ],
  criteria: [
    "delivery guarantee",
    "order",
    "throughput per partition",
    "redelivery and dead letters",
    "operating effort",
  ],
  measures: ["age of the oldest message", "redeliveries per minute", "dead letters per day", "publish p99"],
  sketch: `
record Message { id: str, topic: str, body: str, attempts: int, visibleAtMs: int, worker: str }
record DeadLetter { id: str, topic: str, body: str, reason: str }
store messages: Message
store deadLetters: DeadLetter
// How long a worker may hold a message, in milliseconds.
setting leaseMs = 30000
// Attempts before a message becomes a dead letter.
setting maxAttempts = 2
// Messages that may wait at once.
setting capacity = 1000
// Accepts a message, visible at once.
op publish(topic: str, body: str, nowMs: int): Message {
  need len(topic) > 0 else TOPIC_EMPTY "a message needs a topic"
  need len(all(messages)) < capacity else QUEUE_FULL "too many messages wait"
  let message = Message { id: nextId("message"), topic: topic, body: body, attempts: 0, visibleAtMs: nowMs, worker: "" }
  put messages[message.id] = message
  return message
}
// Leases the oldest visible message of a topic to a worker.
op receive(topic: str, worker: str, nowMs: int): Message {
  for message in all(messages) {
    if message.topic == topic && message.visibleAtMs <= nowMs {
      if message.attempts >= maxAttempts {
        put deadLetters[message.id] = DeadLetter { id: message.id, topic: topic, body: message.body, reason: "lease ran out" }
        drop messages[message.id]
      } else {
        let leased = message with { attempts: message.attempts + 1, visibleAtMs: nowMs + leaseMs, worker: worker }
        put messages[message.id] = leased
        return leased
      }
    }
  }
  fail MESSAGE_NOT_FOUND "nothing is visible on this topic"
}
// Removes a message that its worker has finished within the lease.
op acknowledge(id: str, worker: str, nowMs: int) {
  load message = messages[id] else MESSAGE_NOT_FOUND "the message is not known"
  need message.worker == worker && message.visibleAtMs > nowMs else LEASE_LOST "the lease has ended or is another worker's"
  drop messages[id]
}
// Gives a message back with a delay, or makes it a dead letter after too many attempts.
op reject(id: str, worker: str, reason: str, delayMs: int, nowMs: int): bool {
  load message = messages[id] else MESSAGE_NOT_FOUND "the message is not known"
  need message.worker == worker && message.visibleAtMs > nowMs else LEASE_LOST "the lease has ended or is another worker's"
  if message.attempts >= maxAttempts {
    put deadLetters[id] = DeadLetter { id: id, topic: message.topic, body: message.body, reason: reason }
    drop messages[id]
    return false
  }
  put messages[id] = message with { visibleAtMs: nowMs + delayMs, worker: "" }
  return true
}
// Gives what failed for good, oldest first.
op listDeadLetters(): [DeadLetter] {
  return all(deadLetters)
}
scenario "a leased message is invisible until it is acknowledged" {
  sent = publish("mail", "hello", 0)
  leased = receive("mail", "w1", 1)
  expect leased.id == sent.id
  refuse MESSAGE_NOT_FOUND receive("mail", "w2", 2)
  acknowledge(leased.id, "w1", 3)
  refuse MESSAGE_NOT_FOUND receive("mail", "w2", 40000)
}
scenario "a lease that runs out gives the message to another worker" {
  publish("mail", "hello", 0)
  leased = receive("mail", "w1", 0)
  again = receive("mail", "w2", 30000)
  expect again.attempts == 2
  refuse LEASE_LOST acknowledge(leased.id, "w1", 30001)
}
scenario "a message that fails too often becomes a dead letter" {
  publish("mail", "hello", 0)
  one = receive("mail", "w1", 0)
  back = reject(one.id, "w1", "smtp down", 100, 1)
  expect back
  two = receive("mail", "w1", 101)
  last = reject(two.id, "w1", "smtp down", 100, 102)
  expect !last
  dead = listDeadLetters()
  expect len(dead) == 1
}
`,
});
