import { parseSpanMs } from "../../shared/quantity.ts";

export const SINCE_FORMS = "a span of time such as 7d, or a date such as 2026-11-01";

/** The time, ms since the epoch, that a span back from now or a date means; undefined: it is neither. */
export function readSince(text: string, nowMs: number): number | undefined {
  const spanMs = parseSpanMs(text);
  if (spanMs !== undefined) return nowMs - spanMs;
  const atMs = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isFinite(atMs) ? atMs : undefined;
}
