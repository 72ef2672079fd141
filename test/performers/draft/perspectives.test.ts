import { describe, expect, test } from "vitest";
import type { Task } from "../../../src/actors/ports.ts";
import { draftOutcome } from "../../../src/performers/draft.ts";
import type { Json, JsonObject } from "../../../src/shared/json.ts";
import { draftTask, SHIPPED, viewOf } from "./draft-task.ts";

const NEEDS: Readonly<Record<string, readonly string[]>> = {
  security: ["analyse"],
  performance: ["analyse"],
  reliability: ["analyse"],
  scalability: ["analyse"],
  actions: ["security", "performance", "reliability", "scalability"],
  plan: ["actions"],
  projection: ["analyse", "security", "performance", "reliability", "scalability", "actions", "plan"],
};

/** Runs the steps of CHAIN one after the other, each with what it needs. */
function chain(
  parameters: JsonObject,
  rest: Partial<Task> = {},
): Record<string, ReturnType<typeof draftOutcome>> {
  const done: Record<string, ReturnType<typeof draftOutcome>> = {};
  for (const step of SHIPPED.CHAIN!.steps) {
    const steps = Object.fromEntries(
      (NEEDS[step] ?? []).map((name) => [name, viewOf(done[name]!.output, done[name]!.data)]),
    );
    done[step] = draftOutcome(
      draftTask(
        "CHAIN",
        step,
        { topic: "payment gateway", horizon: "4w", team_size: 2, ...parameters },
        { ...rest, steps },
      ),
    );
  }
  return done;
}

type Rows = { [key: string]: Json }[];
const dataOf = (outcome: ReturnType<typeof draftOutcome>) => outcome.data as JsonObject;

test("the ranking names those whose findings it merged, as the plan orders them, and nobody else", () => {
  const run = chain({});
  const rankedFrom = (...names: string[]): string | undefined => {
    const steps = Object.fromEntries(names.map((name) => [name, viewOf(run[name]!.output, run[name]!.data)]));
    const { output } = draftOutcome(draftTask("CHAIN", "actions", { topic: "payment gateway" }, { steps }));
    return /^Merged from (.*)\.$/m.exec(output)?.[1];
  };
  expect(rankedFrom("scalability", "security", "analyse", "reliability", "performance")).toBe(
    '"Security of payment gateway", "Performance of payment gateway", "Reliability of payment gateway", "Scalability of payment gateway"',
  );
  // What a side's own step does not tell is taken from the analysis.
  expect(rankedFrom("security", "analyse")).toBe(
    '"Analysis of payment gateway", "Security of payment gateway"',
  );
  expect(rankedFrom()).toBeUndefined();
});

describe("a side names what its score comes from, and nothing else", () => {
  const before = "# Review of the gateway\n\n- tokens in the log\n- a password in the code";
  const previous = { ...viewOf(before), results: [] };
  const security = (rest: Partial<Task>) => {
    const { output, data } = draftOutcome(draftTask("CHAIN", "security", { topic: "payment gateway" }, rest));
    const named = output.split("\n").filter((line) => /^(Read|Taken)/.test(line));
    return { named, score: (data as JsonObject).score };
  };

  test("the analysis, where that hands concerns over: the unit before was read by it alone", () => {
    const analysis = draftOutcome(draftTask("CHAIN", "analyse", { topic: "payment gateway" }, { previous }));
    expect(analysis.output).toContain('\nRead: "Review of the gateway".\n');
    const steps = { analyse: viewOf(analysis.output, analysis.data) };
    const { named, score } = security({ steps, previous });
    expect(named).toEqual(['Taken from "Analysis of payment gateway".']);
    expect(score).toBe(security({ steps }).score);
  });

  test("the unit before, where an analysis hands nothing over: that was not read", () => {
    const steps = { analyse: viewOf("# What a model said", { health: 70 }) };
    const { named, score } = security({ steps, previous });
    expect(named).toEqual(['Read: "Review of the gateway".']);
    const alone = security({ steps });
    expect(alone.named).toEqual([]);
    expect(score).toBeLessThan(alone.score as number);
    expect(score).toBe(security({ previous }).score);
  });
});

