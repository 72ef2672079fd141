import type { Links, Problem } from "./problem.ts";

/**
 * Priority rules of the literature (Kolisch 1996) as keys, the lowest first: latest start, latest finish, most total
 * successors, greatest rank positional weight, and the longest path weighed by what it takes of the scarcest resource.
 */
export const PRIORITY_RULES = [
  ({ tail }: Problem) => tail.map((length) => -length),
  ({ tail, duration }: Problem) => tail.map((length, at) => duration[at]! - length),
  (problem: Problem) => totalSuccessors(problem).map((count) => -count),
  ({ duration, after }: Problem) => duration.map((own, at) => -sumOver(after, at, duration, own)),
  (problem: Problem) => weightedTail(problem).map((length) => -length),
] as const;

/**
 * Writes a list that respects the needs and takes the lowest key of those that may come next; a schedule's starts as
 * keys give its own order.
 */
export function listByKeys({ size, before, after }: Problem, keys: Float64Array, list: Int32Array): void {
  const missing = new Int32Array(size);
  const ready: number[] = [];
  for (let at = 0; at < size; at++) {
    missing[at] = before.from[at + 1]! - before.from[at]!;
    if (missing[at] === 0) ready.push(at);
  }
  for (let position = 0; position < size; position++) {
    let first = 0;
    for (let at = 1; at < ready.length; at++) if (keys[ready[at]!]! < keys[ready[first]!]!) first = at;
    const activity = ready[first]!;
    ready[first] = ready[ready.length - 1]!;
    ready.pop();
    list[position] = activity;
    for (let link = after.from[activity]!; link < after.from[activity + 1]!; link++) {
      const next = after.to[link]!;
      missing[next]!--;
      if (missing[next] === 0) ready.push(next);
    }
  }
}

function sumOver(links: Links, at: number, values: Float64Array, start: number): number {
  let sum = start;
  for (let link = links.from[at]!; link < links.from[at + 1]!; link++) sum += values[links.to[link]!]!;
  return sum;
}

/** How many activities cannot start before each has ended, by sets of bits. */
function totalSuccessors({ size, order, after }: Problem): Float64Array {
  const words = (size + 31) >> 5;
  const sets = new Uint32Array(size * words);
  const count = new Float64Array(size);
  for (let position = size - 1; position >= 0; position--) {
    const activity = order[position]!;
    const own = activity * words;
    for (let link = after.from[activity]!; link < after.from[activity + 1]!; link++) {
      const next = after.to[link]!;
      sets[own + (next >> 5)]! |= 1 << (next & 31);
      for (let word = 0; word < words; word++) sets[own + word]! |= sets[next * words + word]!;
    }
    for (let word = 0; word < words; word++) count[activity]! += bitsIn(sets[own + word]!);
  }
  return count;
}

function bitsIn(word: number): number {
  let bits = 0;
  for (let left = word; left !== 0; left &= left - 1) bits++;
  return bits;
}

function weightedTail({ size, order, after, claims, capacity, duration }: Problem): Float64Array {
  const length = new Float64Array(size);
  for (let position = size - 1; position >= 0; position--) {
    const activity = order[position]!;
    let share = 0;
    for (let claim = claims.from[activity]!; claim < claims.from[activity + 1]!; claim++)
      share = Math.max(share, claims.amount[claim]! / capacity[claims.resource[claim]!]!);
    let most = 0;
    for (let link = after.from[activity]!; link < after.from[activity + 1]!; link++)
      most = Math.max(most, length[after.to[link]!]!);
    // The longest way through work that leaves no room beside it: half for its time, half for its share.
    length[activity] = most + duration[activity]! * (0.5 + 0.5 * share);
  }
  return length;
}
