import type { RunStatus } from "../machines/orchestrator.ts";
import type { Nodes } from "./nodes.ts";
import type { ResultStream } from "./result-stream.ts";
import type { Workbench } from "./synthesis/workbench.ts";

/** What the machines' actions find of the run that their actor belongs to. */
export type RunParts = {
  readonly nodes: Nodes;
  readonly resultStream: ResultStream;
  readonly workbench: Workbench;
  readonly armDeadline: () => void;
  readonly disarmDeadline: () => void;
  readonly recordRun: (status: RunStatus) => void;
};

/** What XState hands to an action, as far as its run is found by it. */
export type From = { readonly system: object };

const PARTS = Symbol("run");

type Owned = { [PARTS]?: RunParts };

/**
 * Says to which run the actors of a system belong. Machines are made once for the process and not for each run: V8 throws
 * away the code of what dies with a run, and every run would begin cold (docs/adr/0011).
 */
export function own(system: object, parts: RunParts): void {
  (system as Owned)[PARTS] = parts;
}

/** The run of an action's actor. */
export function partsOf({ system }: From): RunParts {
  return (system as Owned)[PARTS]!;
}

/** The nodes of the run of an action's actor. */
export function nodesOf({ system }: From): Nodes {
  return (system as Owned)[PARTS]!.nodes;
}
