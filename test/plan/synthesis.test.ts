import { describe, expect, test } from "vitest";
import type { AgentNode, GroupNode, Plan } from "../../src/plan/plan.ts";
import { codesOf, planOf, registryOf, SETTINGS } from "../support/compile.ts";

const template = (steps: string, synthesis: string): string =>
  `name: T\nversion: 1.0.0\ndescription: d\ncategory: c\nsteps:\n${steps}synthesis: ${synthesis}\n`;
const TWO = "  a: { agent: worker, prompt: A }\n  b: { agent: worker, prompt: B, needs: [a] }\n";
const JUDGED = "{ mode: best, resolve: [vote, judge], judge: { agent: worker } }";
const kindsOf = (plan: Plan) =>
  plan.nodes.map((node) => `${node.path} ${node.kind}${node.kind === "agent" ? "" : ` ${node.role}`}`);
const group = (plan: Plan, path: string) => plan.nodes.find((node) => node.path === path) as GroupNode;
const agent = (plan: Plan, path: string) => plan.nodes.find((node) => node.path === path) as AgentNode;

describe("the judge of a plan", () => {
  test("is an ordinary agent, the last of its group, that waits for all the others", () => {
    const plan = planOf("ABYSSAL[T]()", registryOf([template(TWO, JUDGED)]));
    expect(kindsOf(plan)).toEqual(["t chain command", "t/a agent", "t/b agent", "t/judge agent"]);
    expect(group(plan, "t")).toMatchObject({
      synthesis: "best",
      resolve: ["vote", "judge"],
      judge: "t/judge",
    });
    expect(agent(plan, "t/judge")).toMatchObject({
      judges: "t",
      needs: ["t/a", "t/b"],
      when: "undecided",
      agent: "worker",
      input: {
        options: { candidates: "{{ candidates }}", conflicts: "{{ conflicts }}" },
        steps: { a: "t/a", b: "t/b" },
      },
      fallback: { output: "" },
    });
    expect(plan.levels.at(-1)).toEqual(["t/judge"]);
    expect(plan.schedule.entries.map(({ path }) => path)).toContain("t/judge");
  });

  test("of a step's agents stands in a chain around them", () => {
    const steps = `  a: { agent: worker, prompt: A, parallelism: 3, synthesis: ${JUDGED} }\n`;
    const plan = planOf("ABYSSAL[T]()", registryOf([template(steps, "{ mode: aggregate }")]));
    expect(kindsOf(plan)).toEqual([
      "t chain command",
      "t/a chain step",
      "t/a/agents fork siblings",
      "t/a/agents.0 agent",
      "t/a/agents.1 agent",
      "t/a/agents.2 agent",
      "t/a/judge agent",
    ]);
    expect(group(plan, "t/a")).toMatchObject({ synthesis: "best", judge: "t/a/judge", successThreshold: 1 });
    expect(agent(plan, "t/a/judge").needs).toEqual(["t/a/agents"]);
  });

  test("over a list that only the run knows waits for all that is made of it", () => {
    const steps = `${TWO}  c: { agent: worker, prompt: "{{ x }}", needs: [b], forEach: { x: steps.b.data.list }, synthesis: ${JUDGED} }\n`;
    const plan = planOf("ABYSSAL[T]()", registryOf([template(steps, "{ mode: aggregate }")]));
    expect(group(plan, "t/c/agents").forEach).toBeDefined();
    expect(agent(plan, "t/c/judge").needs).toEqual(["t/c/agents"]);
  });

  test("counts in the bounds: perhaps not at all, at most with all that it reads", () => {
    const bounds = (synthesis: string) =>
      planOf("ABYSSAL[T]()", registryOf([template(TWO, synthesis)]), {
        modelPerformers: ["draft"],
        models: {
          usual: "x/y",
          fault: () => null,
          terms: () => ({
            maxOutputTokens: 1_000,
            price: { inputMicros: 1_000_000, outputMicros: 1_000_000 },
          }),
        },
      }).bounds;
    const [plain, judged] = [bounds("{ mode: best }"), bounds(JUDGED)];
    expect(judged.agents).toEqual({ atLeast: 2, expected: 3, atMost: 3 });
    expect(judged.calls.atLeast).toBe(plain.calls.atLeast);
    expect(judged.costMicros.atLeast).toBe(plain.costMicros.atLeast);
    // Two results of at most 1000 tokens, each perhaps twice, before each of two calls.
    expect(judged.tokens.atMost - plain.tokens.atMost).toBeGreaterThan(2 * 4 * 1_000);
  });

  test("of an agent kind that nobody has is refused", () => {
    const registry = registryOf([template(TWO, "{ resolve: judge, judge: { agent: workr } }")]);
    expect(codesOf("ABYSSAL[T]()", registry)).toEqual(["AGENT_UNKNOWN"]);
  });

  test("changes nothing where there is none", () => {
    const one = planOf("ABYSSAL[T]()", registryOf([template(TWO, "{ mode: best }")]), SETTINGS);
    expect(one.nodes.every((node) => !("judge" in node) && !("judges" in node))).toBe(true);
  });
});
