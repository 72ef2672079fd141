import { expect, test } from "vitest";
import { renderDiagnostics } from "../../src/shared/render-diagnostic.ts";
import { codesOf, compile, planOf, registryOf, unwrap } from "../support/compile.ts";

const head = (name: string): string => `name: ${name}\nversion: 1.0.0\ndescription: d\ncategory: c\n`;
const TWO = `${head("TWO")}parameters:
  topic: { type: string, position: 1, required: true }
  parts: { type: array, default: [] }
  complexity: { type: enum, values: [simple, medium, complex], default: medium }
steps:
  first: { agent: worker, prompt: "Begin {{ topic }}" }
  second: { agent: worker, needs: [first], prompt: "Go on with {{ parts }} and {{ steps.first.output }}" }
`;
const WIDE = `${head("WIDE")}parameters: { topic: { type: string, position: 1 } }
steps:
  start: { agent: worker, prompt: "s" }
  a: { agent: worker, needs: [start], prompt: "a" }
  b: { agent: worker, needs: [start], prompt: "b" }
  c: { agent: worker, needs: [start], prompt: "c" }
  some: { agent: worker, needs: [a, b], prompt: "{{ steps.a.output }}" }
  all: { agent: worker, needs: [a, b, c], prompt: "{{ steps.c.output }}" }
synthesis: { threshold: 0.6 }
`;
const NEST = `${head("NEST")}parameters: { topic: { type: string, position: 1 } }
steps:
  plan: { agent: worker, prompt: "p" }
  known: { template: TWO, with: { topic: "{{ topic }} known", complexity: complex } }
  later: { template: TWO, needs: [plan], when: "topic != 'none'", with: { topic: "{{ steps.plan.output }}" } }
`;
const LOOP = `${head("LOOP")}parameters: { items: { type: array, position: 1, required: true } }
steps:
  list: { agent: worker, prompt: "l" }
  each: { agent: worker, forEach: { item: items }, prompt: "do {{ item }}" }
  made: { agent: worker, needs: [list], forEach: { file: steps.list.artifacts }, prompt: "do {{ file.path }}" }
`;
const registry = registryOf([TWO, WIDE, NEST, LOOP]);
const needs = (text: string): Record<string, readonly string[]> =>
  Object.fromEntries(planOf(text, registry).nodes.map((node) => [node.path, node.needs]));

test("the same text, templates and settings give the same bytes and hash", () => {
  const text = 'x = ABYSSAL[NEST]("a") ABYSSAL[TWO]("b", {parts: [$x, 1]})';
  expect(JSON.stringify(planOf(text, registry))).toBe(
    JSON.stringify(planOf(text, registryOf([LOOP, NEST, TWO, WIDE]))),
  );
  expect(planOf(text, registry).hash).toMatch(/^[0-9a-f]{64}$/);
  expect(planOf(text, registry).hash).not.toBe(planOf(`${text} `, registry).hash);
  const smaller = { capacity: { agents: 2, cpu: 8, memoryMb: 8192 } };
  expect(planOf(text, registry).hash).not.toBe(planOf(text, registry, smaller).hash);
});

test("a command becomes a chain of its steps under its own path", () => {
  expect(needs('ABYSSAL[TWO]("x")')).toEqual({ two: [], "two/first": [], "two/second": ["two/first"] });
});

test("equal commands get paths of their own, and bound ones their names (B1)", () => {
  const { roots } = planOf('ABYSSAL[TWO]("a"); ABYSSAL[TWO]("b"); review = ABYSSAL[TWO]("c")', registry);
  expect(roots).toEqual(["two", "two.1", "review"]);
});

test("no two nodes have the same path, and a group stands before its children (B1, B2)", () => {
  const text =
    'x = ABYSSAL[NEST]("a"); y = ABYSSAL[TWO]("b", {parts: [$x, ABYSSAL[WIDE]("c"), ABYSSAL[LOOP]([1, 2, 3])]}) -> (ABYSSAL[TWO]("d") & ABYSSAL[TWO]("d")); $y';
  const { nodes } = planOf(text, registry);
  const paths = nodes.map(({ path }) => path);
  expect(nodes.length).toBeGreaterThan(30);
  expect(new Set(paths).size).toBe(paths.length);
  for (const [at, { parent }] of nodes.entries())
    if (parent !== null) expect(paths.slice(0, at)).toContain(parent);
});

