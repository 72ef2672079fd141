import type { PlanIndex } from "../plan-index.ts";

/**
 * Purpose: tell of two agents whether one's result was there before the other began, by the plan alone.
 * Owns: a memory of what siblings wait for. Does not own: the plan.
 * Invariants:
 * O1 one precedes another if and only if the other, or a group around it, waits for the one, or for a group around it,
 *    directly or through others: then the other could see what the one had made.
 * O2 it is a strict order: never both ways, and never of one with itself.
 */
export class Precedence {
  readonly #index: PlanIndex;
  readonly #ended = new Map<string, ReadonlySet<string>>();

  constructor(index: PlanIndex) {
    this.#index = index;
  }

  precedes(earlier: string, later: string): boolean {
    const ended = this.endedBefore(later);
    return this.lineage(earlier).some((path) => ended.has(path));
  }

  /** The nodes that something waits for, and that have ended before a node begins; what stands in them has ended too. */
  endedBefore(path: string): ReadonlySet<string> {
    const cohort = this.cohort(path);
    const known = this.#ended.get(cohort);
    if (known) return known;
    const ended = new Set<string>();
    const begun = new Set<string>();
    const open = [...this.lineage(path)];
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      if (begun.has(at)) continue;
      begun.add(at);
      for (const need of this.#index.node(at).needs) {
        if (ended.has(need)) continue;
        ended.add(need);
        // What has ended had begun, and so had everything in it and around it.
        open.push(...this.#index.under(need), ...this.lineage(need));
      }
    }
    this.#ended.set(cohort, ended);
    return ended;
  }

  /** The same text for siblings that wait for the same: none of them precedes another. */
  cohort(path: string): string {
    const { parent, needs } = this.#index.node(path);
    return `${parent ?? ""}\n${needs.join("\n")}`;
  }

  /** A node and the groups around it. */
  lineage(path: string): readonly string[] {
    const lineage = [path];
    for (let { parent } = this.#index.node(path); parent !== null; { parent } = this.#index.node(parent))
      lineage.push(parent);
    return lineage;
  }
}
