import { describe, expect, test } from "vitest";
import { faults, first, HEAD, loaded } from "./loading.ts";

const step = (name: string, more = ""): string => `  ${name}: { agent: writer, prompt: P${more} }\n`;
const STEPS = `steps:\n${["a", "b", "c", "d"].map((name) => step(name)).join("")}`;
const with_ = (phases: string, steps = STEPS): string => `${HEAD}${steps}phases: ${phases}\n`;
const needs = (text: string) =>
  Object.fromEntries(loaded(text).steps.map((one) => [one.name, [one.phase, ...one.needs]]));

describe("the phases of a template", () => {
  test("run one after the other: each waits for every step of the one before, in itself all at once", () => {
    expect(needs(with_("[{ name: look, steps: [a, b] }, { name: build, steps: [c, d] }]"))).toEqual({
      a: ["look"],
      b: ["look"],
      c: ["build", "a", "b"],
      d: ["build", "a", "b"],
    });
  });

  test("may be sequential: each step then waits for the one before it", () => {
    const text = with_("[{ name: look, steps: [a] }, { name: build, steps: [c, b, d], order: sequential }]");
    expect(needs(text)).toEqual({
      a: ["look"],
      b: ["build", "a", "c"],
      c: ["build", "a"],
      d: ["build", "a", "b"],
    });
  });

  test("leave steps their own needs, and let them read whatever ended in the phases before", () => {
    const steps = `steps:\n${step("a")}${step("b", ", needs: [a]")}  c: { agent: writer, prompt: "{{ steps.a.output }}" }\n`;
    expect(needs(with_("[{ name: one, steps: [a, b] }, { name: two, steps: [c] }]", steps))).toEqual({
      a: ["one"],
      b: ["one", "a"],
      c: ["two", "a", "b"],
    });
  });

  test.each([
    [
      "[{ name: one, steps: [a, b, c, x9] }, { name: two, steps: [d] }]",
      "x9]",
      "name a step of this template",
    ],
    ["[{ name: one, steps: [a, b] }, { name: two, steps: [b, c, d] }]", "b, c", "remove it once"],
    ["[{ name: one, steps: [a, b] }, { name: one, steps: [c, d] }]", "one, steps: [c", "rename one"],
    ["[{ name: one, steps: [a, b, c] }]", "phases:", "add d to the steps of a phase"],
    ["[{ name: one, steps: [] }]", "[] }", undefined],
    ["[]", "[]", undefined],
    ["[{ name: one, steps: [a, b, c, d], order: random }]", "random", undefined],
  ])("%s is refused, at its place", (phases, marker, hint) => {
    const text = with_(phases);
    const before = text.slice(0, text.lastIndexOf(marker));
    const place = `${before.split("\n").length}:${before.length - before.lastIndexOf("\n")}`;
    expect(faults(text)[0]).toBe(`TEMPLATE_INVALID ${place}`);
    if (hint !== undefined) expect(first(text)!.hint).toBe(hint);
  });

  test("that a step's own needs turn round are a cycle, told with what stands in the way", () => {
    const steps = `steps:\n${step("a", ", needs: [b]")}${step("b")}`;
    const fault = first(with_("[{ name: one, steps: [a] }, { name: two, steps: [b] }]", steps))!;
    expect(fault.code).toBe("TEMPLATE_CYCLE");
    expect(fault.related!.map(({ message }) => message)).toEqual(['"a" needs "b"', '"b" needs "a"']);
  });
});
