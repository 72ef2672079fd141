import type { GroupNode } from "../../plan/plan.ts";
import type { ResolveRule } from "../../templates/template.ts";
import { type PlanIndex, ROOT_PATH } from "../plan-index.ts";
import type { Sight } from "./conflicts.ts";
import type { Judgement } from "./judging.ts";
import { Precedence } from "./precedence.ts";
import { DEFAULT_RULES, type Ruling } from "./resolve.ts";
import { type Topic, topicKey } from "./topics.ts";

/** What groups have decided so far. */
export type Decisions = {
  /** Of a settled group that chooses: the paths among which it chose, and those that it took; null: not settled. */
  choiceOf(
    group: GroupNode,
  ): { readonly among: ReadonlySet<string>; readonly taken: ReadonlySet<string> } | null;
  judgementOf(group: GroupNode): Judgement | null;
};

/** How results stand to each other: by their places in the plan, and by what the groups around them have decided. */
export class PlanSight implements Sight {
  readonly precedence: Precedence;
  readonly #index: PlanIndex;
  readonly #decisions: Decisions;
  readonly #top: string | null;
  #choosers: boolean | undefined;

  constructor(index: PlanIndex, decisions: Decisions, within?: { top: string; precedence: Precedence }) {
    this.#index = index;
    this.#decisions = decisions;
    this.#top = within?.top ?? null;
    this.precedence = within?.precedence ?? new Precedence(index);
  }

  /** As seen from within a group: what it and the groups around it have chosen is not known there. */
  within(top: string): PlanSight {
    return new PlanSight(this.#index, this.#decisions, { top, precedence: this.precedence });
  }

  /** The nearest command above a node. */
  scopeOf(path: string): string {
    const command = this.precedence.lineage(path).find((at) => {
      const node = this.#index.node(at);
      return node.kind !== "agent" && node.role === "command";
    });
    return command ?? ROOT_PATH;
  }

  sameWorkOf(path: string): string | null {
    const node = this.#index.node(path);
    return node.kind === "agent" && node.replica && node.replica.count > 1 ? node.parent : null;
  }

  isSetAside(path: string): boolean {
    this.#choosers ??= this.#index.under(ROOT_PATH).some((at) => chooses(this.#index.node(at)));
    if (!this.#choosers) return false;
    const lineage = this.precedence.lineage(path);
    const known = this.#top === null ? lineage : lineage.slice(0, lineage.indexOf(this.#top));
    return known.some((at, depth) => {
      const node = this.#index.node(at);
      const choice = node.kind !== "agent" && chooses(node) ? this.#decisions.choiceOf(node) : null;
      if (!choice) return false;
      const below = lineage.slice(0, depth);
      return below.some((one) => choice.among.has(one)) && !below.some((one) => choice.taken.has(one));
    });
  }

  rulesFor(paths: readonly string[]): readonly ResolveRule[] {
    return this.governorOf(paths)?.resolve ?? DEFAULT_RULES;
  }

  /** The nearest group around all of these that declares rules; null: none does. */
  governorOf(paths: readonly string[]): GroupNode | null {
    return this.#around(paths).find(({ resolve }) => resolve) ?? null;
  }

  ruling(topic: Omit<Topic, "voices">, paths: readonly string[]): Ruling | undefined {
    const key = topicKey(topic);
    const around = this.#around(paths);
    const last = around.findIndex(({ path }) => path === this.#top);
    for (const group of last < 0 ? around : around.slice(0, last + 1)) {
      const ruling = group.judge ? this.#decisions.judgementOf(group)?.rulings.get(key) : undefined;
      if (ruling) return ruling;
    }
    return undefined;
  }

  /** The groups that stand around all of these, innermost first. */
  #around([first, ...others]: readonly string[]): readonly GroupNode[] {
    if (first === undefined) return [];
    const lineages = others.map((path) => new Set(this.precedence.lineage(path)));
    return this.precedence
      .lineage(first)
      .filter((path) => lineages.every((lineage) => lineage.has(path)))
      .map((path) => this.#index.node(path))
      .filter((node): node is GroupNode => node.kind !== "agent");
  }
}

function chooses(node: { readonly kind: string; readonly synthesis?: string }): boolean {
  return node.kind !== "agent" && (node.synthesis === "best" || node.synthesis === "vote");
}
