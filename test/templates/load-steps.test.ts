import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { loadTemplate } from "../../src/templates/load-template.ts";
import { faults, first, HEAD } from "./loading.ts";

describe("needs", () => {
  test("an unknown need is answered with the nearest step", () => {
    const text = `${HEAD}steps:\n  design: { agent: x }\n  write: { agent: x, needs: [desing] }\n`;
    expect(faults(text)).toEqual(["TEMPLATE_UNKNOWN_NEED 7:30"]);
    expect(first(text)?.hint).toBe('did you mean "design"?');
  });

  test("a cycle names each of its steps and the place of each need", () => {
    const text = `${HEAD}steps:\n  z: { agent: x, needs: [a] }\n  a: { agent: x, needs: [b] }\n  b: { agent: x, needs: [c] }\n  c: { agent: x, needs: [a] }\n`;
    expect(faults(text)).toEqual(["TEMPLATE_CYCLE 7:26"]);
    const { message, related } = first(text)!;
    expect(message).toBe("steps wait for each other: a -> b -> c -> a");
    expect(related?.map((place) => [place.message, place.span?.start.line])).toEqual([
      ['"a" needs "b"', 7],
      ['"b" needs "c"', 8],
      ['"c" needs "a"', 9],
    ]);
  });

  test("a step that needs itself, and a second cycle, are reported too", () => {
    const text = `${HEAD}steps:\n  a: { agent: x, needs: [a] }\n  b: { agent: x, needs: [c] }\n  c: { agent: x, needs: [b] }\n`;
    expect(faults(text)).toEqual(["TEMPLATE_CYCLE 6:26", "TEMPLATE_CYCLE 7:26"]);
  });

  test("needs are free of cycles exactly when the steps can be put in an order", () => {
    const edges = fc.array(fc.tuple(fc.nat(6), fc.nat(6)), { maxLength: 12 });
    fc.assert(
      fc.property(edges, (pairs) => {
        const needs = Array.from({ length: 7 }, (_, step) =>
          pairs.filter(([from]) => from === step).map(([, to]) => to),
        );
        const text = needs.map(
          (to, step) => `  s${step}: { agent: x, needs: [${to.map((n) => `s${n}`).join(", ")}] }`,
        );
        const result = loadTemplate(`${HEAD}steps:\n${text.join("\n")}\n`, "sample.yaml");
        expect(result.ok).toBe(canBeOrdered(needs));
      }),
    );
  });
});

/** Independent of the product's algorithm: takes steps without open needs until none is left. */
function canBeOrdered(needs: number[][]): boolean {
  const done = new Set<number>();
  for (let round = 0; round < needs.length; round++) {
    for (const [step, to] of needs.entries()) if (to.every((need) => done.has(need))) done.add(step);
  }
  return done.size === needs.length;
}

