import fc from "fast-check";
import type { AgentNode, Plan } from "../../src/plan/plan.ts";
import { type PlanSpec, planOf, planSpecs, supervisedSpecs } from "../actors/random-run/plan-spec.ts";

/** Where in a commit the power goes: what was written and not synced may or may not survive. */
export type Moment = "before" | "torn" | "unsynced" | "kept" | "synced";

/** What goes wrong; `step`: before the n-th event of the world, `commit`: at the n-th commit, both from 0. */
export type Fault =
  | { readonly kind: "crash"; readonly commit: number; readonly moment: Moment }
  | { readonly kind: "write.error"; readonly commit: number; readonly written: boolean }
  /** Another process keeps the journal locked. */
  | { readonly kind: "busy"; readonly commit: number }
  | { readonly kind: "power.cut"; readonly step: number }
  | { readonly kind: "clock.jump"; readonly step: number; readonly byMs: number }
  | { readonly kind: "cancel"; readonly step: number; readonly from: "here" | "elsewhere" }
  /** The process stands still until its lease is over and another one has taken its run. */
  | { readonly kind: "stall"; readonly step: number }
  /** Another process tries to take the run. */
  | { readonly kind: "intrusion"; readonly step: number }
  | { readonly kind: "close"; readonly step: number };

/** One simulated life of one run: plain data, from which everything else follows. */
export type SimCase = {
  readonly engine: "local" | "memory";
  readonly spec: PlanSpec;
  readonly timeoutMs: number;
  readonly delayMs: number;
  readonly backoff: "none" | "constant" | "exponential";
  /** Longest time of the run, ms; 0: an hour. */
  readonly deadlineMs: number;
  /**
   * How the n-th call of a performer behaves, again and again from the first: hundreds even: it heeds its signal, odd: it
   * does not; the rest: when it answers, in percent of its timeout. Lost work never answers at all; with an odd rest it
   * does, too late.
   */
  readonly calls: readonly number[];
  /** Which calls of a performer throw, from 0; without a supervisor, only of work that was to fail for a while. */
  readonly crashes?: readonly number[];
  /** Tokens that all calls of the run together may take; 0, absent: no budget, and only work that asks a model makes calls. */
  readonly budget?: number;
  /** Who goes first among what is due at once; 0: who came first. */
  readonly ties: number;
  readonly people: {
    readonly from: "here" | "elsewhere";
    readonly afterMs: number;
    readonly twice: boolean;
  };
  readonly faults: readonly Fault[];
};

const step = fc.nat(45);
const commit = fc.nat(14);
const elsewhere = fc.constantFrom("here" as const, "elsewhere" as const);
const moments: readonly Moment[] = ["before", "torn", "unsynced", "kept", "synced"];

const crashes: fc.Arbitrary<Fault> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant("crash"), commit, moment: fc.constantFrom(...moments) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("power.cut"), step }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("write.error"), commit, written: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("busy"), commit }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("stall"), step }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("intrusion"), step }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("close"), step }) },
);
const jump: fc.Arbitrary<Fault> = fc.record({
  kind: fc.constant("clock.jump"),
  step,
  byMs: fc.integer({ min: -5_000, max: 5_000 }),
});

const parts = {
  spec: planSpecs,
  timeoutMs: fc.constantFrom(200, 400, 1_000),
  delayMs: fc.integer({ min: 10, max: 300 }),
  backoff: fc.constantFrom("none" as const, "constant" as const, "exponential" as const),
  deadlineMs: fc.oneof(
    { weight: 3, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.integer({ min: 50, max: 2_000 }) },
  ),
  calls: fc.array(fc.nat(199), { maxLength: 12 }),
  ties: fc.nat(99_999),
  budget: fc.oneof(
    { weight: 2, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.integer({ min: 5, max: 120 }) },
  ),
  crashes: fc.constant<number[]>([]),
  people: fc.record({
    from: elsewhere,
    afterMs: fc.integer({ min: 0, max: 700 }),
    twice: fc.boolean(),
  }),
};

const cancel = (from: fc.Arbitrary<"here" | "elsewhere">): fc.Arbitrary<Fault> =>
  fc.record({ kind: fc.constant("cancel"), step, from });

const local = (from: typeof parts): fc.Arbitrary<SimCase> =>
  fc.record({
    engine: fc.constant("local" as const),
    ...from,
    faults: fc.oneof(
      {
        weight: 7,
        arbitrary: fc.array(
          fc.oneof(
            { weight: 8, arbitrary: crashes },
            { weight: 1, arbitrary: jump },
            { weight: 1, arbitrary: cancel(elsewhere) },
          ),
          { maxLength: 5 },
        ),
      },
      { weight: 1, arbitrary: fc.array(jump, { minLength: 1, maxLength: 3 }) },
    ),
  });

const supervised = {
  ...parts,
  spec: supervisedSpecs,
  crashes: fc.uniqueArray(fc.nat(15), { maxLength: 6 }),
};

const memory = (from: typeof parts): fc.Arbitrary<SimCase> =>
  fc.record({
    engine: fc.constant("memory" as const),
    ...from,
    faults: fc.array(fc.oneof(jump, cancel(fc.constant("here" as const))), { maxLength: 3 }),
  });

/** Everything that may happen, mostly to the engine that keeps a journal. */
export const simCases: fc.Arbitrary<SimCase> = fc.oneof(
  { weight: 4, arbitrary: local(parts) },
  { weight: 2, arbitrary: local(supervised) },
  { weight: 1, arbitrary: fc.oneof(memory(parts), memory(supervised)) },
);

/** The plan of a case, its times in the measure of the case. */
export function casePlan({ spec, timeoutMs, delayMs, backoff }: SimCase): Plan {
  const plan = planOf(spec);
  const timed = (agent: AgentNode): AgentNode => ({
    ...agent,
    timeoutMs,
    retry: { ...agent.retry, backoff, delayMs, maxDelayMs: 1_000 },
    ...(agent.alternatives
      ? {
          alternatives: agent.alternatives.map((one) => ({
            ...one,
            timeoutMs,
            retry: { ...one.retry, backoff, delayMs, maxDelayMs: 1_000 },
          })),
        }
      : {}),
    ...(agent.ask?.deadline
      ? { ask: { ...agent.ask, deadline: { ...agent.ask.deadline, withinMs: 2 * timeoutMs } } }
      : {}),
  });
  const nodes = plan.nodes.map((node) => {
    if (node.kind === "agent") return timed(node);
    return node.forEach
      ? { ...node, forEach: { ...node.forEach, template: timed(node.forEach.template) } }
      : node;
  });
  return { ...plan, nodes };
}

/** What a run of the case is started with. */
export function budgetOf({ budget }: SimCase): { readonly budget?: { readonly maxTokens: number } } {
  return budget ? { budget: { maxTokens: budget } } : {};
}
