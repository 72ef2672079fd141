import { domain } from "./domain.ts";

export const gateway = domain({
  id: "gateway",
  words: "gateway|proxy|reverse proxy|router|edge|ingress|load balancer|rate limiter|rate limiting",
  weight: 1,
  noun: "gateway",
  parts: [
    "Route table: longest prefix wins; changes are atomic",
    "Rate limiter: a window of calls for each client",
    "Upstream pool: targets with their health, chosen in turn",
    "Policy: authentication, body limits, timeouts before anything is passed on",
    "Access log: one line per request with status, target and time",
  ],
  concerns: [
    "security|P0|a route passes requests on without authentication|refuse by default and require a policy on every route|9|8|2",
    "performance|P1|each hop adds connection set-up|keep upstream connections alive and cap idle ones|6|8|2",
    "reliability|P0|one slow upstream uses up every worker|set a timeout and a bulkhead for each upstream, and open a breaker on failures|9|7|4",
    "scalability|P1|rate limits are counted per instance|count in a shared store with a local estimate between syncs|6|5|5",
  ],
  options: ["Own gateway", "Envoy-based gateway", "nginx-based gateway", "The cloud provider's gateway"],
  criteria: [
    "added p99 latency",
    "how routes are changed",
    "extension points",
    "operating effort",
    "cost at ten times the traffic",
  ],
  measures: [
    "added p99 latency",
    "share of 5xx by upstream",
    "requests refused by limit",
    "route change to effect",
  ],
  sketch: `
record Route { prefix: str, targets: [str], turn: int, openToAll: bool }
record Window { client: str, startedAtMs: int, calls: int }
record Decision { target: str, route: str, remaining: int }
store routes: Route
store windows: Window
// Length of a rate window, in milliseconds.
setting windowMs = 1000
// Calls that one client may make in a window.
setting callsPerWindow = 3
// Adds or replaces the route of a path prefix.
op addRoute(prefix: str, targets: [str], openToAll: bool): Route {
  need startsWith(prefix, "/") else PREFIX_INVALID "a prefix begins with a slash"
  need len(targets) > 0 else TARGETS_EMPTY "a route needs at least one target"
  let route = Route { prefix: prefix, targets: targets, turn: 0, openToAll: openToAll }
  put routes[prefix] = route
  return route
}
// Adds a target to a route, so that its list can grow one by one.
op addTarget(prefix: str, target: str): Route {
  var targets: [str] = []
  var openToAll: bool = false
  need startsWith(prefix, "/") else PREFIX_INVALID "a prefix begins with a slash"
  if has(routes, prefix) {
    load route = routes[prefix] else ROUTE_NOT_FOUND "no route has this prefix"
    targets = route.targets
    openToAll = route.openToAll
  }
  need !contains(targets, target) else TARGET_EXISTS "the route has this target already"
  let changed = Route { prefix: prefix, targets: append(targets, target), turn: 0, openToAll: openToAll }
  put routes[prefix] = changed
  return changed
}
// Decides where a request goes: longest prefix, then the route's targets in turn, within the client's rate.
op decide(path: str, client: str, authenticated: bool, nowMs: int): Decision {
  var best: str = ""
  for route in all(routes) {
    if startsWith(path, route.prefix) && len(route.prefix) > len(best) {
      best = route.prefix
    }
  }
  load chosen = routes[best] else ROUTE_NOT_FOUND "no route matches the path"
  need authenticated || chosen.openToAll else AUTHENTICATION_REQUIRED "the route is for known clients"
  var calls: int = 0
  var startedAtMs: int = nowMs
  if has(windows, client) {
    load window = windows[client] else CLIENT_NOT_FOUND "the client has no window"
    if nowMs - window.startedAtMs < windowMs {
      calls = window.calls
      startedAtMs = window.startedAtMs
    }
  }
  need calls < callsPerWindow else RATE_EXCEEDED "too many calls in this window"
  put windows[client] = Window { client: client, startedAtMs: startedAtMs, calls: calls + 1 }
  var target: str = ""
  var position: int = 0
  for candidate in chosen.targets {
    if position == chosen.turn % len(chosen.targets) {
      target = candidate
    }
    position = position + 1
  }
  put routes[best] = chosen with { turn: chosen.turn + 1 }
  return Decision { target: target, route: best, remaining: callsPerWindow - calls - 1 }
}
// Takes a target out of a route, for instance when it is unhealthy.
op removeTarget(prefix: str, target: str): Route {
  load route = routes[prefix] else ROUTE_NOT_FOUND "no route has this prefix"
  let left: [str] = without(route.targets, target)
  need len(left) > 0 else TARGETS_EMPTY "the last target stays"
  let changed = route with { targets: left, turn: 0 }
  put routes[prefix] = changed
  return changed
}
scenario "the longest prefix wins and targets take turns" {
  addTarget("/api", "http://a:8080")
  addTarget("/api", "http://b:8080")
  addTarget("/api/users", "http://users:8080")
  first = decide("/api/orders", "c1", true, 1)
  second = decide("/api/orders", "c1", true, 2)
  users = decide("/api/users/7", "c1", true, 3)
  expect first.target == "http://a:8080"
  expect second.target == "http://b:8080"
  expect users.target == "http://users:8080"
  expect users.remaining == 0
}
scenario "a client past its rate is refused until the window ends" {
  addTarget("/", "http://a:8080")
  decide("/x", "c1", true, 1)
  decide("/x", "c1", true, 2)
  decide("/x", "c1", true, 3)
  refuse RATE_EXCEEDED decide("/x", "c1", true, 4)
  again = decide("/x", "c1", true, 1001)
  expect again.remaining == 2
}
scenario "an unknown path and an unknown client are refused" {
  addTarget("/api", "http://a:8080")
  refuse ROUTE_NOT_FOUND decide("/other", "c1", true, 1)
  refuse AUTHENTICATION_REQUIRED decide("/api", "c1", false, 1)
  refuse TARGETS_EMPTY removeTarget("/api", "http://a:8080")
  refuse TARGET_EXISTS addTarget("/api", "http://a:8080")
}
`,
});
