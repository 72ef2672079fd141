import { type Problem, reversed } from "./problem.ts";
import { SerialScheduler } from "./serial-schedule.ts";

/**
 * Double justification (Valls, Ballestín and Quintanilla 2005): pushes every activity as late as it goes, last end first, then
 * as early as it goes. Neither pass makes a schedule longer.
 */
export class Justifier {
  readonly #problem: Problem;
  readonly #forward: Pass;
  readonly #backward: Pass;

  constructor(problem: Problem) {
    this.#problem = problem;
    this.#forward = passOf(problem);
    this.#backward = passOf(reversed(problem));
  }

  /** Builds the schedule of a list (each activity after its needs) into `starts`; its makespan. */
  build(list: Int32Array, starts: Float64Array): number {
    return this.#forward.scheduler.run(list, starts);
  }

  /** Justifies the schedule in `starts` in place, late and early again; the makespan that remains. */
  justify(starts: Float64Array): number {
    const back = this.#backward;
    this.#again(starts, back);
    back.scheduler.run(back.list, back.starts);
    this.#again(back.starts, this.#forward);
    return this.#forward.scheduler.run(this.#forward.list, starts);
  }

  /** Activities by start, those that start together in an order that respects their needs. */
  orderOf(starts: Float64Array, list: Int32Array): void {
    list.set(this.#problem.order);
    sortBy(list, starts, this.#forward.position);
  }

  /** The list of the other direction: what ends last comes first. */
  #again(starts: Float64Array, { keys, list, position }: Pass): void {
    const { duration } = this.#problem;
    for (let at = 0; at < keys.length; at++) keys[at] = -(starts[at]! + duration[at]!);
    sortBy(list, keys, position);
  }
}

type Pass = {
  readonly scheduler: SerialScheduler;
  readonly position: Int32Array;
  /** Kept from call to call: the next order is often like the last, and insertion sort likes that. */
  readonly list: Int32Array;
  readonly keys: Float64Array;
  readonly starts: Float64Array;
};

function passOf(problem: Problem): Pass {
  const position = new Int32Array(problem.size);
  problem.order.forEach((activity, at) => {
    position[activity] = at;
  });
  return {
    scheduler: new SerialScheduler(problem),
    position,
    list: problem.order.slice(),
    keys: new Float64Array(problem.size),
    starts: new Float64Array(problem.size),
  };
}

function sortBy(list: Int32Array, keys: Float64Array, position: Int32Array): void {
  for (let next = 1; next < list.length; next++) {
    const activity = list[next]!;
    const key = keys[activity]!;
    let at = next;
    for (; at > 0; at--) {
      const other = list[at - 1]!;
      const difference = keys[other]! - key;
      if (difference < 0 || (difference === 0 && position[other]! < position[activity]!)) break;
      list[at] = other;
    }
    list[at] = activity;
  }
}
