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
  const seenByHeads = [...new Set(heads.map((head) => before.of(head)))];
  const shared = voices.filter((voice) => seenByHeads.every((seen) => seen.has(voice)));
  const older = before.ofAny(shared);
  const [base, ...more] = shared.filter((voice) => !older.has(voice));
  const isOne = base !== undefined && more.every(({ value }) => value === base.value);
  return { heads, isContested: isContested(voices, before), base: isOne ? base : null };
}

function isContested(voices: readonly Voice[], before: Predecessors): boolean {
  return voices.some((voice, index) => {
    const seen = before.of(voice);
    for (let next = index + 1; next < voices.length; next++) {
      const other = voices[next]!;
      if (other.value !== voice.value && !seen.has(other) && !before.of(other).has(voice)) return true;
    }
    return false;
  });
}

/** For each voice those that precede it; voices that wait for the same share one set. */
export class Predecessors {
  readonly #precedence: Precedence;
  readonly #under = new Map<string, Voice[]>();
  readonly #known = new Map<string, ReadonlySet<Voice>>();
  readonly #own = new Map<Voice, ReadonlySet<Voice>>();

  constructor(voices: readonly Voice[], precedence: Precedence) {
    this.#precedence = precedence;
    for (const voice of voices) {
      for (const path of precedence.lineage(voice.path)) {
        const known = this.#under.get(path);
        if (known) known.push(voice);
        else this.#under.set(path, [voice]);
      }
    }
  }

  of(voice: Voice): ReadonlySet<Voice> {
    const own = this.#own.get(voice);
    if (own) return own;
    const cohort = this.#precedence.cohort(voice.path);
    const found = this.#known.get(cohort) ?? this.#find(voice.path);
    this.#known.set(cohort, found);
    this.#own.set(voice, found);
    return found;
  }

  ofAny(voices: readonly Voice[]): ReadonlySet<Voice> {
    const all = new Set<Voice>();
    for (const seen of new Set(voices.map((voice) => this.of(voice))))
      for (const voice of seen) all.add(voice);
    return all;
  }

  #find(path: string): ReadonlySet<Voice> {
    const found = new Set<Voice>();
    for (const ended of this.#precedence.endedBefore(path))
      for (const voice of this.#under.get(ended) ?? []) found.add(voice);
    return found;
  }
}
