import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LIMITS } from "../../src/shared/limits.ts";
import { loadAgentKind, loadTemplate } from "../../src/templates/load-template.ts";
import { faults, first, HEAD, loaded } from "./loading.ts";

describe("a template that is silent", () => {
  const silent = loaded(`${HEAD}steps:\n  a: { agent: architect, prompt: hello }\n`);

  test("gets the documented defaults", () => {
    expect(silent).toEqual({
      name: "SAMPLE",
      version: "1.0.0",
      description: "a sample",
      category: "planning",
      parameters: [],
      steps: [
        {
          name: "a",
          work: { kind: "agent", agent: "architect", prompt: "hello" },
          needs: [],
          parallelism: 1,
          approve: false,
          resources: { cpu: 1, memoryMb: 256 },
          durationMs: 30_000,
          timeoutMs: 300_000,
          retry: { attempts: 1, backoff: "exponential", delayMs: 500, maxDelayMs: 30_000 },
          cache: true,
          capabilities: [],
          priority: 0,
          successThreshold: 0.8,
        },
      ],
      synthesis: { mode: "aggregate", threshold: 0.8 },
      hash: silent.hash,
      source: "sample.yaml",
    });
    expect(silent.hash).toMatch(/^[0-9a-f]{64}$/);
  });

  test("has a hash of its content: the same from JSON and from another file, another after any change", () => {
    const json = JSON.stringify({
      name: "SAMPLE",
      version: "1.0.0",
      description: "a sample",
      category: "planning",
      steps: { a: { prompt: "hello", agent: "architect" } },
    });
    const again = loadTemplate(json, "other.json");
    expect(again.ok && again.value.hash).toBe(silent.hash);
    expect(loaded(`${HEAD}steps:\n  a: { agent: architect, prompt: hello! }\n`).hash).not.toBe(silent.hash);
  });
});

test("everything that a template may say is resolved to units and defaults", () => {
  const template = loaded(`${HEAD}
parameters:
  late: { type: integer, minimum: 1, maximum: 9, default: 3 }
  second: { type: enum, values: [a, b], or_span: true, position: 2 }
  first: { type: string, position: 1, required: true, description: the first }
defaults: { resources: { cpu: 4, memory: 1GB, gpu: 1 }, duration: 1m, timeout: 10m, retry: { attempts: 3 } }
steps:
  plan:
    agent: architect
    resources: { memory: 512, disk: 2 }
    retry: { backoff: constant, delay: 2s, max_delay: 1m }
    priority: -1
    supervision: { strategy: one_for_all, restarts: { max: 3, within: 1m } }
  nest:
    needs: [plan, plan]
    template: TEST
    version: ^1.2.0
    with: { target: "{{ first }}", deep: [{ code: "{{ steps.plan.output }}" }] }
  lint:
    needs: [nest]
    run: { performer: command, command: npx, args: [eslint, "{{ file.path }}"] }
    when: "second == 'a' and steps.plan.status == 'succeeded'"
    forEach: { file: steps.plan.artifacts }
    parallelism: auto
    fallback: { output: not linted, data: { ok: false } }
    approve: true
    duration: 500ms
    timeout: 2m
    output: { type: object }
    capabilities: [lint]
    success_threshold: 0.5
synthesis: { mode: vote, threshold: 1 }
`);
  expect(template.parameters.map(({ name, position }) => [name, position])).toEqual([
    ["first", 1],
    ["second", 2],
    ["late", undefined],
  ]);
  expect(template.parameters[1]).toEqual({
    name: "second",
    type: "enum",
    values: ["a", "b"],
    orSpan: true,
    position: 2,
    required: false,
  });
  const [plan, nest, lint] = template.steps;
  expect(plan).toMatchObject({
    resources: { cpu: 4, memoryMb: 512, gpu: 1, disk: 2 },
    durationMs: 60_000,
    timeoutMs: 600_000,
    retry: { attempts: 3, backoff: "constant", delayMs: 2_000, maxDelayMs: 60_000 },
    priority: -1,
    successThreshold: 1,
    cache: true,
  });
  expect(nest).toMatchObject({
    needs: ["plan"],
    work: { kind: "template", template: "TEST", version: "^1.2.0", with: { target: "{{ first }}" } },
  });
  expect(lint).toMatchObject({
    work: {
      kind: "run",
      performer: "command",
      agent: "orchestrator",
      options: { command: "npx", args: ["eslint", "{{ file.path }}"] },
    },
    forEach: { variable: "file", items: "steps.plan.artifacts" },
    parallelism: "auto",
    fallback: { output: "not linted", data: { ok: false } },
    approve: true,
    durationMs: 500,
    timeoutMs: 120_000,
    resources: { cpu: 4, memoryMb: 1024, gpu: 1 },
    cache: false,
    output: { type: "object" },
    capabilities: ["lint"],
    successThreshold: 0.5,
  });
});

