import { MemoryEngine } from "../../src/engine/memory/memory-engine.ts";
import { engineConformance } from "./engine.ts";

engineConformance("the in-memory engine", (parts) => new MemoryEngine(parts));
