import fc from "fast-check";
import type { Plan } from "../../../src/plan/plan.ts";
import type { Json } from "../../../src/shared/json.ts";
import type { SupervisionPolicy } from "../../../src/templates/template.ts";
import { agent, chain, type Draft, forEach, fork, plan } from "../../support/plans.ts";

/**
 * How one attempt ends; `unsure`: with an answer of little confidence; `asks`: with a question to a person, after which it goes on; `shut`: it was
 * refused for a while; `timeout` means that the performer never answers.
 */
export type AttemptEnd = "ok" | "unsure" | "asks" | "retryable" | "fatal" | "shut" | "timeout";

/** How sure an answer is, and below what the next model is asked. */
export const CONFIDENCE = { ok: 0.5, unsure: 0.3, least: 0.4 } as const;

/** What every copy of a piece of work does: plain data, so that a failing plan shrinks. */
export type WorkSpec = {
  /** One for each attempt; the last one stands for all that follow, but that nobody asks for ever. */
  readonly ends: readonly AttemptEnd[];
  readonly attempts: number;
  /** What a person says to it; `answer` and `silence` in its place. */
  readonly approval: "none" | "yes" | "no" | "answer" | "silence";
  /** Nobody says it: it is the default, and the deadline passes. */
  readonly expires: boolean;
  /** Other work that stands in; absent: none. */
  readonly alternatives?: readonly Pick<WorkSpec, "ends" | "attempts">[];
  /** How many alternatives, from the first, ask models, as the work itself does then; 0, absent: none. */
  readonly surer?: number;
  /** Whether a person says no to what it asks while it is under way; where one was asked before, the word is the same. */
  readonly refused?: boolean;
  readonly fallback: boolean;
  readonly cpu: number;
};

type Conditions = {
  readonly when: "always" | "never" | "broken";
  /** Even: one of the earlier siblings; odd: any earlier node that is not around this one. */
  readonly needs: readonly number[];
};

export type NodeSpec = Conditions &
  (
    | { readonly kind: "agent"; readonly work: WorkSpec }
    /** `copies` below 0: the list is none. */
    | {
        readonly kind: "each";
        readonly work: WorkSpec;
        readonly copies: number;
        readonly thresholdPercent: number;
        readonly supervision?: SupervisionPolicy | null;
      }
    | {
        readonly kind: "fork" | "chain";
        readonly thresholdPercent: number;
        readonly supervision?: SupervisionPolicy | null;
        readonly children: readonly NodeSpec[];
        readonly judge?: JudgeSpec | null;
      }
  );

/**
 * The agent that decides between a group's children once they have ended well. `pick`: what it decides for, by number, of what it is shown: of
 * the children where their answer is one of theirs (`best`), else of what they contradict each other on.
 */
export type JudgeSpec = {
  readonly work: WorkSpec;
  readonly mode: "best" | "aggregate";
  readonly pick: number;
};

export type PlanSpec = {
  readonly roots: readonly NodeSpec[];
  readonly agents: number;
  readonly cpu: number;
};

const tries = {
  ends: fc.array(
    fc.oneof(
      { weight: 5, arbitrary: fc.constant("ok" as const) },
      {
        weight: 3,
        arbitrary: fc.constantFrom(
          "retryable" as const,
          "fatal" as const,
          "shut" as const,
          "timeout" as const,
        ),
      },
      { weight: 2, arbitrary: fc.constantFrom("unsure" as const, "asks" as const) },
    ),
    { minLength: 1, maxLength: 3 },
  ),
  attempts: fc.integer({ min: 1, max: 3 }),
};

const work: fc.Arbitrary<WorkSpec> = fc.record({
  ...tries,
  alternatives: fc.oneof(
    { weight: 3, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.array(fc.record(tries), { minLength: 1, maxLength: 2 }) },
  ),
  surer: fc.nat(2),
  refused: fc.boolean(),
  approval: fc.oneof(
    { weight: 8, arbitrary: fc.constant("none" as const) },
    {
      weight: 1,
      arbitrary: fc.constantFrom("yes" as const, "no" as const, "answer" as const, "silence" as const),
    },
  ),
  expires: fc.boolean(),
  fallback: fc.oneof(
    { weight: 5, arbitrary: fc.constant(false) },
    { weight: 1, arbitrary: fc.constant(true) },
  ),
  cpu: fc.integer({ min: 1, max: 3 }),
});

