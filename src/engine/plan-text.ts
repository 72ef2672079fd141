import type { Plan } from "../plan/plan.ts";
import { sha3 } from "../shared/hash.ts";

/**
 * From this length on a plan's text is kept once for all runs that have it, UTF-16 units: some pages of the database. A shorter
 * one would gain nothing by a place of its own.
 */
const APART_FROM = 16_384;

/** What lists say of a plan; it stands in the first record of a run whose plan is kept apart. */
type Listed = {
  readonly program: string;
  readonly hash: string;
  readonly bounds: { readonly agents: { readonly expected: number } };
};

/** As a thread can be told it. */
export type ToldPlan = { readonly listed: Listed; readonly text: string };

/** Of plans that were recorded by this process: the same object needs no text any more, nor its hash. */
const keys = new WeakMap<Plan, string | null>();

/** A plan on its way to a journal. Its JSON text and the hash of that are made when they are asked for; plans never change. */
export class PlanText {
  readonly listed: Listed;
  readonly #plan: Plan | null;
  #text: string | null;
  #key: string | null | undefined;

  private constructor(listed: Listed, plan: Plan | null, text: string | null) {
    this.listed = listed;
    this.#plan = plan;
    this.#text = text;
    this.#key = plan ? keys.get(plan) : undefined;
  }

  static of(plan: Plan): PlanText {
    const { program, hash, bounds } = plan;
    const listed = { program, hash, bounds: { agents: { expected: bounds.agents.expected } } };
    return new PlanText(listed, plan, null);
  }

  static from({ listed, text }: ToldPlan): PlanText {
    return new PlanText(listed, null, text);
  }

  get told(): ToldPlan {
    return { listed: this.listed, text: this.text };
  }

  get text(): string {
    this.#text ??= JSON.stringify(this.#plan);
    return this.#text;
  }

  /** What the text is kept under: its SHA3-256; null where it stands in the first record of its run. */
  get key(): string | null {
    if (this.#key === undefined) {
      this.#key = this.text.length < APART_FROM ? null : sha3(this.text);
      if (this.#plan) keys.set(this.#plan, this.#key);
    }
    return this.#key;
  }
}
