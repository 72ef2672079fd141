import { BitSet } from "../../shared/bit-set.ts";
import type { Precedence } from "./precedence.ts";
import type { Voice } from "./topics.ts";

/** How the versions of one file stand to each other. */
export type Versions = {
  /** Versions that no later one was made after. */
  readonly heads: readonly Voice[];
  /** Whether two differ of which neither's author could see the other. */
  readonly isContested: boolean;
  /** The nearest version that was there before all heads; null: there is none, or there are several that differ. */
  readonly base: Voice | null;
};

/** Sorts the versions of a file by who could see whose. */
export function versionsOf(voices: readonly Voice[], precedence: Precedence): Versions {
  const before = new Predecessors(voices, precedence);
  const superseded = before.ofAny(voices);
  const heads = voices.filter((voice) => !superseded.has(voice));
  const shared = before.ofEach(heads);
  const older = before.ofAny(shared);
  const [base, ...more] = shared.filter((voice) => !older.has(voice));
  const isOne = base !== undefined && more.every(({ value }) => value === base.value);
  return { heads, isContested: isContested(voices, before), base: isOne ? base : null };
}

function isContested(voices: readonly Voice[], before: Predecessors): boolean {
  const areOrdered = (one: Voice, other: Voice): boolean =>
    before.precedes(one, other) || before.precedes(other, one);
  // Where each could see the one before it, each could see all before it: no pair is left to look at.
  if (voices.every((voice, index) => index === 0 || before.precedes(voices[index - 1]!, voice))) return false;
  return voices.some((voice, index) => {
    for (let next = index + 1; next < voices.length; next++) {
      const other = voices[next]!;
      if (other.value !== voice.value && !areOrdered(voice, other)) return true;
    }
    return false;
  });
}

/** Which of some voices precede which. */
export class Predecessors {
  readonly #voices: readonly Voice[];
  readonly #precedence: Precedence;
  /** The numbers of each voice's agent and the groups around it. */
  readonly #numbers: ReadonlyMap<Voice, readonly number[]>;
  /** All of them. */
  readonly #around = new BitSet();

  constructor(voices: readonly Voice[], precedence: Precedence) {
    this.#voices = voices;
    this.#precedence = precedence;
    this.#numbers = new Map(voices.map((voice) => [voice, precedence.numbersOf(voice.path)]));
    for (const numbers of this.#numbers.values()) for (const number of numbers) this.#around.add(number);
  }

  precedes(earlier: Voice, later: Voice): boolean {
    return this.#isIn(earlier, this.#ended(later));
  }

  /** Whether any voice precedes this one. */
  isPreceded(voice: Voice): boolean {
    return this.#ended(voice).meets(this.#around);
  }

  /** Those that precede one of these. */
  ofAny(voices: readonly Voice[]): ReadonlySet<Voice> {
    const all = new BitSet();
    for (const ended of this.#endedBefore(voices)) all.addAll(ended);
    return new Set(this.#voices.filter((voice) => this.#isIn(voice, all)));
  }

  /** Those that precede every one of these. */
  ofEach(voices: readonly Voice[]): readonly Voice[] {
    const each = [...this.#endedBefore(voices)];
    return this.#voices.filter((voice) => each.every((ended) => this.#isIn(voice, ended)));
  }

  /** What had ended before each of them; voices that wait for the same share it. */
  #endedBefore(voices: readonly Voice[]): ReadonlySet<BitSet> {
    return new Set(voices.map((voice) => this.#ended(voice)));
  }

  #ended(voice: Voice): BitSet {
    return this.#precedence.endedBefore(voice.path);
  }

  #isIn(voice: Voice, ended: BitSet): boolean {
    return this.#numbers.get(voice)!.some((number) => ended.has(number));
  }
}
