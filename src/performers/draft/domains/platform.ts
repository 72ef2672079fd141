import { domain } from "./domain.ts";

/** A system of several services; its CODE is the generic service. */
export const platform = domain({
  id: "platform",
  words: "platform|microservices|distributed|system|infrastructure|cloud|kubernetes|mesh|saas",
  weight: 1,
  noun: "platform",
  parts: [
    "Edge: one way in; identity, limits and routing",
    "Service registry: who is there and healthy",
    "Domain services: each owns its data and its contract",
    "Event log: facts between services, replayable",
    "Observability: traces, metrics and logs under one correlation id",
    "Delivery: build, check, roll out, roll back",
  ],
  concerns: [
    "security|P0|services trust whatever is inside the network|give every service an identity and authorise each call|9|6|6",
    "performance|P1|a request crosses many services one after the other|call in parallel, and cap the depth of synchronous calls|7|6|4",
    "reliability|P0|one failing service takes its callers with it|set timeouts, breakers and bulkheads on each edge and test them|9|7|5",
    "scalability|P1|services share one database|let each service own its data and publish facts|8|4|10",
  ],
  options: ["Modular monolith first", "A few large services", "Many small services", "Managed platform"],
  criteria: [
    "time to first release",
    "independent deployment",
    "failure isolation",
    "operating effort",
    "cost",
  ],
  measures: [
    "lead time of a change",
    "share of failed changes",
    "time to restore",
    "p99 of the main request",
  ],
});
