import type { Candidate, Candidates } from "./candidates.ts";
import { Crossover } from "./crossover.ts";
import type { SeededRandom } from "./random.ts";

/** Candidates kept from generation to generation: at first, and after a fresh start at most. */
const POPULATION = { first: 50, most: 200 };
/** Generations without a shorter schedule before a fresh start. */
const PATIENCE = 15;
const MUTATION_SHARE = 0.05;
const LOCAL_SHARE = 0.5;
const TRANSPLANT_SHARE = 0.7;

/**
 * A genetic search over orders with justification of every child (Valls, Ballestín and Quintanilla 2008): two parents give the
 * middle part or a dense block each, the shortest different schedules live on. When nothing gets shorter for a while it
 * starts afresh with more of them. What it finds is kept by `candidates`.
 */
export function improve(
  candidates: Candidates,
  found: readonly Candidate[],
  random: SeededRandom,
  mayGoOn: () => boolean,
  fresh: () => Candidate,
): void {
  const breeder = new Breeder(candidates, random);
  let size = POPULATION.first;
  let population = distinct([...found], size);
  for (;;) {
    while (population.length < size) {
      if (!mayGoOn()) return;
      population.push(fresh());
    }
    for (let idle = 0; idle < PATIENCE; idle++) {
      const before = candidates.makespan;
      const children: Candidate[] = [];
      for (const parent of population) {
        if (!mayGoOn()) return;
        children.push(breeder.child(parent, population));
      }
      population = distinct([...population, ...children], size);
      while (population.length < size) {
        if (!mayGoOn()) return;
        population.push(fresh());
      }
      if (candidates.makespan < before) idle = -1;
    }
    size = Math.min(POPULATION.most, size * 2);
    population = [];
  }
}

class Breeder {
  readonly #candidates: Candidates;
  readonly #random: SeededRandom;
  readonly #crossover: Crossover;
  readonly #child: Int32Array;
  readonly #keys: Float64Array;

  constructor(candidates: Candidates, random: SeededRandom) {
    this.#candidates = candidates;
    this.#random = random;
    this.#crossover = new Crossover(candidates.problem, random);
    this.#child = new Int32Array(candidates.problem.size);
    this.#keys = new Float64Array(candidates.problem.size);
  }

  child(parent: Candidate, population: readonly Candidate[]): Candidate {
    const random = this.#random;
    const one = population[random.below(population.length)]!;
    const two = population[random.below(population.length)]!;
    const other = one.makespan < two.makespan ? one : two;
    const [first, second] = random.next() < 0.5 ? [parent, other] : [other, parent];
    if (random.next() < TRANSPLANT_SHARE) this.#crossover.transplant(first, second, this.#child);
    else this.#crossover.twoPoint(first, second, this.#child);
    this.#crossover.mutate(this.#child, Math.max(MUTATION_SHARE, 1 / this.#child.length));
    const child = this.#candidates.listed(this.#child);
    if (random.next() >= LOCAL_SHARE) return child;
    const near = this.#neighbour(child);
    return near.makespan <= child.makespan ? near : child;
  }

  /** The same order, but shaken within a window of time. */
  #neighbour({ starts, makespan }: Candidate): Candidate {
    const random = this.#random;
    const { duration, size } = this.#candidates.problem;
    const centre = random.below(size);
    const middle = starts[centre]! + duration[centre]! / 2;
    const width = makespan * (0.03 + 0.15 * random.next());
    const shake = width * (0.2 + random.next());
    for (let at = 0; at < size; at++) {
      const near = Math.abs(starts[at]! + duration[at]! / 2 - middle) < width;
      this.#keys[at] = starts[at]! + (near ? shake * (random.next() - 0.5) : 0);
    }
    return this.#candidates.placed(this.#keys);
  }
}

/** The `size` shortest candidates, no two with the same starts; shortest first. */
function distinct(candidates: Candidate[], size: number): Candidate[] {
  candidates.sort((a, b) => a.makespan - b.makespan);
  const kept: Candidate[] = [];
  for (const candidate of candidates) {
    if (kept.length === size) break;
    let twin = false;
    for (let at = kept.length - 1; at >= 0 && kept[at]!.makespan === candidate.makespan && !twin; at--)
      twin = sameStarts(kept[at]!.starts, candidate.starts);
    if (!twin) kept.push(candidate);
  }
  return kept;
}

function sameStarts(one: Float64Array, two: Float64Array): boolean {
  for (let at = 0; at < one.length; at++) if (one[at] !== two[at]) return false;
  return true;
}