describe("the four perspectives", () => {
  const run = chain({});

  test("the analysis gives health from 0 to 100 with its sum, risks, blockers and dependencies", () => {
    const { health, scores, risks, blockers, dependencies } = dataOf(run.analyse!);
    const mean =
      Object.values(scores as JsonObject).reduce<number>((sum, score) => sum + (score as number), 0) / 4;
    expect(health).toBe(Math.round(mean));
    for (const list of [risks, blockers, dependencies]) expect((list as Rows).length).toBeGreaterThan(0);
  });

  test("each side's score is what its own findings sum to", () => {
    for (const side of ["security", "performance", "reliability", "scalability"]) {
      const { score, findings } = dataOf(run[side]!);
      const penalty = (findings as Rows).reduce(
        (sum, f) => sum + { P0: 24, P1: 12, P2: 6 }[f.priority as "P0"],
        0,
      );
      expect(score).toBe(Math.max(0, 100 - penalty));
    }
  });

  test("the actions are P0 first, then by impact times feasibility by effort", () => {
    const actions = dataOf(run.actions!).actions as Rows;
    const keys = actions.map((a) => [a.priority, -(a.score as number)] as const);
    expect(keys).toEqual([...keys].sort((a, b) => String(a[0]).localeCompare(String(b[0])) || a[1] - b[1]));
    for (const a of actions) {
      expect(a.score).toBe(
        Math.round(((a.impact as number) * (a.feasibility as number) * 10) / (a.effort as number)) / 10,
      );
    }
  });

  test("a side that asks for the same action as another gives one action for both", () => {
    const finding = {
      priority: "P0",
      risk: "r",
      action: "do the one thing",
      impact: 10,
      feasibility: 10,
      effort: 1,
    };
    const steps = Object.fromEntries(
      ["security", "performance"].map((side) => [
        side,
        viewOf("x", { score: 50, findings: [{ ...finding, side }] }),
      ]),
    );
    const { actions } = dataOf(draftOutcome(draftTask("CHAIN", "actions", { topic: "x" }, { steps })));
    expect((actions as Rows).filter((a) => a.action === "do the one thing")).toMatchObject([
      { id: "A1", sides: ["security", "performance"], contradictions: [] },
    ]);
  });

  test("where two sides ask for one action in like words, the most cautious figures count and the rest is told", () => {
    const finding = { priority: "P1", risk: "r", impact: 6, feasibility: 9, effort: 1 };
    const steps = {
      security: viewOf("x", {
        findings: [{ ...finding, action: "Put a bounded queue before the database and measure it" }],
      }),
      scalability: viewOf("x", {
        findings: [
          {
            ...finding,
            priority: "P0",
            effort: 4,
            action: "put a bounded queue before the database, and measure it.",
          },
        ],
      }),
      performance: viewOf("x", { findings: [] }),
      reliability: viewOf("x", { findings: [] }),
    };
    const { actions } = dataOf(draftOutcome(draftTask("CHAIN", "actions", { topic: "x" }, { steps })));
    expect(actions).toMatchObject([
      {
        sides: ["security", "scalability"],
        priority: "P0",
        effort: 4,
        contradictions: [
          "priority: security P1, scalability P0; taken P0",
          "effort: security 1, scalability 4; taken 4",
        ],
      },
    ]);
  });

  test("a side that found nothing has a score of 100: nothing is made up for it", () => {
    const steps = Object.fromEntries(
      ["security", "performance", "reliability", "scalability"].map((side) => [
        side,
        viewOf("x", { findings: [] }),
      ]),
    );
    const { sides, healthAfter } = dataOf(
      draftOutcome(draftTask("CHAIN", "projection", { topic: "payment gateway" }, { steps })),
    );
    expect((sides as Rows).map(({ now, after }) => [now, after])).toEqual(Array(4).fill([100, 100]));
    expect(healthAfter).toBe(100);
  });

  test("nobody does two things at once and nothing ends after the horizon", () => {
    const { slots, later } = dataOf(run.plan!);
    const list = slots as { person: number; start: string; end: string }[];
    for (const one of list) {
      const clash = list.filter(
        (o) => o !== one && o.person === one.person && o.start <= one.end && one.start <= o.end,
      );
      expect(clash).toEqual([]);
      expect(one.end <= "2026-12-18").toBe(true);
    }
    const short = dataOf(chain({ horizon: "1w", team_size: 1 }).plan!);
    expect((short.later as Json[]).length).toBeGreaterThan((later as Json[]).length);
  });

  test("the projection is the sum of what the planned actions leave of the findings' penalties", () => {
    const actions = new Map((dataOf(run.actions!).actions as Rows).map((a) => [a.action as string, a]));
    const planned = (dataOf(run.plan!).slots as Rows).map(({ action }) => action);
    for (const side of dataOf(run.projection!).sides as Rows) {
      const left = (dataOf(run[side.side as string]!).findings as Rows).map((finding) => {
        const penalty = { P0: 24, P1: 12, P2: 6 }[finding.priority as "P0"];
        const { id, impact, feasibility } = actions.get(finding.action as string)!;
        const share = planned.includes(id!) ? ((impact as number) * (feasibility as number)) / 100 : 0;
        return penalty * (1 - share);
      });
      const after = 100 - left.reduce((sum, one) => sum + one, 0);
      expect(side.after).toBeCloseTo(after, 1);
    }
    const none = dataOf(chain({ horizon: "1d", team_size: 1 }).projection!);
    expect(none.healthAfter as number).toBeLessThan(dataOf(run.projection!).healthAfter as number);
  });

  test("a health that is given stays as it is given, in every step", () => {
    const given = chain({ health: 81 });
    expect(dataOf(given.analyse!).health).toBe(81);
    expect(dataOf(given.projection!).healthBefore).toBe(81);
    expect(dataOf(given.projection!).healthAfter as number).toBeGreaterThan(81);
  });

  test("analysis and projection agree on the health they claim", () => {
    const health = (outcome: ReturnType<typeof draftOutcome>) =>
      outcome.claims!.find((c) => c.subject === "health of payment-gateway")!.value;
    expect(health(run.projection!)).toBe(health(run.analyse!));
  });

  test("a measure that the material speaks of counts half", () => {
    const context = {
      practices: "every request has a key; outcome and key are stored, reconcile daily; retries charges",
    };
    const better = dataOf(chain({}, { context }).analyse!).health as number;
    expect(better).toBeGreaterThan(dataOf(run.analyse!).health as number);
  });
});
