import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import {
  AbyssalError,
  type AbyssalOptions,
  type AgentNode,
  createAbyssal,
  type Diagnostic,
  diagnosticLine,
  type Performer,
  type Plan,
  type RoutingRule,
} from "../../src/index.ts";
import { ManualClock } from "../support/manual-clock.ts";
import { scriptedPerformer } from "../support/scripted-work.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const CHECK = `
name: CHECK
version: 1.0.0
description: Look at something
category: test
parameters: { items: { type: array, position: 1, default: [1] } }
steps:
  look: { agent: auto, capabilities: [review, security], prompt: "{{ item }}", forEach: { item: items }, cache: false }
`;
const PROGRAM = "ABYSSAL[CHECK]()";

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
});

/** A runtime in which these agent kinds fail whatever they are given. */
function open(failing: readonly string[] = [], more: AbyssalOptions = {}) {
  return createAbyssal({
    workingFolder: folder,
    env: {},
    templates: [CHECK],
    performers: [scriptedPerformer("draft", ({ agent }) => !failing.includes(agent))],
    ...more,
  });
}

const who = (plan: Plan): readonly string[] =>
  plan.nodes
    .filter((node): node is AgentNode => node.kind === "agent")
    .map(({ agent, performer }) => `${agent}/${performer}`);

async function problemsOf(work: () => unknown): Promise<readonly Diagnostic[]> {
  try {
    await work();
  } catch (error) {
    if (error instanceof AbyssalError) return error.diagnostics;
    throw error;
  }
  throw new Error("nothing was refused");
}

describe.each([false, true])("a runtime (durable: %s)", (durable) => {
  test("gives the next plan to another kind once the first one has failed", async () => {
    const abyssal = await open(["security_reviewer"], { durable });
    expect(who(abyssal.plan(PROGRAM))).toEqual(["security_reviewer/draft"]);
    for (let run = 0; run < 6; run++) await abyssal.execute(PROGRAM);
    expect(who(abyssal.plan(PROGRAM))).toEqual(["reviewer/draft"]);
    const [learned] = abyssal.routing
      .learned()
      .filter(({ agent }) => agent === "security_reviewer")
      .map(({ successes, failures }) => [successes, Math.round(failures)]);
    expect(learned![0]).toBe(0);
    expect(learned![1]).toBeGreaterThan(1);
    abyssal.close();
  });

  test("gives the same plan as long as nothing has happened, and another one when much has faded", async () => {
    const clock = new ManualClock();
    const abyssal = await open([], { durable, clock });
    const ended = abyssal.execute(PROGRAM);
    for (let isOver = false; !isOver; clock.advance(1)) {
      void ended.then(() => (isOver = true));
      await new Promise((resolve) => setImmediate(resolve));
    }
    const stepMs = (7 * 86_400_000) / 16;
    clock.advance(stepMs - (clock.nowMs() % stepMs));
    const first = JSON.stringify(abyssal.plan(PROGRAM));
    clock.advance(stepMs - 1);
    expect(JSON.stringify(abyssal.plan(PROGRAM))).toBe(first);
    clock.advance(30 * 86_400_000);
    expect(JSON.stringify(abyssal.plan(PROGRAM))).not.toBe(first);
    abyssal.close();
  });

  test("counts the agents of runs under way as load", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const performer = scriptedPerformer("draft", () => true, promise);
    const abyssal = await open([], { durable, performers: [performer] });
    const load = (): number =>
      abyssal.plan(PROGRAM).nodes.find((node): node is AgentNode => node.kind === "agent")!.routed!
        .candidates[0]!.parts.load;
    expect(load()).toBe(1);
    const run = abyssal.start("ABYSSAL[CHECK]([1, 2, 3, 4])");
    expect(load()).toBe(Math.round(10_000 / (1 + 4 / 20)) / 10_000);
    resolve();
    await run.result;
    expect(load()).toBe(1);
    abyssal.close();
  });
});

test("what was learned outlives the process, and is shared", async () => {
  const clock = new ManualClock();
  const first = await open(["security_reviewer"], { durable: true, clock });
  const beside = await open([], { durable: true, clock });
  expect(who(beside.plan(PROGRAM))).toEqual(["security_reviewer/draft"]);
  for (let run = 0; run < 6; run++) await first.execute(PROGRAM);
  first.close();
  const later = await open([], { durable: true, clock });
  expect(who(later.plan(PROGRAM))).toEqual(["reviewer/draft"]);
  // There was no file when it last asked.
  clock.advance(1_000);
  expect(who(beside.plan(PROGRAM))).toEqual(["reviewer/draft"]);
  later.close();
  beside.close();
});

test("a result from the cache teaches nothing, and neither does what was stopped or skipped", async () => {
  const cached = CHECK.replace("cache: false", "cache: true");
  const { promise, resolve } = Promise.withResolvers<void>();
  const abyssal = await open([], { templates: [cached] });
  await abyssal.execute(PROGRAM);
  const before = abyssal.routing.learned().map(({ successes }) => Math.round(successes));
  await abyssal.execute(PROGRAM);
  expect(abyssal.routing.learned().map(({ successes }) => Math.round(successes))).toEqual(before);
  expect(before).toEqual([1]);
  const stopped = await open([], { performers: [scriptedPerformer("draft", () => true, promise)] });
  const run = stopped.start(PROGRAM);
  const cancelled = run.cancel();
  resolve();
  await cancelled;
  expect(stopped.routing.learned()).toEqual([]);
});

test("who could not be reached, or was not let through, has not failed by himself", async () => {
  const taught = async (code: string): Promise<number> => {
    const failing: Performer = {
      name: "draft",
      perform: async () => ({ kind: "failed", failure: { code, message: "no", retryable: false } }),
    };
    const abyssal = await open([], { performers: [failing] });
    await abyssal.execute(PROGRAM);
    return abyssal.routing.learned().length;
  };
  for (const code of [
    "MODEL_UNAVAILABLE",
    "MODEL_RATE_LIMITED",
    "UNAVAILABLE",
    "BREAKER_OPEN",
    "RETRY_BUDGET_SPENT",
  ])
    expect([code, await taught(code)]).toEqual([code, 0]);
  for (const code of ["NO_LUCK", "OUTPUT_INVALID", "TIMEOUT", "PERFORMER_CRASHED"])
    expect([code, await taught(code)]).toEqual([code, 1]);
});

test("where nothing can be chosen nothing is learned or kept", async () => {
  const abyssal = await open([], {
    durable: true,
    templates: [CHECK.replace("agent: auto", "agent: reviewer")],
  });
  const [node] = abyssal.plan(PROGRAM).nodes.filter(({ kind }) => kind === "agent");
  expect(node).not.toHaveProperty("routed");
  await abyssal.execute(PROGRAM);
  abyssal.close();
  expect(existsSync(join(folder, ".abyssal", "routing.db"))).toBe(false);
});

describe("rules", () => {
  test("of the configuration hold from the start, and others from the next plan on", async () => {
    const abyssal = await open([], { config: { routing: { rules: [{ use: "reviewer" }] } } });
    expect(who(abyssal.plan(PROGRAM))).toEqual(["reviewer/draft"]);
    abyssal.routing.setRules([{ when: { capability: "security" }, prefer: ["security_reviewer"] }]);
    expect(who(abyssal.plan(PROGRAM))).toEqual(["security_reviewer/draft"]);
    expect(abyssal.routing.rules).toHaveLength(1);
    abyssal.routing.setRules([]);
    expect(who(abyssal.plan(PROGRAM))).toEqual(["security_reviewer/draft"]);
  });

  test("that name nobody are refused before anything starts, each at its place", async () => {
    await writeFile(
      join(folder, "abyssal.config.yaml"),
      `routing:
  rules:
    - when: { template: CHEKC }
      use: reviwer
    - prefer: [reviewer/drfat, "*/draft"]
    - { when: { template: CHECK, step: loook, capability: securty }, avoid: [tester] }