describe("expressions", () => {
  const two = (first: string, second: string): string =>
    `${HEAD}parameters:\n  topic: { type: string }\nsteps:\n  design: { ${first} }\n  write: { ${second} }\n`;

  test("a bad expression is placed inside a long text", () => {
    const text = `${HEAD}parameters: { topic: { type: string } }\nsteps:\n  a:\n    agent: x\n    prompt: |\n      First {{ topic }}\n      then {{ topic | upcaes }}\n`;
    expect(faults(text)).toEqual(["TEMPLATE_EXPRESSION 11:12"]);
    expect(first(text)?.hint).toContain('did you mean "upcase"?');
  });

  test("a bad condition is placed at what stands wrong in it", () => {
    expect(faults(`${HEAD}steps:\n  a: { agent: x, when: "1 = 2" }\n`)[0]).toBe("TEMPLATE_EXPRESSION 6:29");
  });

  test("reading a step without needing it is refused, with what to add", () => {
    const text = two("agent: x", "agent: x, prompt: 'The design: {{ steps.design.output }}'");
    expect(faults(text)).toEqual(["TEMPLATE_UNDECLARED_NEED 9:46"]);
    expect(first(text)?.hint).toBe("add needs: [design]");
  });

  test("a need through another step is enough", () => {
    const text = `${HEAD}steps:\n  a: { agent: x }\n  b: { agent: x, needs: [a] }\n  c: { agent: x, needs: [b], prompt: "{{ steps.a.output }}" }\n`;
    expect(faults(text)).toEqual([]);
  });

  test("a step cannot read itself, nor one that does not exist", () => {
    expect(faults(two("agent: x, prompt: '{{ steps.design.output }}'", "agent: x"))).toEqual([
      "TEMPLATE_UNDECLARED_NEED 8:35",
    ]);
    const text = two("agent: x", "agent: x, prompt: '{{ steps.desing.output }}'");
    expect(first(text)).toMatchObject({ code: "TEMPLATE_UNDECLARED_NEED", hint: 'did you mean "design"?' });
  });

  test.each([
    ["with", "template: T, with: { deep: [{ x: '{{ steps.design.data }}' }] }"],
    ["run", "run: { performer: c, args: ['{{ steps.design.output }}'] }"],
    ["when", "agent: x, when: steps.design.data"],
    ["forEach", "agent: x, forEach: { f: steps.design.artifacts }"],
    ["a list in forEach", "agent: x, forEach: { f: ['{{ steps.design.output }}'] }"],
  ])("reads in %s are found", (_title, second) => {
    expect(faults(two("agent: x", second)).map((fault) => fault.split(" ")[0])).toEqual([
      "TEMPLATE_UNDECLARED_NEED",
    ]);
  });

  test("a name that nothing defines is refused at its place, not at the same word in the prose", () => {
    const text = two("agent: x, prompt: 'the topik {{ topik }}'", "agent: x");
    expect(faults(text)).toEqual(["TEMPLATE_UNKNOWN_VARIABLE 8:45"]);
    expect(first(text)?.hint).toBe('did you mean "topic"?');
  });

  test("a span of time without its unit is told what one is", () => {
    expect(first(two("agent: x", "agent: x, timeout: 5"))).toMatchObject({
      expected: 'a span of time such as "30s", "5m" or "500ms"',
      got: "the number 5",
    });
  });

  test("a step read without steps. is explained", () => {
    const text = two("agent: x", "agent: x, needs: [design], prompt: '{{ design.output }}'");
    expect(first(text)?.hint).toBe("the result of a step is steps.design.output");
  });

  test("parameters, the loop variable, steps, previous, context and LiquidJS's own names may be read", () => {
    const text = two(
      "agent: x",
      "agent: x, needs: [design], forEach: { part: steps.design.artifacts }, prompt: '{{ topic }} {{ part.path }} {{ context.depth }} {{ previous.output }} {% for r in previous.results %}{{ r.output }}{{ forloop.index }}{% endfor %}{% assign n = 1 %}{{ n }}'",
    );
    expect(faults(text)).toEqual([]);
  });

  test("the loop variable is unknown to its own list and to other steps", () => {
    const text = two("agent: x, forEach: { part: part.list }", "agent: x, prompt: '{{ part }}'");
    expect(faults(text).map((fault) => fault.split(" ")[0])).toEqual([
      "TEMPLATE_UNKNOWN_VARIABLE",
      "TEMPLATE_UNKNOWN_VARIABLE",
    ]);
  });

  test("a field that no result has is refused", () => {
    const text = two("agent: x", "agent: x, needs: [design], prompt: '{{ steps.design.outptu }}'");
    expect(first(text)).toMatchObject({ code: "TEMPLATE_UNKNOWN_VARIABLE", hint: 'did you mean "output"?' });
    expect(first(two("agent: x, prompt: '{{ previous.text }}'", "agent: x"))?.code).toBe(
      "TEMPLATE_UNKNOWN_VARIABLE",
    );
  });
});
