import type { Task } from "../../actors/ports.ts";
import { textOf } from "./drafting.ts";

const DAY_MS = 86_400_000;

/** Plans begin before the year 9000, so that every date they reach has four digits. */
const LATEST_MS = Date.UTC(9000, 0, 1);

/** The first working day of a plan: the `start` parameter or context when it is a date, else the run's own day, in UTC; weekends move on. */
export function firstDay(task: Task): number {
  const given = Date.parse(textOf(task, "start") ?? textOf(task, "start_date") ?? "");
  const atMs = Number.isFinite(given) ? given : task.runStartedAtMs;
  return workday(Math.floor(Math.min(Math.max(0, atMs), LATEST_MS) / DAY_MS) * DAY_MS);
}

/** The same day, or the Monday after it when it is a Saturday or Sunday. */
function workday(atMs: number): number {
  const day = new Date(atMs).getUTCDay();
  if (day === 6) return atMs + 2 * DAY_MS;
  return day === 0 ? atMs + DAY_MS : atMs;
}

/** The day that is `days` working days after a working day. */
export function addWorkdays(atMs: number, days: number): number {
  const weeks = Math.floor(days / 5);
  let at = atMs + weeks * 7 * DAY_MS;
  for (let left = days - weeks * 5; left > 0; left--) at = workday(at + DAY_MS);
  return at;
}

/** `2026-11-21`, in UTC. */
export function isoDate(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 10);
}
