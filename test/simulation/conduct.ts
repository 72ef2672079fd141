import type { RunEnd } from "../../src/engine/engine.ts";
import type { Fault } from "./sim-case.ts";

/** Leads one run of a case to its end. */
export interface Conduct {
  /** What the newest handle has told; null when the run ended without anybody to tell. */
  readonly end: RunEnd | null;
  readonly finished: boolean;
  begin(): void;
  strike(fault: Fault): void;
  afterStep(): void;
}
