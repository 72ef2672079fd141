import type { Activity } from "../../../src/plan/scheduling/problem.ts";

/** A public instance as read: activities from 0, each with its demands by resource and the numbers of those before it. */
export type Instance = { readonly activities: readonly Activity[]; readonly capacity: readonly number[] };

/** What is wrong with a schedule, found without the scheduler's own code; undefined when it is sound. */
export function faultOf(
  { activities, capacity }: Instance,
  starts: readonly number[],
  makespan: number,
): string | undefined {
  if (starts.length !== activities.length)
    return `${starts.length} starts for ${activities.length} activities`;
  let last = 0;
  for (const [index, { duration, needs }] of activities.entries()) {
    const start = starts[index]!;
    if (!(start >= 0)) return `activity ${index} starts at ${start}`;
    for (const need of needs)
      if (starts[need]! + activities[need]!.duration > start)
        return `activity ${index} starts before ${need} ends`;
    last = Math.max(last, start + duration);
  }
  if (last !== makespan) return `the last activity ends at ${last}, the makespan is said to be ${makespan}`;
  // Use rises only where something starts: these moments are enough.
  for (const now of new Set(starts)) {
    const used = capacity.map(() => 0);
    activities.forEach(({ duration, demands }, index) => {
      if (starts[index]! > now || starts[index]! + duration <= now) return;
      demands.forEach((amount, name) => {
        used[name]! += amount;
      });
    });
    const over = used.findIndex((amount, name) => amount > capacity[name]! + 1e-6);
    if (over >= 0) return `resource ${over} is used ${used[over]} of ${capacity[over]} at ${now}`;
  }
  return undefined;
}
