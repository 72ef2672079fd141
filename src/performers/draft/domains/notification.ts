import { domain } from "./domain.ts";

export const notification = domain({
  id: "notification",
  words: "notification|notifications|email|mail|sms|push|alert|alerts|messenger|chat|newsletter|webhook",
  weight: 2,
  noun: "notification service",
  parts: [
    "Preferences: channel and quiet state of each recipient",
    "Outbox: every notification with its state; written with the cause",
    "Deduplication: the same cause is sent once",
    "Channel adapters: mail, push, SMS; each with its own rate and breaker",
  ],
  concerns: [
    "security|P1|texts carry secrets into mailboxes|send a link, not the secret, and let the link end|7|8|2",
    "performance|P2|one slow channel holds up the others|give each channel its own queue and workers|5|8|2",
    "reliability|P0|a crash between cause and send loses the notification|write to an outbox in the transaction of the cause|8|7|3",
    "scalability|P1|a broadcast floods the channel|spread broadcasts over time by recipient|6|8|2",
  ],
  options: [
    "Own outbox and adapters",
    "Notification provider",
    "The cloud provider's topic service",
    "Mail only",
  ],
  criteria: ["delivery rate", "channels", "proof of consent", "cost per thousand"],
  measures: [
    "time from cause to delivery, p99",
    "share delivered",
    "duplicates per thousand",
    "unsubscribes",
  ],
  sketch: `
record Recipient { id: str, address: str, channel: str, muted: bool }
record Notice { id: str, recipientId: str, cause: str, body: str, state: str, attempts: int }
store recipients: Recipient
store notices: Notice
// Attempts before a notice is given up.
setting maxAttempts = 3
// Enters a recipient, or replaces the address and channel.
op subscribe(id: str, address: str, channel: str): Recipient {
  need channel == "mail" || channel == "push" || channel == "sms" else CHANNEL_UNKNOWN "a channel is mail, push or sms"
  need len(address) > 0 else ADDRESS_EMPTY "a recipient needs an address"
  let recipient = Recipient { id: id, address: address, channel: channel, muted: false }
  put recipients[id] = recipient
  return recipient
}
// Stops everything for a recipient until they subscribe again.
op mute(id: str): Recipient {
  load recipient = recipients[id] else RECIPIENT_NOT_FOUND "no recipient has this id"
  let changed = recipient with { muted: true }
  put recipients[id] = changed
  return changed
}
// Puts a notice into the outbox; the same cause gives the same notice again.
op enqueue(recipientId: str, cause: str, body: str): Notice {
  load recipient = recipients[recipientId] else RECIPIENT_NOT_FOUND "no recipient has this id"
  need !recipient.muted else RECIPIENT_MUTED "the recipient wants nothing"
  for known in all(notices) {
    if known.recipientId == recipientId && known.cause == cause {
      return known
    }
  }
  let notice = Notice { id: nextId("notice"), recipientId: recipientId, cause: cause, body: body, state: "waiting", attempts: 0 }
  put notices[notice.id] = notice
  return notice
}
// Gives the notices that wait, oldest first.
op waiting(limit: int): [Notice] {
  var found: [Notice] = []
  for notice in all(notices) {
    if notice.state == "waiting" {
      found = append(found, notice)
    }
  }
  return take(found, limit)
}
// Records what a channel answered; a failure is tried again until the attempts are used up.
op record(id: str, delivered: bool): Notice {
  load notice = notices[id] else NOTICE_NOT_FOUND "no notice has this id"
  need notice.state == "waiting" else NOTICE_SETTLED "the notice is settled already"
  let attempts: int = notice.attempts + 1
  var state: str = "waiting"
  if delivered {
    state = "delivered"
  } else {
    if attempts >= maxAttempts {
      state = "given up"
    }
  }
  let changed = notice with { attempts: attempts, state: state }
  put notices[id] = changed
  return changed
}
scenario "the same cause is sent once" {
  subscribe("ada", "ada@example.org", "mail")
  one = enqueue("ada", "order-7-shipped", "Your tea is on its way.")
  again = enqueue("ada", "order-7-shipped", "Your tea is on its way.")
  expect one.id == again.id
  open = waiting(10)
  expect len(open) == 1
  done = record(one.id, true)
  expect done.state == "delivered"
  refuse NOTICE_SETTLED record(one.id, true)
}
scenario "a muted recipient gets nothing" {
  subscribe("ada", "ada@example.org", "mail")
  mute("ada")
  refuse RECIPIENT_MUTED enqueue("ada", "news", "Hello")
  refuse RECIPIENT_NOT_FOUND enqueue("bob", "news", "Hello")
  refuse CHANNEL_UNKNOWN subscribe("bob", "x", "pigeon")
}
scenario "failures are tried again until the attempts are used up" {
  subscribe("ada", "ada@example.org", "push")
  one = enqueue("ada", "news", "Hello")
  first = record(one.id, false)
  expect first.state == "waiting"
  record(one.id, false)
  last = record(one.id, false)
  expect last.state == "given up"
  open = waiting(10)
  expect len(open) == 0
}
`,
});
