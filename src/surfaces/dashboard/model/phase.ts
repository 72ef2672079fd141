import type { NodeStatus } from "../../../plan/outcome.ts";

/** Where an agent is in its life: the states of its machine. */
export type Phase =
  | "blocked"
  | "awaitingApproval"
  | "ready"
  | "running"
  | "backingOff"
  | "stopping"
  | "held"
  | NodeStatus;

/** How a state is told: never by colour alone. */
export type PhaseLook = {
  readonly label: string;
  readonly glyph: string;
};

/** In the order of an agent's life. */
export const PHASES: Readonly<Record<Phase, PhaseLook>> = {
  blocked: { label: "blocked", glyph: "·" },
  awaitingApproval: { label: "asks you", glyph: "?" },
  ready: { label: "ready", glyph: "○" },
  running: { label: "running", glyph: "▶" },
  backingOff: { label: "retries later", glyph: "↻" },
  stopping: { label: "stopping", glyph: "■" },
  held: { label: "held", glyph: "‖" },
  succeeded: { label: "succeeded", glyph: "✓" },
  degraded: { label: "degraded", glyph: "◐" },
  failed: { label: "failed", glyph: "✕" },
  cancelled: { label: "cancelled", glyph: "⊘" },
  skipped: { label: "skipped", glyph: "–" },
};

export const PHASE_NAMES = Object.keys(PHASES) as readonly Phase[];

const ENDED: ReadonlySet<Phase> = new Set<Phase>(["succeeded", "degraded", "failed", "cancelled", "skipped"]);

export function hasEnded(phase: Phase): boolean {
  return ENDED.has(phase);
}