test("a command as a value is awaited by the steps that read it, and by no other", () => {
  const found = needs('ABYSSAL[TWO]("x", {parts: [ABYSSAL[TWO]("inner")]})');
  expect(found["two/first"]).toEqual([]);
  expect(found["two/second"]).toEqual(["two/first", "two/parts.0/two"]);
});

test("enough commands in one parameter form a fork, and who reads them all waits for the fork", () => {
  const plan = planOf(
    'ABYSSAL[TWO]("x", {parts: [ABYSSAL[TWO]("a"), ABYSSAL[TWO]("b"), ABYSSAL[TWO]("c")]})',
    registry,
  );
  const fork = plan.nodes.find(({ path }) => path === "two/parts");
  expect(fork).toMatchObject({
    kind: "fork",
    role: "value",
    children: ["two/parts.0/two", "two/parts.1/two", "two/parts.2/two"],
  });
  expect(plan.nodes.find(({ path }) => path === "two/second")?.needs).toEqual(["two/first", "two/parts"]);
});

test("a reference is awaited like a command, wherever its statement stands", () => {
  const found = needs('ABYSSAL[TWO]("x", {parts: [$later]}); later = ABYSSAL[TWO]("y")');
  expect(found["two/second"]).toEqual(["two/first", "later"]);
});

test("a chain hands each unit to the next, a fork's branches both to what follows", () => {
  const plan = planOf(
    'ABYSSAL[TWO]("a") -> (ABYSSAL[TWO]("b") & ABYSSAL[TWO]("c")) -> ABYSSAL[TWO]("d")',
    registry,
  );
  const byPath = new Map(plan.nodes.map((node) => [node.path, node]));
  expect(byPath.get("flow/fork")?.needs).toEqual(["flow/two"]);
  expect(byPath.get("flow/two.1")?.needs).toEqual(["flow/fork"]);
  expect(byPath.get("flow/two.1/first")).toMatchObject({ input: { previous: ["flow/fork"] } });
});

test("siblings that become ready together form a fork from the threshold on", () => {
  const found = needs('ABYSSAL[WIDE]("x")');
  expect(found["wide/fork"]).toEqual(["wide/start"]);
  expect(found["wide/all"]).toEqual(["wide/fork"]);
  expect(found["wide/some"]).toEqual(["wide/a", "wide/b"]);
  expect(planOf('ABYSSAL[WIDE]("x")', registry).nodes.find(({ path }) => path === "wide/fork")).toMatchObject(
    { successThreshold: 0.6 },
  );
  expect(
    planOf('ABYSSAL[WIDE]("x")', registry, { forkThreshold: 4 }).nodes.some(({ kind }) => kind === "fork"),
  ).toBe(false);
});

test("a nested template's parameters are bound at once when the plan knows them, else when its step may start", () => {
  const { nodes } = planOf('ABYSSAL[NEST]("t")', registry);
  expect(nodes.find(({ path }) => path === "nest/known")).toMatchObject({
    scope: { parameters: { topic: "t known", complexity: "complex" }, refs: {} },
  });
  expect(nodes.find(({ path }) => path === "nest/later")).toMatchObject({
    needs: ["nest/plan"],
    when: "topic != 'none'",
    scope: { parameters: { topic: null }, refs: { "/parameters/topic": { kind: "expression" } } },
  });
});

test("a loop over a known list is unfolded in the plan, one over results keeps its agent for later", () => {
  const { nodes, bounds } = planOf("ABYSSAL[LOOP](['a', 'b'])", registry);
  expect(
    nodes
      .filter(({ path }) => path.startsWith("loop/each."))
      .map((node) => node.kind === "agent" && node.input.loop),
  ).toEqual([{ item: "a" }, { item: "b" }]);
  expect(nodes.find(({ path }) => path === "loop/made")).toMatchObject({
    kind: "fork",
    forEach: { variable: "file", template: { agent: "worker" } },
  });
  expect(bounds.agents).toEqual({ atLeast: 3, expected: 4, atMost: 10_003 });
});