const conditions = {
  when: fc.oneof(
    { weight: 10, arbitrary: fc.constant("always" as const) },
    { weight: 1, arbitrary: fc.constant("never" as const) },
    { weight: 1, arbitrary: fc.constant("broken" as const) },
  ),
  needs: fc.oneof(
    { weight: 2, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.array(fc.nat(99), { minLength: 1, maxLength: 2 }) },
  ),
};
const thresholdPercent = fc.integer({ min: 1, max: 100 });

const unsupervised = fc.constant(null);

const judge: fc.Arbitrary<JudgeSpec | null> = fc.oneof(
  { weight: 5, arbitrary: fc.constant(null) },
  {
    weight: 1,
    arbitrary: fc.record({
      work: work.map((one) => ({ ...one, alternatives: [] })),
      mode: fc.constantFrom("best" as const, "aggregate" as const),
      pick: fc.nat(9),
    }),
  },
);

/** Mostly with restarts that suffice: then it is known how a run ends, whatever crashes. */
const supervision: fc.Arbitrary<SupervisionPolicy | null> = fc.oneof(
  { weight: 1, arbitrary: unsupervised },
  {
    weight: 1,
    arbitrary: fc.record({
      strategy: fc.constantFrom("one_for_one" as const, "one_for_all" as const, "rest_for_one" as const),
      restartsMax: fc.constantFrom(50, 50, 50, 2, 1, 0),
      withinMs: fc.constantFrom(60_000, 400, 100),
      graceMs: fc.constantFrom(30, 150, 600),
    }),
  },
);

const nodes = (supervised: fc.Arbitrary<SupervisionPolicy | null>): fc.Arbitrary<NodeSpec> =>
  fc.letrec<{ node: NodeSpec }>((tie) => ({
    node: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      { weight: 5, arbitrary: fc.record({ kind: fc.constant("agent" as const), work, ...conditions }) },
      {
        weight: 1,
        arbitrary: fc.record({
          kind: fc.constant("each" as const),
          work,
          copies: fc.integer({ min: -1, max: 3 }),
          thresholdPercent,
          supervision: supervised,
          ...conditions,
        }),
      },
      {
        weight: 4,
        arbitrary: fc.record({
          kind: fc.constantFrom("fork" as const, "chain" as const),
          thresholdPercent,
          supervision: supervised,
          children: fc.array(tie("node"), { maxLength: 4 }),
          judge,
          ...conditions,
        }),
      },
    ),
  })).node;

const specs = (node: fc.Arbitrary<NodeSpec>): fc.Arbitrary<PlanSpec> =>
  fc.record({
    roots: fc.array(node, { minLength: 1, maxLength: 5 }),
    agents: fc.integer({ min: 1, max: 4 }),
    cpu: fc.integer({ min: 3, max: 6 }),
  });

export const planSpecs: fc.Arbitrary<PlanSpec> = specs(nodes(unsupervised));

/** As `planSpecs`; some groups start crashed agents below them again. */
export const supervisedSpecs: fc.Arbitrary<PlanSpec> = specs(nodes(supervision));

/** A node of a spec in its place. */
export type PlacedNode = {
  readonly path: string;
  readonly spec: NodeSpec;
  readonly parent: string | null;
  readonly needs: readonly string[];
  /** Of a judge: its group. */
  readonly judges?: string;
};

/** Gives every node its path, and its needs as paths of nodes written before it: no plan of ours has a cycle. */
export function placeNodes(spec: PlanSpec): ReadonlyMap<string, PlacedNode> {
  const placed = new Map<string, PlacedNode>();
  const visit = (nodes: readonly NodeSpec[], parent: string | null): void => {
    const siblings: string[] = [];
    for (const one of nodes) {
      // Numbered through, so that a path of one part is never taken for a sibling's name.
      const path = `${parent === null ? "" : `${parent}/`}${one.kind}${placed.size}`;
      const earlier = [...placed.keys()].filter((other) => !path.startsWith(`${other}/`));
      const needs = one.needs.flatMap((choice) => {
        const pool = choice % 2 === 0 ? siblings : earlier;
        return pool.length === 0 ? [] : [pool[(choice >> 1) % pool.length]!];
      });
      placed.set(path, { path, spec: one, parent, needs: [...new Set(needs)] });
      if (one.kind === "fork" || one.kind === "chain") {
        visit(one.children, path);
        if (one.judge) placeJudge(one.judge.work, path);
      }
      siblings.push(path);
    }
  };
  const placeJudge = (work: WorkSpec, group: string): void => {
    const needs = [...placed].flatMap(([path, { parent }]) => (parent === group ? [path] : []));
    const path = `${group}/judge${placed.size}`;
    const judging = { kind: "agent", work, when: "always", needs: [] } as const;
    placed.set(path, { path, spec: judging, parent: group, needs, judges: group });
  };
  visit(spec.roots, null);
  return placed;
}