test("a run step may name the kind of agent that it counts as", () => {
  const [step] = loaded(`${HEAD}steps:\n  a: { run: { performer: robot }, agent: tester }\n`).steps;
  expect(step?.work).toEqual({ kind: "run", performer: "robot", options: {}, agent: "tester" });
});

describe("text that is no template", () => {
  test.each([
    ["an unclosed list", `${HEAD}steps: [`, "TEMPLATE_SYNTAX 5:9"],
    ["a key twice", `${HEAD}name: AGAIN\n`, "TEMPLATE_SYNTAX 5:1"],
    ["an unknown tag, of which YAML only warns", `${HEAD}steps: !!js/function x\n`, "TEMPLATE_SYNTAX 5:8"],
    ["two documents", `${HEAD}---\n${HEAD}`, "TEMPLATE_SYNTAX 5:1"],
    ["a tab as indentation", `${HEAD}steps:\n\ta: 1\n`, "TEMPLATE_SYNTAX 6:1"],
    ["a number that is not finite", `${HEAD}steps: .inf\n`, "TEMPLATE_SYNTAX 5:8"],
    [
      "a key that leads to a prototype",
      `${HEAD}steps:\n  a:\n    with: { __proto__: 1 }\n`,
      "TEMPLATE_SYNTAX 7:13",
    ],
    ["a list as a key", `${HEAD}steps:\n  ? [a]\n  : 1\n`, "TEMPLATE_SYNTAX 6:5"],
    ["an alias inside its own anchor", `${HEAD}steps: &a { b: *a }\n`, "TEMPLATE_SYNTAX 5:16"],
    [
      "values nested beyond the limit",
      `${HEAD}steps: ${"[".repeat(70)}${"]".repeat(70)}\n`,
      "TEMPLATE_SYNTAX 5:72",
    ],
    ["nothing", "", "TEMPLATE_INVALID 1:1"],
    ["a list", "- a\n- b\n", "TEMPLATE_INVALID 1:1"],
  ])("%s is one fault at its place", (_title, text, fault) => {
    expect(faults(text)[0]).toBe(fault);
  });

  test("an alias inside its own anchor is named as such", () => {
    expect(first(`${HEAD}steps: &a { b: *a }\n`)?.got).toBe("a value that contains itself");
  });

  test("an alias bomb is refused at once", () => {
    const lines = ["a: &a [x, x, x, x, x, x, x, x, x, x]"];
    for (const [index, name] of [..."bcdefghij"].entries()) {
      lines.push(`${name}: &${name} [${Array(10).fill(`*${"abcdefghij"[index]}`).join(", ")}]`);
    }
    const started = performance.now();
    expect(faults(lines.join("\n"))).toEqual(["TEMPLATE_SYNTAX 1:1"]);
    expect(performance.now() - started).toBeLessThan(1_000);
  });

  test("few aliases of a long list are refused too", () => {
    const text = `${HEAD}x: &x [${"1,".repeat(50_000)}]\ny: [*x, *x, *x, *x, *x]\n`;
    expect(first(text)).toMatchObject({ code: "TEMPLATE_SYNTAX", got: "more than 200000 values" });
  });

  test("aliases for a shared prompt are fine", () => {
    const { steps } = loaded(
      `${HEAD}steps:\n  a: { agent: x, prompt: &p hello }\n  b: { agent: x, prompt: *p }\n`,
    );
    expect(steps[1]?.work).toMatchObject({ prompt: "hello" });
  });

  test("a file beyond the limit is not parsed", () => {
    const { code, got } = first(`${HEAD}# ${"ä".repeat(LIMITS.templateFileBytes / 2)}`)!;
    expect([code, got]).toEqual([
      "TEMPLATE_TOO_LARGE",
      `${LIMITS.templateFileBytes + HEAD.length + 2} bytes`,
    ]);
  });

  test("deep nesting ends in faults, at most as many as are listed", () => {
    expect(faults("[".repeat(50_000)).length).toBeLessThanOrEqual(LIMITS.diagnosticsMax);
  });
});