test("what is wrong is reported with code and place, all of it at once", () => {
  const compiled = compile(
    'ABYSSAL[TWOO]("x")\nABYSSAL[TWO]()\nABYSSAL[TWO]("x", complexity="hard")\nABYSSAL[TWO]("x", parts=[$nothing])',
    registry,
  );
  const found = compiled.ok ? [] : compiled.error.map(({ code, span }) => `${code} ${span?.start.line}`);
  expect(found.sort()).toEqual([
    "DSL_UNKNOWN_NAME 4",
    "PARAM_MISSING 2",
    "PARAM_VALUE 3",
    "TEMPLATE_UNKNOWN 1",
  ]);
});

test("what is wrong in a step that is done for each element is told once, with what to write in the step", () => {
  const each = `${head("EACH")}parameters: { items: { type: array, position: 1, required: true } }
steps: { one: { template: TWO, with: { topics: "x" }, forEach: { item: items } } }
`;
  const compiled = compile('ABYSSAL[EACH](["a", "b", "c"])', registryOf([TWO, each]));
  expect(compiled.ok ? [] : compiled.error).toMatchObject([
    {
      code: "PARAM_MISSING",
      place: expect.stringMatching(/, step one$/),
      hint: 'add it to the step\'s with: topic: "..."',
    },
    { code: "PARAM_UNKNOWN", severity: "warning", hint: 'did you mean "topic"?' },
  ]);
});

test("commands that wait for each other are named one by one", () => {
  const compiled = compile(
    'a = ABYSSAL[TWO]("x", {parts: [$b]}); b = ABYSSAL[TWO]("y", {parts: [$a]})',
    registry,
  );
  const [error] = compiled.ok ? [] : compiled.error;
  expect(error).toMatchObject({
    code: "PLAN_CYCLE",
    message: "these wait for each other: a/second -> b -> b/second -> a -> a/second",
    hint: "let a/second no longer depend on b",
  });
  expect(codesOf("a = $b; b = $a; ABYSSAL[TWO]('x')", registry)).toEqual(["PLAN_CYCLE"]);
});

test("templates that nest each other are refused before anything is expanded", () => {
  const ping = `${head("PING")}parameters: {}\nsteps: { go: { template: PONG, with: {} } }\n`;
  const pong = `${head("PONG")}parameters: {}\nsteps: { go: { template: PING, with: {} } }\n`;
  const compiled = compile("ABYSSAL[PING]()", registryOf([ping, pong]));
  expect(compiled.ok ? [] : compiled.error).toMatchObject([
    { code: "PLAN_CYCLE", message: expect.stringContaining("PING -> PONG -> PING") },
  ]);
});

test("commands nest to the configured depth and no further", () => {
  const nested = (depth: number): string =>
    depth === 1 ? 'ABYSSAL[TWO]("x")' : `ABYSSAL[TWO]("x", {parts: [${nested(depth - 1)}]})`;
  expect(codesOf(nested(6), registry)).toEqual([]);
  expect(codesOf(nested(7), registry)).toEqual(["PLAN_TOO_DEEP"]);
});

test("an expansion beyond the limit is refused once", () => {
  const items = JSON.stringify(Array.from({ length: 9_000 }, () => 0));
  const many = Array.from({ length: 12 }, () => `ABYSSAL[LOOP](${items})`).join(";");
  expect(codesOf(many, registry)).toEqual(["PLAN_TOO_LARGE"]);
});

test("work that no capacity can hold, or that nothing here can do, is refused", () => {
  const huge = `${head("HUGE")}parameters: {}\nsteps: { go: { agent: worker, prompt: p, resources: { cpu: 9, gpu: 1 } } }\n`;
  expect(codesOf("ABYSSAL[HUGE]()", registryOf([huge]))).toEqual([
    "PLAN_IMPOSSIBLE_RESOURCES",
    "PLAN_IMPOSSIBLE_RESOURCES",
  ]);
  expect(codesOf('ABYSSAL[TWO]("x")', registry, { performers: ["command"] })).toEqual([
    "PLAN_NO_PERFORMER",
    "PLAN_NO_PERFORMER",
  ]);
});