/** The work of every agent by its path, of those that are made at run time too. */
export function worksOf(placed: ReadonlyMap<string, PlacedNode>): ReadonlyMap<string, WorkSpec> {
  const works = new Map<string, WorkSpec>();
  for (const [path, { spec }] of placed) {
    if (spec.kind === "agent") works.set(path, spec.work);
    else if (spec.kind === "each")
      for (let copy = 0; copy < spec.copies; copy++) works.set(`${path}.${copy}`, spec.work);
  }
  return works;
}

/** The plan of a spec. */
export function planOf(spec: PlanSpec): Plan {
  const placed = [...placeNodes(spec).values()];
  const drafts = (parent: string | null): Draft[] =>
    placed
      .filter((node) => node.parent === parent)
      .map(({ path, spec: one, needs, judges }) => {
        const name = path.slice(path.lastIndexOf("/") + 1);
        const common = { needs, ...whenOf(one) };
        if (one.kind === "agent")
          return agent(name, { ...common, ...workOptions(one.work), ...judgeOptions(judges) });
        const options = {
          ...common,
          threshold: one.thresholdPercent / 100,
          ...(one.supervision ? { supervision: one.supervision } : {}),
        };
        if (one.kind === "each")
          return forEach(name, "item", itemsOf(one.copies), workOptions(one.work), options);
        const children = drafts(path);
        const judged = { ...options, ...judgedOptions(one.judge, children) };
        return one.kind === "fork" ? fork(name, children, judged) : chain(name, children, judged);
      });
  return plan(drafts(null), { agents: spec.agents, cpu: spec.cpu });
}

function itemsOf(copies: number): Json {
  return copies < 0 ? "steps.nothing" : Array.from({ length: copies }, (_, item) => item);
}

function whenOf({ when }: NodeSpec): { readonly when?: string } {
  if (when === "always") return {};
  return { when: when === "never" ? "1 == 2" : "1 ==" };
}

/** Whether a person does the work, or lets it be done. */
export function isAnswered({ approval }: WorkSpec): boolean {
  return approval === "answer" || approval === "silence";
}

/** Whether a person says yes to what is asked of a piece of work, before it or while it is under way. */
export function isGranted({ approval, refused = false }: WorkSpec): boolean {
  return approval === "yes" || approval === "answer" || (approval === "none" && !refused);
}

/** How many alternatives are begun after an answer that is not sure enough. */
export function surerOf({ surer = 0, alternatives = [] }: WorkSpec): number {
  return Math.min(surer, alternatives.length);
}

function alternativeOptions({ attempts }: Pick<WorkSpec, "attempts">, asksModel: boolean) {
  return { attempts, backoff: "constant" as const, ...(asksModel ? { model: "some/surer" } : {}) };
}

function judgedOptions(judge: JudgeSpec | null | undefined, children: readonly Draft[]) {
  return judge ? { synthesis: judge.mode, resolve: ["judge" as const], judge: children.at(-1)!.name } : {};
}

function judgeOptions(judges: string | undefined) {
  return judges === undefined
    ? {}
    : { judges, options: { candidates: "{{ candidates }}", conflicts: "{{ conflicts }}" } };
}

function workOptions(work: WorkSpec) {
  const { attempts, approval, expires, alternatives = [], fallback, cpu } = work;
  const surer = surerOf(work);
  const otherwise = { yes: "approve", no: "reject", silence: "reject", answer: { answer: "fine" } } as const;
  const deadline =
    expires && approval !== "none" ? { deadline: { withinMs: 60_000, default: otherwise[approval] } } : {};
  return {
    attempts,
    ...(isAnswered(work) ? { performer: "human" } : {}),
    approve: approval === "yes" || approval === "no",
    ask: deadline,
    ...(alternatives.length > 0
      ? { alternatives: alternatives.map((one, index) => alternativeOptions(one, index < surer)) }
      : {}),
    ...(surer > 0 ? { model: "some/cheap", minConfidence: CONFIDENCE.least } : {}),
    ...(fallback ? { fallback: { output: "fallback" } } : {}),
    resources: { cpu, memoryMb: 1 },
  };
}
