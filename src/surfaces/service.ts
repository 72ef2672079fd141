import type { DurableEngine } from "../engine/durable-engine.ts";
import type { Abyssal } from "./abyssal.ts";

/** What a server stands on. */
export type Service = {
  /** The runtime as it is configured now. */
  readonly abyssal: Abyssal;
  /** The engine behind it, for what only its records know. */
  readonly engine: DurableEngine;
};
