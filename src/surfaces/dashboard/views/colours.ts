/** Colours of the style sheet for what is drawn by hand: computed, as `light-dark()` is no colour yet. */
export function colourOf(token: string): string {
  const probe = document.createElement("span");
  probe.style.color = `var(${token})`;
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

const PHASE_TOKENS = {
  running: "--running",
  succeeded: "--succeeded",
  degraded: "--degraded",
  failed: "--failed",
  backingOff: "--degraded",
  awaitingApproval: "--asks",
  other: "--quiet",
} as const;

export type Palette = Readonly<Record<keyof typeof PHASE_TOKENS, string>> & {
  readonly line: string;
  readonly dim: string;
  readonly planned: string;
  readonly selected: string;
  readonly now: string;
};

export function readPalette(): Palette {
  const phases = Object.fromEntries(
    Object.entries(PHASE_TOKENS).map(([name, token]) => [name, colourOf(token)]),
  ) as Record<keyof typeof PHASE_TOKENS, string>;
  return {
    ...phases,
    line: colourOf("--line"),
    dim: colourOf("--dim"),
    planned: colourOf("--planned"),
    selected: colourOf("--selected"),
    now: colourOf("--text"),
  };
}
