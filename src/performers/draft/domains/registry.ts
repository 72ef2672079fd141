import { domain } from "./domain.ts";

export const registry = domain({
  id: "registry",
  words: "registry|service registry|discovery|service discovery|catalog|catalogue|directory",
  noun: "registry",
  parts: [
    "Instance table: name, address, lease of every instance",
    "Lease keeper: renews on a heartbeat, drops what is silent",
    "Lookup: healthy instances only, in a stable order",
    "Change feed: what came and went since a revision",
  ],
  concerns: [
    "security|P0|anyone can register under the name of another service|bind a name to an identity and refuse others|9|6|4",
    "performance|P2|each lookup walks all instances|index by name and let clients cache until the revision changes|5|8|2",
    "reliability|P0|a registry outage stops every caller|let clients go on with the last known answer and mark it stale|9|7|3",
    "scalability|P1|heartbeats grow with the square of the fleet|renew leases in batches by host|6|6|4",
  ],
  options: [
    "Own registry",
    "DNS-based discovery",
    "Consensus-backed registry",
    "The orchestrator's own discovery",
  ],
  criteria: ["time from death to removal", "behaviour in a partition", "client effort", "operating effort"],
  measures: ["time from crash to removal", "lookup p99", "stale answers served", "heartbeats per second"],
  sketch: `
record Instance { id: str, serviceName: str, address: str, expiresAtMs: int, revision: int }
record Lookup { addresses: [str], revision: int }
record Counter { name: str, value: int }
store instances: Instance
store counters: Counter
// How long an instance lives without a heartbeat, in milliseconds.
setting leaseMs = 30000
// Instances that one service may have.
setting maxInstances = 100
// Enters an instance, or renews the one that has this address already.
op register(serviceName: str, address: str, nowMs: int): Instance {
  need len(serviceName) > 0 else NAME_EMPTY "a service needs a name"
  need includes(address, ":") else ADDRESS_INVALID "an address is host:port"
  var count: int = 0
  for instance in all(instances) {
    if instance.serviceName == serviceName && instance.expiresAtMs > nowMs {
      count = count + 1
    }
    need instance.address != address || instance.serviceName == serviceName || instance.expiresAtMs <= nowMs else ADDRESS_EXISTS "another service lives at this address"
  }
  need count < maxInstances || has(instances, serviceName + "/" + address) else SERVICE_FULL "the service has too many instances"
  var revision: int = 1
  for counter in all(counters) {
    revision = counter.value + 1
  }
  put counters["revision"] = Counter { name: "revision", value: revision }
  let id: str = serviceName + "/" + address
  let entry = Instance { id: id, serviceName: serviceName, address: address, expiresAtMs: nowMs + leaseMs, revision: revision }
  put instances[id] = entry
  return entry
}
// Renews the lease of an instance that is still known.
op heartbeat(id: str, nowMs: int): Instance {
  load instance = instances[id] else INSTANCE_NOT_FOUND "register again"
  need instance.expiresAtMs > nowMs else LEASE_EXPIRED "register again"
  let renewed = instance with { expiresAtMs: nowMs + leaseMs }
  put instances[id] = renewed
  return renewed
}
// Gives the living addresses of a service, in order.
op lookup(serviceName: str, nowMs: int): Lookup {
  var addresses: [str] = []
  var revision: int = 0
  for instance in all(instances) {
    if instance.serviceName == serviceName && instance.expiresAtMs > nowMs {
      addresses = append(addresses, instance.address)
      revision = max(revision, instance.revision)
    }
  }
  need len(addresses) > 0 else SERVICE_NOT_FOUND "no living instance"
  return Lookup { addresses: addresses, revision: revision }
}
// Removes an instance that says goodbye.
op deregister(id: str) {
  need has(instances, id) else INSTANCE_NOT_FOUND "the instance is not known"
  drop instances[id]
}
// Removes what is silent for longer than its lease; gives how many.
op sweep(nowMs: int): int {
  var removed: int = 0
  for instance in all(instances) {
    if instance.expiresAtMs <= nowMs {
      drop instances[instance.id]
      removed = removed + 1
    }
  }
  return removed
}
scenario "living instances are found and silent ones are not" {
  one = register("users", "10.0.0.1:80", 0)
  register("users", "10.0.0.2:80", 10000)
  both = lookup("users", 20000)
  expect len(both.addresses) == 2
  left = lookup("users", 35000)
  expect len(left.addresses) == 1
  refuse LEASE_EXPIRED heartbeat(one.id, 35000)
  removed = sweep(35000)
  expect removed == 1
}
scenario "a heartbeat keeps an instance alive" {
  one = register("users", "10.0.0.1:80", 0)
  renewed = heartbeat(one.id, 20000)
  expect renewed.expiresAtMs == 50000
  found = lookup("users", 45000)
  expect contains(found.addresses, "10.0.0.1:80")
}
scenario "names and addresses are checked" {
  refuse NAME_EMPTY register("", "10.0.0.1:80", 0)
  refuse ADDRESS_INVALID register("users", "nowhere", 0)
  one = register("users", "10.0.0.1:80", 0)
  refuse ADDRESS_EXISTS register("orders", "10.0.0.1:80", 1)
  deregister(one.id)
  refuse INSTANCE_NOT_FOUND deregister(one.id)
  refuse SERVICE_NOT_FOUND lookup("users", 1)
}
`,
});
