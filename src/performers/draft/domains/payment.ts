import { domain } from "./domain.ts";

export const payment = domain({
  id: "payment",
  words:
    "payment|payments|billing|checkout|invoice|invoicing|wallet|order|orders|subscription|shop|e-commerce",
  weight: 3,
  noun: "payment service",
  parts: [
    "Payment record: amount in minor units, currency, state",
    "State machine: authorised, captured, refunded, cancelled",
    "Idempotency: the same request key gives the same payment",
    "Reconciliation: our records against the provider's",
    "Provider adapter: timeouts, retries with the same key, webhooks checked by signature",
  ],
  concerns: [
    "security|P0|card data passes through our systems|let the provider collect card data and keep only its token|10|8|3",
    "performance|P1|the provider's latency is the customer's latency|capture after the answer, in the background|6|6|4",
    "reliability|P0|a retry charges twice|key every request, store the key with the outcome, reconcile daily|10|8|3",
    "scalability|P1|all postings touch one balance row|append postings and fold the balance|7|6|4",
  ],
  options: [
    "One provider, hosted pages",
    "One provider, own pages",
    "Two providers with routing",
    "Direct bank transfer",
  ],
  criteria: [
    "PCI DSS scope",
    "cost per transaction",
    "share of approved payments",
    "refund and dispute handling",
    "lock-in",
  ],
  measures: [
    "authorisation p99",
    "double charges (must be 0)",
    "unreconciled payments",
    "share of declined payments",
  ],
  sketch: `
record Payment { id: str, requestKey: str, amount: int, currency: str, captured: int, refunded: int, state: str }
store payments: Payment
// Largest amount of one payment, in minor units.
setting maxAmount = 1000000
// Authorises an amount; the same request key gives the same payment again.
op authorise(requestKey: str, amount: int, currency: str): Payment {
  need len(requestKey) > 0 else KEY_EMPTY "a request needs its key"
  need amount > 0 && amount <= maxAmount else AMOUNT_INVALID "the amount is out of bounds"
  need len(currency) == 3 else CURRENCY_INVALID "a currency has three letters"
  for known in all(payments) {
    if known.requestKey == requestKey {
      need known.amount == amount && known.currency == currency else KEY_REUSED "the key belongs to another request"
      return known
    }
  }
  let payment = Payment { id: nextId("payment"), requestKey: requestKey, amount: amount, currency: currency, captured: 0, refunded: 0, state: "authorised" }
  put payments[payment.id] = payment
  return payment
}
// Takes the whole or a part of what was authorised.
op capture(id: str, amount: int): Payment {
  load payment = payments[id] else PAYMENT_NOT_FOUND "no payment has this id"
  need payment.state == "authorised" || payment.state == "captured" else STATE_INVALID "the payment cannot be captured"
  need amount > 0 && payment.captured + amount <= payment.amount else AMOUNT_INVALID "more than was authorised"
  let changed = payment with { captured: payment.captured + amount, state: "captured" }
  put payments[id] = changed
  return changed
}
// Gives money back, never more than was taken.
op refund(id: str, amount: int): Payment {
  load payment = payments[id] else PAYMENT_NOT_FOUND "no payment has this id"
  need payment.state == "captured" else STATE_INVALID "nothing was captured"
  need amount > 0 && payment.refunded + amount <= payment.captured else AMOUNT_INVALID "more than was captured"
  var state: str = "captured"
  if payment.refunded + amount == payment.captured {
    state = "refunded"
  }
  let changed = payment with { refunded: payment.refunded + amount, state: state }
  put payments[id] = changed
  return changed
}
// Gives up an authorisation of which nothing was captured.
op cancel(id: str): Payment {
  load payment = payments[id] else PAYMENT_NOT_FOUND "no payment has this id"
  need payment.state == "authorised" else STATE_INVALID "only an untouched authorisation is cancelled"
  let changed = payment with { state: "cancelled" }
  put payments[id] = changed
  return changed
}
// Adds up what was taken less what was given back, for one currency.
op balance(currency: str): int {
  var sum: int = 0
  for payment in all(payments) {
    if payment.currency == currency {
      sum = sum + payment.captured - payment.refunded
    }
  }
  return sum
}
scenario "an authorised payment is captured and partly refunded" {
  one = authorise("k1", 1000, "EUR")
  taken = capture(one.id, 600)
  expect taken.state == "captured"
  back = refund(one.id, 100)
  expect back.refunded == 100
  sum = balance("EUR")
  expect sum == 500
}
scenario "the same key never charges twice" {
  one = authorise("k1", 1000, "EUR")
  again = authorise("k1", 1000, "EUR")
  expect one.id == again.id
  refuse KEY_REUSED authorise("k1", 2000, "EUR")
}
scenario "money is never taken or given back beyond its bound" {
  one = authorise("k1", 1000, "EUR")
  refuse AMOUNT_INVALID capture(one.id, 1001)
  refuse STATE_INVALID refund(one.id, 1)
  gone = cancel(one.id)
  expect gone.state == "cancelled"
  refuse STATE_INVALID capture(one.id, 1)
  refuse PAYMENT_NOT_FOUND capture("nothing", 1)
  refuse CURRENCY_INVALID authorise("k2", 1, "EURO")
}
`,
});