test("what is wrong in a template's step is told with the template's file and the step, beside the command that led there", () => {
  const outer = `${head("OUTER")}parameters: {}
steps:
  typo: { agent: wrker, prompt: p }
  idle: { run: { performer: nobody } }
  wrong: { template: TWO, with: { topic: 1 } }
  gone: { template: NOWHERE }
  again: { template: OUTER }
`;
  const compiled = compile("ABYSSAL[OUTER]()", registryOf([outer, TWO]));
  const found = compiled.ok ? [] : compiled.error;
  expect(
    found.map(({ code, place, span }) => [code, place?.replace(/^\S+, /, ""), span?.start.column]),
  ).toEqual([
    ["AGENT_UNKNOWN", "step typo", 1],
    ["PLAN_NO_PERFORMER", "step idle", 1],
    ["PARAM_TYPE", "step wrong", 1],
    ["TEMPLATE_UNKNOWN", "step gone", 1],
    ["PLAN_CYCLE", "step again", 1],
  ]);
  const lines = renderDiagnostics(found, new Map(), { colour: false });
  for (const { place } of found) expect(lines).toContain(`  at ${place}\n  at <command>:1:1\n`);
});

test("an empty program is no plan", () => {
  expect(codesOf("  # nothing\n", registry)).toEqual(["PLAN_EMPTY"]);
});

test("several agents share a step when its complexity warrants it", () => {
  const shared = `${head("SHARED")}parameters: { complexity: { type: enum, values: [simple, complex], default: complex } }
steps:
  alone: { agent: worker, prompt: p, parallelism: auto }
  after: { agent: worker, needs: [alone], prompt: p, parallelism: auto }
`;
  const plan = planOf("ABYSSAL[SHARED]()", registryOf([shared]));
  const replicas = (step: string): number =>
    plan.nodes.filter((node) => node.kind === "agent" && node.step === step).length;
  expect([replicas("alone"), replicas("after")]).toEqual([4, 2]);
  expect(
    planOf("ABYSSAL[SHARED](complexity='simple')", registryOf([shared])).nodes.filter(
      ({ kind }) => kind === "agent",
    ),
  ).toHaveLength(2);
});

test("a template may name the steps that are its answer", () => {
  const answering = `${TWO.replace("TWO", "ANSWERING")}synthesis: { answer: [second] }\n`;
  expect(planOf('ABYSSAL[ANSWERING]("x")', registryOf([answering])).nodes[0]).toMatchObject({
    answerOf: ["second"],
  });
  expect(() => registryOf([answering.replace("[second]", "[secnd]")])).toThrow(/did you mean \\"second\\"/);
});

test("only work that asks a model is priced", () => {
  const priced = unwrap(compile('ABYSSAL[TWO]("x")', registry, { modelPerformers: ["draft"] })).plan.bounds;
  expect(priced.calls).toEqual({ atLeast: 2, expected: 2, atMost: 2 });
  expect(priced.tokens.atMost).toBeGreaterThan(priced.tokens.expected);
  expect(planOf('ABYSSAL[TWO]("x")', registry).bounds.calls.atMost).toBe(0);
});

test("a loop's condition is judged for the step, or for each copy when it reads the loop's variable", () => {
  const looping = (
    name: string,
    when: string,
  ): string => `${head(name)}parameters: { items: { type: array, default: [1, 2] }, on: { type: boolean, default: true } }
steps: { each: { agent: worker, prompt: p, forEach: { item: items }, when: "${when}" } }
`;
  const both = registryOf([looping("EACH", "item > 1"), looping("ONCE", "on")]);
  const judged = (text: string): readonly string[] =>
    planOf(text, both)
      .nodes.filter(({ when }) => when !== undefined)
      .map(({ path }) => path);
  expect(judged("ABYSSAL[EACH]()")).toEqual(["each/each.0", "each/each.1"]);
  expect(judged("ABYSSAL[ONCE]()")).toEqual(["once/each"]);
});