`,
    );
    const found = await problemsOf(() => open());
    expect(found.map(diagnosticLine)).toEqual([
      expect.stringMatching(
        /^ROUTE_RULE_UNKNOWN abyssal\.config\.yaml:3:25: a routing rule names a template that does not exist \(expected one of .*CHECK.*; got "CHEKC"; did you mean "CHECK"\?\)$/,
      ),
      expect.stringMatching(
        /^ROUTE_RULE_UNKNOWN abyssal\.config\.yaml:4:12: a routing rule names an agent kind .*got "reviwer"; did you mean "reviewer"\?\)$/,
      ),
      expect.stringMatching(
        /^ROUTE_RULE_UNKNOWN abyssal\.config\.yaml:5:16: a routing rule names a performer .*got "drfat"; did you mean "draft"\?\)$/,
      ),
      expect.stringMatching(
        /^ROUTE_RULE_UNKNOWN abyssal\.config\.yaml:6:59: .* a capability .*did you mean "security"\?\)$/,
      ),
      expect.stringMatching(
        /^ROUTE_RULE_UNKNOWN abyssal\.config\.yaml:6:40: .* a step .*did you mean "look"\?\)$/,
      ),
    ]);
  });

  test("without a target, or with what is none, are refused as settings", async () => {
    await writeFile(
      join(folder, "abyssal.config.yaml"),
      "routing:\n  rules:\n    - when: { template: CHECK }\n    - use: a/b/c\n    - { use: reviewer, wen: {} }\n  weights: { load: -1 }\n",
    );
    const found = await problemsOf(() => open());
    expect(found.map(({ code, span, expected, hint }) => [code, span?.start.line, expected ?? hint])).toEqual(
      [
        ["CONFIG_INVALID", 6, "a number from 0 to 1000"],
        ["CONFIG_INVALID", 3, "one of use, prefer and avoid"],
        ["CONFIG_INVALID", 4, "`AGENT`, `AGENT/PERFORMER` or `*/PERFORMER`"],
        ["CONFIG_INVALID", 5, "did you mean when?"],
      ],
    );
  });

  test("that are refused while running leave the old ones in force", async () => {
    const abyssal = await open();
    const old: readonly RoutingRule[] = [{ use: "reviewer" }];
    abyssal.routing.setRules(old);
    expect(await problemsOf(() => abyssal.routing.setRules([{ use: "nobody" }]))).toMatchObject([
      { code: "ROUTE_RULE_UNKNOWN", place: "rules.0.use", got: '"nobody"' },
    ]);
    expect(await problemsOf(() => abyssal.routing.setRules([{}]))).toMatchObject([
      { code: "OPTION_INVALID", place: "rules.0" },
    ]);
    expect(abyssal.routing.rules).toEqual(old);
    expect(who(abyssal.plan(PROGRAM))).toEqual(["reviewer/draft"]);
  });
});

test("a decision is made once for a step, until something has changed", async () => {
  const abyssal = await open([], { clock: new ManualClock() });
  abyssal.plan("ABYSSAL[CHECK]([1, 2, 3])");
  abyssal.plan("ABYSSAL[CHECK]([1, 2, 3])");
  expect(abyssal.routing.stats()).toEqual({ hits: 5, misses: 1 });
  abyssal.routing.setRules([{ use: "reviewer" }]);
  abyssal.plan("ABYSSAL[CHECK]([1, 2, 3])");
  expect(abyssal.routing.stats()).toEqual({ hits: 7, misses: 2 });
});

test("a run that is resumed does not call a new route a changed template", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const first = await open([], {
    durable: true,
    performers: [scriptedPerformer("draft", () => true, promise)],
  });
  const { runId, result } = first.start(PROGRAM);
  const stopped = expect(result).rejects.toMatchObject({ code: "RUN_LET_GO" });
  first.close();
  resolve();
  await stopped;
  const second = await open([], { durable: true, config: { routing: { rules: [{ use: "reviewer" }] } } });
  const resumed = second.resume(runId);
  expect(who(second.plan(PROGRAM))).toEqual(["reviewer/draft"]);
  expect(resumed.warnings).toEqual([]);
  await resumed.result;
  expect(second.explain(runId, "check/look.0")).toMatchObject({
    agent: "security_reviewer",
    routed: { by: "score", performer: "draft", of: 2 },
  });
  second.close();
});
