import { MemoryEngine } from "../../src/engine/memory/memory-engine.ts";
import { Resilience } from "../../src/engine/resilience/resilience.ts";
import { engineConformance } from "./engine.ts";

engineConformance("the in-memory engine", (parts) => new MemoryEngine(parts));

engineConformance("the in-memory engine with every resource guarded", (parts) => {
  const rules = [{ resource: "*", breaker: {}, bulkhead: { atOnce: 1_000 }, pace: { burst: 1_000 } }];
  return new MemoryEngine({ ...parts, gates: new Resilience({ clock: parts.clock, rules }) });
});
