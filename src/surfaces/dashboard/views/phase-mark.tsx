import { PHASES, type Phase } from "../model/phase.ts";

/** A state by glyph, word and colour. */
export function PhaseMark({ phase, short = false }: { readonly phase: Phase; readonly short?: boolean }) {
  const { label, glyph } = PHASES[phase];
  return (
    <span class={`phase phase-${phase}`}>
      <span class="glyph" aria-hidden="true">
        {glyph}
      </span>
      <span class={short ? "unseen" : "label"}>{label}</span>
    </span>
  );
}

const RUN_PHASES: Readonly<Record<string, Phase>> = {
  waiting: "ready",
  queued: "ready",
  running: "running",
  suspended: "awaitingApproval",
  interrupted: "held",
  succeeded: "succeeded",
  partial: "degraded",
  failed: "failed",
  cancelled: "cancelled",
};

const RUN_LABELS: Readonly<Record<string, string>> = { suspended: "waits for you" };

/** The state of a whole run. */
export function RunMark({ status }: { readonly status: string }) {
  const phase = RUN_PHASES[status] ?? "blocked";
  return (
    <span class={`badge phase phase-${phase}`}>
      <span class="glyph" aria-hidden="true">
        {PHASES[phase].glyph}
      </span>
      <span class="label">{RUN_LABELS[status] ?? status}</span>
    </span>
  );
}
