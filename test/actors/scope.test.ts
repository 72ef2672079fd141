import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Task } from "../../src/actors/ports.ts";
import { Run } from "../../src/actors/run.ts";
import type { CompletedOutcome } from "../../src/plan/outcome.ts";
import type { Plan } from "../../src/plan/plan.ts";
import { planOf, registryOf } from "../support/compile.ts";
import { HandDrivenRun } from "../support/hand-driven-run.ts";
import { agent, plan } from "../support/plans.ts";
import { RecordingEffects } from "../support/recording-effects.ts";
import { completed } from "../support/scripted-performer.ts";

const head = (name: string): string => `name: ${name}\nversion: 1.0.0\ndescription: d\ncategory: c\n`;
const registry = registryOf([
  `${head("TWO")}parameters:
  topic: { type: string, position: 1, required: true }
  parts: { type: array, default: [] }
steps:
  first: { agent: worker, prompt: "Begin {{ topic }}" }
  second: { agent: worker, needs: [first], prompt: "{{ parts }} after {{ steps.first.output }}" }
`,
  `${head("NEST")}parameters: { topic: { type: string, position: 1 } }
steps:
  plan: { agent: worker, prompt: "Plan {{ topic }}" }
  later: { template: TWO, needs: [plan], when: "topic != 'none'", with: { topic: "{{ steps.plan.output }}" } }
  each: { agent: worker, needs: [plan], forEach: { item: steps.plan.data }, prompt: "Do {{ item }}" }
`,
]);
const PROGRAMS = [
  'ABYSSAL[TWO]("outer", {parts: [ABYSSAL[TWO]("inner"), ABYSSAL[NEST]("deep")]})',
  'ABYSSAL[TWO]("a") -> (ABYSSAL[NEST]("b") & ABYSSAL[TWO]("c")) -> ABYSSAL[TWO]("d")',
  'x = ABYSSAL[NEST]("a"); ABYSSAL[TWO]("b", {parts: [$x]}); ABYSSAL[TWO]("c", {topics: $x})',
];

/** Runs a plan to its end, completing what is at work in the order that the choices give; tells the tasks by path. */
function tasksOf(
  made: Plan,
  choices: readonly number[],
  say: (path: string) => CompletedOutcome = (path) => completed(`output of ${path}`, { data: [path, "x"] }),
): ReadonlyMap<string, Task> {
  const tasks = new Map<string, Task>();
  const working = new Set<string>();
  const effects = new RecordingEffects((command) => {
    if (command.type !== "dispatch") return;
    tasks.set(command.task.path, command.task);
    working.add(command.task.path);
  });
  const run = new Run(made, effects, { runId: "r_1", timeoutMs: 3_600_000 });
  run.apply({ type: "run.started", atMs: 1 });
  for (let step = 0; run.active; step++) {
    const path = [...working][(choices[step] ?? 0) % working.size]!;
    working.delete(path);
    run.apply({ type: "agent.completed", path, attempt: 1, outcome: say(path), atMs: 2 + step });
  }
  expect(run.status).toBe("succeeded");
  return tasks;
}

describe("what a node sees", () => {
  test.each(PROGRAMS)("is the same in whatever order other work ends: %s (V1)", (program) => {
    const expected = tasksOf(planOf(program, registry), []);
    const orders = fc.array(fc.nat(99), { minLength: 10, maxLength: 30 });
    fc.assert(
      fc.property(orders, fc.integer({ min: 1, max: 20 }), (choices, agents) => {
        const capacity = { agents, cpu: 100, memoryMb: 100_000 };
        const tasks = tasksOf(planOf(program, registry, { capacity }), choices);
        expect(Object.fromEntries(tasks)).toEqual(Object.fromEntries(expected));
      }),
      { numRuns: 40 },
    );
  });

  test("holds a value's answer only where the node waits for it (V1)", () => {
    const tasks = tasksOf(
      planOf(PROGRAMS[0]!, registry, { capacity: { agents: 1, cpu: 8, memoryMb: 8192 } }),
      [],
    );
    const outer = [...tasks.values()].filter(({ parameters }) => parameters.topic === "outer");
    const [first, second] = ["first", "second"].map((name) => outer.find(({ step }) => step === name)!);
    expect(first!.parameters.parts).toEqual([null, null]);
    expect(second!.parameters.parts).toEqual([
      expect.stringContaining("parts.0"),
      expect.stringContaining("parts.1"),
    ]);
  });

  test("is, as untainted, the same whatever stands in results from outside (V2)", () => {
    const made = planOf(PROGRAMS[1]!, registry);
    const untainted = (text: string): Record<string, Task["untainted"]> => {
      const tasks = tasksOf(made, [], () =>
        completed(`outside: ${text}`, { data: ["one", text], tainted: true }),
      );
      return Object.fromEntries([...tasks].map(([path, task]) => [path, task.untainted]));
    };
    const calm = untainted("nothing to see");
    expect(Object.values(calm).filter((task) => task !== undefined).length).toBeGreaterThan(5);
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(untainted(text)).toEqual(calm);
      }),
      { numRuns: 40 },
    );
  });

  test("is what each element of a forEach gave as data, by its place", () => {
    const steps = `steps:
  each: { agent: worker, forEach: { item: "(1..2)" }, prompt: "Do {{ item }}" }
  after: { agent: worker, needs: [each], prompt: "{{ steps.each.data | json }}" }
`;
    const made = planOf("ABYSSAL[LIST]()", registryOf([`${head("LIST")}${steps}`]));
    const tasks = tasksOf(made, [], (path) => completed("done", { data: { from: path } }));
    expect(tasks.get("list/after")!.prompt).toBe('{"0":{"from":"list/each.0"},"1":{"from":"list/each.1"}}');
  });

  test("is its own list element, its needs' results and no more", () => {
    const prompt = "{{ steps.a.output }}|{{ steps.b.output }}";
    const roots = [agent("a"), agent("b"), agent("c", { needs: ["a"], prompt })];
    const it = new HandDrivenRun(plan(roots)).start().complete("b").complete("a");
    const task = it.effects.commands.flatMap((one) => (one.type === "dispatch" ? [one.task] : [])).at(-1)!;
    expect(task.prompt).toBe("output of a|");
    expect(Object.keys(task.steps)).toEqual(["a"]);
  });
});
