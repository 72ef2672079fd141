import { BitSet } from "../../shared/bit-set.ts";
import type { PlanIndex } from "../plan-index.ts";

/** What begins with the plan. */
const NOTHING = new BitSet();

/**
 * Purpose: tell of two agents whether one's result was there before the other began, by the plan alone.
 * Owns: a memory of what siblings wait for, as sets of nodes by number: of a chain of thousands each has all before it. Does not own: the plan.
 * Invariants:
 * O1 one precedes another if and only if the other, or a group around it, waits for the one, or for a group around it,
 *    directly or through others: then the other could see what the one had made.
 * O2 it is a strict order: never both ways, and never of one with itself.
 */
export class Precedence {
  readonly #index: PlanIndex;
  readonly #numbers = new Map<string, number>();
  /** What has ended before those begin that wait for the same, by what they wait for. */
  readonly #waited = new Map<string, BitSet>();
  /** What has ended before the last thing in a node begins, by its path. */
  readonly #within = new Map<string, BitSet>();
  readonly #ended = new Map<string, BitSet>();

  constructor(index: PlanIndex) {
    this.#index = index;
  }

  precedes(earlier: string, later: string): boolean {
    const ended = this.endedBefore(later);
    return this.numbersOf(earlier).some((number) => ended.has(number));
  }

  /** The nodes that something waits for, and that have ended before a node begins; what stands in them has ended too. */
  endedBefore(path: string): BitSet {
    const cohort = this.#cohort(path);
    const known = this.#ended.get(cohort);
    if (known) return known;
    const ended = united(this.lineage(path).map((at) => this.#waitedFor(at)));
    this.#ended.set(cohort, ended);
    return ended;
  }

  /** A node and the groups around it. */
  lineage(path: string): readonly string[] {
    const lineage = [path];
    for (let { parent } = this.#index.node(path); parent !== null; { parent } = this.#index.node(parent))
      lineage.push(parent);
    return lineage;
  }

  /** The same for siblings that wait for the same: none of them precedes another. */
  #cohort(path: string): string {
    return `${this.#index.node(path).parent ?? ""}\n${this.#needsOf(path)}`;
  }

  /** The numbers of a node and the groups around it. */
  numbersOf(path: string): readonly number[] {
    return this.lineage(path).map((at) => this.#numberOf(at));
  }

  #numberOf(path: string): number {
    const known = this.#numbers.get(path);
    if (known !== undefined) return known;
    this.#numbers.set(path, this.#numbers.size);
    return this.#numbers.size - 1;
  }

  #needsOf(path: string): string {
    return this.#index.node(path).needs.join("\n");
  }

  /** What has ended before a node begins by its own needs alone; by a list of its own, as a chain is deeper than any stack. */
  #waitedFor(path: string): BitSet {
    const open = [path];
    const begun = new Set<string>();
    for (let at = open.at(-1); at !== undefined; at = open.at(-1)) {
      const key = this.#needsOf(at);
      // In a circle, which no plan has, what has been begun would be waited for without end.
      const missing = begun.has(key) ? [] : this.#missing(at).filter((one) => !begun.has(this.#needsOf(one)));
      begun.add(key);
      if (missing.length > 0) {
        open.push(...missing);
        continue;
      }
      open.pop();
      if (!this.#waited.has(key)) this.#waited.set(key, this.#gathered(this.#index.node(at).needs));
    }
    return this.#waited.get(this.#needsOf(path))!;
  }

  /** Nodes of which must be known first what they have waited for: all in, and around, what a node needs. */
  #missing(path: string): readonly string[] {
    if (this.#waited.has(this.#needsOf(path))) return [];
    return this.#index
      .node(path)
      .needs.filter((need) => !this.#within.has(need))
      .flatMap((need) => this.#inAndAround(need).filter((at) => !this.#waited.has(this.#needsOf(at))));
  }

  #gathered(needs: readonly string[]): BitSet {
    if (needs.length === 0) return NOTHING;
    const gathered = new BitSet();
    for (const need of needs) {
      gathered.add(this.#numberOf(need));
      gathered.addAll(this.#endedWithin(need));
    }
    return gathered;
  }

  /** What has ended had begun, and so had everything in it and around it. */
  #endedWithin(path: string): BitSet {
    const known = this.#within.get(path);
    if (known) return known;
    const within = united(
      this.#inAndAround(path).map((at) => this.#waited.get(this.#needsOf(at)) ?? NOTHING),
    );
    this.#within.set(path, within);
    return within;
  }

  #inAndAround(path: string): readonly string[] {
    return [...this.#index.under(path), ...this.lineage(path).slice(1)];
  }
}

/** Of all of them; itself where it is the only one. */
function united(sets: readonly BitSet[]): BitSet {
  const distinct = [...new Set(sets)].filter((set) => set !== NOTHING);
  if (distinct.length <= 1) return distinct[0] ?? NOTHING;
  const all = new BitSet();
  for (const set of distinct) all.addAll(set);
  return all;
}
