import type { Problem } from "./problem.ts";
import type { SeededRandom } from "./random.ts";

/** What a crossover reads of a schedule: its activities in the order of their starts. */
export type Parent = { readonly list: Int32Array; readonly starts: Float64Array };

/** Share of the activities that a transplanted block holds: at least, and at most beyond that. */
const BLOCK_SHARE = { atLeast: 0.15, beyond: 0.35 };
/** Blocks looked at before the densest is taken. */
const BLOCKS_TRIED = 3;

/**
 * Purpose: make the list of a child out of two schedules, each activity after its needs.
 * Owns: its scratch arrays and nothing else; a call leaves no trace in the next.
 */
export class Crossover {
  readonly #problem: Problem;
  readonly #random: SeededRandom;
  readonly #work: Float64Array;
  readonly #mark: Uint8Array;
  readonly #side: Uint8Array;

  constructor(problem: Problem, random: SeededRandom) {
    this.#problem = problem;
    this.#random = random;
    this.#work = shareOfWork(problem);
    this.#mark = new Uint8Array(problem.size);
    this.#side = new Uint8Array(problem.size);
  }

  /** Two-point crossover (Hartmann 1998): the middle part in the order of the other parent. */
  twoPoint(mother: Parent, father: Parent, child: Int32Array): void {
    const { size } = this.#problem;
    const one = this.#random.below(size + 1);
    const two = this.#random.below(size + 1);
    const until = Math.max(one, two);
    const mark = this.#mark.fill(0);
    let length = 0;
    for (; length < Math.min(one, two); length++) {
      child[length] = mother.list[length]!;
      mark[child[length]!] = 1;
    }
    for (let at = 0; length < until; at++) {
      const activity = father.list[at]!;
      if (mark[activity] === 1) continue;
      mark[activity] = 1;
      child[length++] = activity;
    }
    for (const activity of mother.list) if (mark[activity] === 0) child[length++] = activity;
  }

  /**
   * Puts a block of the donor that uses the resources well, as it is, amid the order of the other parent (after the peak
   * crossover of Valls, Ballestín and Quintanilla 2008).
   */
  transplant(donor: Parent, host: Parent, child: Int32Array): void {
    const { before, after, size } = this.#problem;
    const [from, until] = this.#denseBlock(donor);
    const block = this.#mark.fill(0);
    for (let at = from; at < until; at++) block[donor.list[at]!] = 1;
    // 1: must or may stand before the block, 2: must stand after it.
    const side = this.#side.fill(0);
    for (let at = from; at < size; at++) {
      const activity = donor.list[at]!;
      if (block[activity] === 0 && side[activity] !== 2) continue;
      for (let link = after.from[activity]!; link < after.from[activity + 1]!; link++)
        if (block[after.to[link]!] === 0) side[after.to[link]!] = 2;
    }
    const middle = middleOf(host.list, block, until - from);
    for (let at = size - 1; at >= 0; at--) {
      const activity = host.list[at]!;
      if (block[activity] === 0 && side[activity] === 0 && at < middle) side[activity] = 1;
      if (block[activity] === 0 && side[activity] !== 1) continue;
      for (let link = before.from[activity]!; link < before.from[activity + 1]!; link++)
        if (block[before.to[link]!] === 0) side[before.to[link]!] = 1;
    }
    let length = 0;
    for (const activity of host.list) if (side[activity] === 1) child[length++] = activity;
    for (let at = from; at < until; at++) child[length++] = donor.list[at]!;
    for (const activity of host.list)
      if (side[activity] !== 1 && block[activity] === 0) child[length++] = activity;
  }

  /** Swaps neighbours that do not need each other, each with probability `share`. */
  mutate(child: Int32Array, share: number): void {
    const { before } = this.#problem;
    for (let at = 1; at < child.length; at++) {
      if (this.#random.next() >= share) continue;
      const first = child[at - 1]!;
      const second = child[at]!;
      if (before.to.subarray(before.from[second]!, before.from[second + 1]!).includes(first)) continue;
      child[at - 1] = second;
      child[at] = first;
    }
  }

  #denseBlock({ list, starts }: Parent): readonly [number, number] {
    const { size, duration } = this.#problem;
    let best: readonly [number, number] = [0, Math.min(size, 1)];
    let most = -1;
    for (let tried = 0; tried < BLOCKS_TRIED; tried++) {
      const share = BLOCK_SHARE.atLeast + BLOCK_SHARE.beyond * this.#random.next();
      const length = Math.min(size, Math.max(3, Math.floor(size * share)));
      const from = this.#random.below(size - length + 1);
      let work = 0;
      let end = 0;
      for (let at = from; at < from + length; at++) {
        const activity = list[at]!;
        work += this.#work[activity]!;
        end = Math.max(end, starts[activity]! + duration[activity]!);
      }
      const density = work / Math.max(end - starts[list[from]!]!, Number.MIN_VALUE);
      if (density <= most) continue;
      most = density;
      best = [from, from + length];
    }
    return best;
  }
}

/** Where the activities of a block stand in a list, on average. */
function middleOf(list: Int32Array, block: Uint8Array, size: number): number {
  let sum = 0;
  for (let at = 0; at < list.length; at++) if (block[list[at]!] === 1) sum += at;
  return sum / size;
}

function shareOfWork({ size, claims, capacity, duration }: Problem): Float64Array {
  const work = new Float64Array(size);
  for (let activity = 0; activity < size; activity++) {
    for (let claim = claims.from[activity]!; claim < claims.from[activity + 1]!; claim++)
      work[activity]! += (duration[activity]! * claims.amount[claim]!) / capacity[claims.resource[claim]!]!;
  }
  return work;
}
