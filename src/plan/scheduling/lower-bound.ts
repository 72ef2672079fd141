import type { Problem } from "./problem.ts";

/** Above this many activities the bound by windows, which takes time in their square, is left out. */
const WINDOWS_MAX_ACTIVITIES = 500;

/**
 * No schedule is shorter: the critical path, and for each resource the work of those that start late and have much behind
 * them, between the earliest such start and the least that follows.
 */
export function lowerBound(problem: Problem): number {
  const path = problem.tail.reduce((most, tail) => Math.max(most, tail), 0);
  const whole = problem.duration.every(Number.isInteger);
  let bound = path;
  for (let name = 0; name < problem.capacity.length; name++) {
    const work = workOf(problem, name);
    const busy = busyBound(problem, work, problem.capacity[name]!);
    // A hair below, so that sums of fractions never claim more than is true.
    bound = Math.max(bound, whole ? Math.ceil(busy - 1e-6) : Math.max(0, busy * (1 - 1e-9)));
  }
  return bound;
}

/** Duration times amount of one resource, by activity. */
function workOf({ size, duration, claims }: Problem, name: number): Float64Array {
  const work = new Float64Array(size);
  for (let activity = 0; activity < size; activity++) {
    for (let claim = claims.from[activity]!; claim < claims.from[activity + 1]!; claim++)
      if (claims.resource[claim] === name) work[activity] = claims.amount[claim]! * duration[activity]!;
  }
  return work;
}

function busyBound({ head, tail, duration }: Problem, work: Float64Array, capacity: number): number {
  const users = [...work.keys()].filter((activity) => work[activity]! > 0);
  if (users.length === 0) return 0;
  const rest = (activity: number): number => tail[activity]! - duration[activity]!;
  users.sort((a, b) => rest(b) - rest(a));
  const heads = [...new Set(users.map((activity) => head[activity]!))];
  const tried = users.length > WINDOWS_MAX_ACTIVITIES ? [Math.min(...heads)] : heads;
  let bound = 0;
  for (const from of tried) {
    let sum = 0;
    for (const activity of users) {
      if (head[activity]! < from) continue;
      sum += work[activity]!;
      bound = Math.max(bound, from + sum / capacity + rest(activity));
    }
  }
  return bound;
}