describe("a template of the wrong form", () => {
  test.each([
    ["a misspelt key", `${HEAD}setps: {}\nsteps: { a: { agent: x } }\n`, "5:1", 'did you mean "steps"?'],
    [
      "a misspelt key of a step",
      `${HEAD}steps:\n  a: { agent: x, promt: y }\n`,
      "6:18",
      'did you mean "prompt"?',
    ],
    [
      "a missing key",
      "name: A\nversion: 1.0.0\ncategory: a\nsteps: { a: { agent: x } }\n",
      "1:1",
      "add description: ...",
    ],
    [
      "a version that YAML reads as a number",
      `${HEAD.replace("1.0.0", "1.0")}steps: { a: { agent: x } }\n`,
      "2:10",
      "'1.0.0'",
    ],
    ["a small name", `${HEAD.replace("SAMPLE", "sample")}steps: { a: { agent: x } }\n`, "1:7", undefined],
    [
      "a misspelt type",
      `${HEAD}parameters:\n  p: { type: sting }\nsteps: { a: { agent: x } }\n`,
      "6:14",
      'did you mean "string"?',
    ],
    [
      "a parameter with a dash",
      `${HEAD}parameters:\n  a-b: { type: string }\nsteps: { a: { agent: x } }\n`,
      "6:3",
      "rename it",
    ],
    ["no steps", `${HEAD}steps: {}\n`, "5:8", undefined],
    ["a duration without a unit", `${HEAD}steps:\n  a: { agent: x, duration: 30 }\n`, "6:28", "unit"],
    [
      "a duration in an unknown unit",
      `${HEAD}steps:\n  a: { agent: x, duration: 3 parsecs }\n`,
      "6:28",
      undefined,
    ],
    [
      "a memory size that is none",
      `${HEAD}defaults: { resources: { memory: lots } }\nsteps: { a: { agent: x } }\n`,
      "5:34",
      undefined,
    ],
    ["eleven parallel agents", `${HEAD}steps:\n  a: { agent: x, parallelism: 11 }\n`, "6:31", undefined],
    [
      "a threshold of nothing",
      `${HEAD}steps: { a: { agent: x } }\nsynthesis: { threshold: 0 }\n`,
      "6:25",
      undefined,
    ],
    [
      "needs that are no list",
      `${HEAD}steps:\n  a: { agent: x }\n  b: { agent: x, needs: a }\n`,
      "7:25",
      "list",
    ],
  ])("%s", (_title, text, place, hint) => {
    expect(faults(text)).toEqual([`TEMPLATE_INVALID ${place}`]);
    if (hint !== undefined) expect(first(text)?.hint).toContain(hint);
  });

  test("several faults are reported at once, each at its place", () => {
    expect(faults(`name: x\nversion: one\nsteps:\n  a: { agent: 3, tiemout: 1m }\n`)).toEqual([
      "TEMPLATE_INVALID 1:7",
      "TEMPLATE_INVALID 2:10",
      "TEMPLATE_INVALID 1:1",
      "TEMPLATE_INVALID 1:1",
      "TEMPLATE_INVALID 4:15",
      "TEMPLATE_INVALID 4:18",
    ]);
  });
});

