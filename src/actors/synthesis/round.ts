/** Rounds to three decimals, so that figures print the same everywhere. */
export function round(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
