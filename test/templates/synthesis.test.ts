import { describe, expect, test } from "vitest";
import { faults, first, HEAD, loaded } from "./loading.ts";

const STEPS = "steps:\n  a: { agent: writer, prompt: Write }\n  b: { agent: writer, prompt: Write }\n";
const over = (synthesis: string): string => `${HEAD}${STEPS}synthesis: ${synthesis}\n`;
const inStep = (synthesis: string, more = "parallelism: 3"): string =>
  `${HEAD}steps:\n  a: { agent: writer, prompt: Write, ${more}, synthesis: ${synthesis} }\n`;

describe("what a template says about making one result of several", () => {
  test("is a mode, rules in order, and the judge as a step of its own that has the template's defaults", () => {
    const { synthesis } = loaded(
      `${HEAD}defaults: { timeout: 9s }\n${STEPS}synthesis: { mode: merge, resolve: [vote, judge], judge: { agent: boss } }\n`,
    );
    expect(synthesis).toMatchObject({ mode: "merge", resolve: ["vote", "judge"], threshold: 0.8 });
    expect(synthesis.judge).toMatchObject({
      name: "judge",
      work: { kind: "agent", agent: "boss" },
      when: "undecided",
      timeoutMs: 9_000,
      fallback: { output: "" },
      output: { required: ["choice", "rulings"] },
    });
  });

  test("leaves out what is not said: rules then are those of the group around", () => {
    expect(loaded(over("{ mode: vote }")).synthesis).toEqual({ mode: "vote", threshold: 0.8 });
    expect(loaded(`${HEAD}${STEPS}`).synthesis).toEqual({ mode: "aggregate", threshold: 0.8 });
  });

  test("of a step with several agents is best, of a forEach all of them, unless it says otherwise", () => {
    expect(loaded(inStep("{ resolve: vote }")).steps[0]!.synthesis).toEqual({
      mode: "best",
      resolve: ["vote"],
    });
    const loop = loaded(inStep("{ resolve: vote }", "forEach: { x: [1, 2] }"));
    expect(loop.steps[0]!.synthesis).toEqual({ mode: "aggregate", resolve: ["vote"] });
  });

  test("may give the judge a prompt of its own, which sees the case and the results", () => {
    const prompt =
      "{% for c in conflicts %}{{ c.id }}{% endfor %}{{ candidates | json }}{{ steps.a.output }}";
    const text = over(`{ resolve: judge, judge: { agent: boss, prompt: '${prompt}' } }`);
    expect(loaded(text).synthesis.judge!.work).toMatchObject({ prompt });
  });

  test.each([
    ["an unknown rule", over("{ resolve: dice }"), "dice"],
    ["an unknown mode", over("{ mode: loudest }"), "loudest"],
    ["a rule twice", over("{ resolve: [vote, vote] }"), "[vote"],
    ["no rules", over("{ resolve: [] }"), "[]"],
    ["judge without one", over("{ resolve: judge }"), "judge }"],
    ["a judge who is never asked", over("{ judge: { agent: boss } }"), "judge:"],
    ["a judge without an agent", over("{ resolve: judge, judge: {} }"), "judge: {}"],
    ["a threshold above 1", over("{ threshold: 1.5 }"), "1.5"],
    ["a threshold of 0", over("{ threshold: 0 }"), "0 }"],
    ["a step with one agent", inStep("{ mode: vote }", "parallelism: 1"), "synthesis:"],
    [
      "what a judge cannot see",
      over("{ resolve: judge, judge: { agent: b, prompt: '{{ candidate }}' } }"),
      "candidate }",
    ],
    [
      "a step that is no need of the judged one",
      `${inStep("{ resolve: judge, judge: { agent: b, prompt: '{{ steps.z.output }}' } }")}  z: { agent: writer, prompt: z }\n`,
      "steps.z",
    ],
  ])("%s is refused, at its place", (_, text, marker) => {
    const [fault, ...more] = faults(text);
    expect(more).toEqual([]);
    const before = text.slice(0, text.indexOf(marker));
    const line = before.split("\n").length;
    expect(fault).toMatch(new RegExp(`^TEMPLATE_\\w+ ${line}:${before.length - before.lastIndexOf("\n")}$`));
  });

  test("a step called judge beside a judge is refused", () => {
    const steps = "steps:\n  judge: { agent: writer, prompt: Write }\n";
    const text = `${HEAD}${steps}synthesis: { resolve: judge, judge: { agent: boss } }\n`;
    expect(first(text)).toMatchObject({ code: "TEMPLATE_INVALID", hint: "rename the step" });
    expect(first(text)!.message).toContain("both called");
  });

  test("of a step that nests a template is refused: that has its own", () => {
    const text = `${HEAD}steps:\n  a: { template: OTHER, synthesis: { mode: vote } }\n`;
    expect(first(text)).toMatchObject({ code: "TEMPLATE_INVALID", hint: "leave it out" });
  });
});
