const SPAN_UNITS_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  sec: 1_000,
  second: 1_000,
  m: 60_000,
  min: 60_000,
  minute: 60_000,
  h: 3_600_000,
  hour: 3_600_000,
  d: 86_400_000,
  day: 86_400_000,
  w: 604_800_000,
  week: 604_800_000,
  mo: 2_629_800_000,
  month: 2_629_800_000,
  y: 31_557_600_000,
  year: 31_557_600_000,
};

/**
 * Reads a span of time such as `30s`, `5 minutes`, `12_months` or `500ms` into milliseconds; `undefined` when it is none.
 * A month is 30.4375 days, a year 365.25 days.
 */
export function parseSpanMs(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)[\s_-]*([a-z]+)$/i.exec(text.trim());
  if (!match) return undefined;
  const unit = match[2]!.toLowerCase();
  const factor = SPAN_UNITS_MS[unit] ?? (unit.endsWith("s") ? SPAN_UNITS_MS[unit.slice(0, -1)] : undefined);
  return factor === undefined ? undefined : Math.round(Number(match[1]) * factor);
}

/** A span for people: `850 ms`, `2.4 s`, `3 m 05 s`, `2 h 10 m`. */
export function formatSpan(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} m ${String(seconds % 60).padStart(2, "0")} s`;
  return `${Math.floor(seconds / 3_600)} h ${String(Math.floor((seconds % 3_600) / 60)).padStart(2, "0")} m`;
}

const SIZE_UNITS_MB: Readonly<Record<string, number>> = { kb: 1 / 1024, mb: 1, gb: 1024, tb: 1024 * 1024 };

/** Reads a memory size such as `512MB` or `1 GB` into mebibytes; `undefined` when it is none. */
export function parseMemoryMb(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*([kmgt])i?b?$/i.exec(text.trim());
  if (!match) return undefined;
  return Number(match[1]) * SIZE_UNITS_MB[`${match[2]!.toLowerCase()}b`]!;
}