describe("a template that contradicts itself", () => {
  const steps = (text: string): string => `${HEAD}steps:\n${text}`;
  const parameter = (text: string): string =>
    `${HEAD}parameters:\n  p: ${text}\nsteps: { a: { agent: x } }\n`;

  test.each([
    ["no kind of work", steps("  a: { needs: [] }\n"), "6:3"],
    ["two kinds of work", steps("  a: { agent: x, template: Y }\n"), "6:3"],
    ["a prompt for a performer", steps("  a: { run: { performer: c }, prompt: y }\n"), "6:31"],
    ["parameters for an agent", steps("  a: { agent: x, with: {} }\n"), "6:18"],
    ["two loop variables", steps("  a: { agent: x, forEach: { a: [1], b: [2] } }\n"), "6:18"],
    ["no loop variable", steps("  a: { agent: x, forEach: {} }\n"), "6:18"],
    ["a loop over a number", steps("  a: { agent: x, forEach: { n: 3 } }\n"), "6:32"],
    ["a loop variable named steps", steps("  a: { agent: x, forEach: { steps: [1] } }\n"), "6:29"],
    ["a resource that is counted anyway", steps("  a: { agent: x, resources: { agents: 2 } }\n"), "6:31"],
    ["an enum without values", parameter("{ type: enum }"), "6:3"],
    ["a bound on a text", parameter("{ type: string, minimum: 1 }"), "6:22"],
    ["bounds that cross", parameter("{ type: number, minimum: 3, maximum: 2 }"), "6:31"],
    ["a default of the wrong type", parameter("{ type: number, default: many }"), "6:31"],
    ["a default that the enum lacks", parameter("{ type: enum, values: [a], default: b }"), "6:42"],
    [
      "a parameter named context",
      `${HEAD}parameters:\n  context: { type: any }\nsteps: { a: { agent: x } }\n`,
      "6:3",
    ],
    ["a gap between positions", parameter("{ type: any, position: 2 }"), "6:29"],
  ])("%s", (_title, text, place) => {
    expect(faults(text)).toEqual([`TEMPLATE_INVALID ${place}`]);
  });

  test("a position given twice is refused at the second", () => {
    const text = `${HEAD}parameters:\n  p: { type: any, position: 1 }\n  q: { type: any, position: 1 }\nsteps: { a: { agent: x } }\n`;
    expect(faults(text)).toEqual(["TEMPLATE_INVALID 7:29"]);
    expect(first(text)?.got).toBe("p: 1, q: 1");
  });
});

describe("agent kinds", () => {
  const KIND =
    "name: tester\ndescription: d\ncapabilities: [testing]\nsystem: You test.\nperformers: [model, draft]\n";

  test("a file becomes an agent kind", () => {
    expect(loadAgentKind(`${KIND}temperature: 0.2\n`, "t.yaml")).toEqual({
      ok: true,
      value: {
        name: "tester",
        description: "d",
        capabilities: ["testing"],
        system: "You test.",
        performers: ["model", "draft"],
        temperature: 0.2,
        source: "t.yaml",
      },
    });
  });

  test("a misspelt key is refused at its place", () => {
    const result = loadAgentKind(`${KIND}temprature: 0.2\n`, "t.yaml");
    expect(result.ok ? [] : result.error).toMatchObject([
      {
        code: "TEMPLATE_INVALID",
        span: { start: { line: 6, column: 1 } },
        hint: 'did you mean "temperature"?',
      },
    ]);
  });
});

test("no text makes the loader throw, and every fault has a place", () => {
  const line = fc.constantFrom(
    "steps:",
    "  a:",
    "  a: { agent: x }",
    "    agent: x",
    "    needs: [a, b]",
    "    prompt: '{{ a }} {{'",
    "parameters:",
    "  p: { type: enum }",
    "defaults: 3",
    "- x",
    "&a",
    "*a",
    "? x",
    "...",
    "---",
    "%YAML 1.1",
    '{"a": [1, }',
    "\t",
    "!!map {}",
    "<<: *a",
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(line, fc.string({ maxLength: 8 })), { maxLength: 10 }), (lines) => {
      const result = loadTemplate(HEAD + lines.join("\n"), "s.yaml");
      return (
        result.ok ||
        result.error.every(({ span }) => span !== undefined && span.start.line >= 1 && span.start.column >= 1)
      );
    }),
  );
});
