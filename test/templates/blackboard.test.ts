import { describe, expect, test } from "vitest";
import { faults, first, HEAD, loaded } from "./loading.ts";

const board = (declared: string, step: string): string =>
  `${HEAD}${declared === "" ? "" : `blackboard: ${declared}\n`}parameters:\n  topic: { type: string }\nsteps:\n  a: { agent: x, ${step} }\n`;

describe("the blackboard of a template", () => {
  test("has a rule for each key, and publishes values with expressions", () => {
    const template = loaded(
      board(
        "{ k: {}, m: { merge: max }, f: { merge: { function: join } } }",
        'publish: { k: "{{ output }}", m: "{{ data.n }}", f: [1, "{{ topic }}"] }',
      ),
    );
    expect(template.blackboard).toEqual({ k: "last_writer", m: "max", f: { function: "join" } });
    expect(template.steps[0]?.publish).toEqual({
      k: "{{ output }}",
      m: "{{ data.n }}",
      f: [1, "{{ topic }}"],
    });
  });

  test("a template without one is as it was", () => {
    const template = loaded(board("", "prompt: p"));
    expect(Object.keys(template)).not.toContain("blackboard");
    expect(Object.keys(template.steps[0]!)).not.toContain("publish");
  });

  test.each([
    ["{ k: { merge: newest } }", "prompt: p", "TEMPLATE_INVALID 5:27"],
    ["{ 'k-1': {} }", "prompt: p", "TEMPLATE_INVALID 5:15"],
    ["{ k: { rule: max } }", "prompt: p", "TEMPLATE_INVALID 5:20"],
  ])("%s is refused where it stands", (declared, step, fault) => {
    expect(faults(board(declared, step))).toEqual([fault]);
  });

  test.each(['prompt: "{{ board.risk }}"', "when: board.risk > 1", "publish: { risk: 1 }"])(
    "a key that it does not declare is answered with the nearest one: %s",
    (step) => {
      const text = board("{ risks: {} }", step);
      expect(first(text)).toMatchObject({
        code: "TEMPLATE_UNKNOWN_VARIABLE",
        expected: "one of risks",
        got: "risk",
        hint: 'did you mean "risks"?',
      });
    },
  );

  test("where no key is declared any may be used", () => {
    expect(faults(board("", 'prompt: "{{ board.any }}", publish: { other: 1 }'))).toEqual([]);
  });

  test("its own result is known to what a step publishes, and to nothing else", () => {
    expect(
      faults(board("", 'publish: { k: "{{ data }} {{ artifacts }} {{ confidence.value }} {{ topic }}" }')),
    ).toEqual([]);
    expect(first(board("", 'prompt: "{{ data }}"'))).toMatchObject({
      code: "TEMPLATE_UNKNOWN_VARIABLE",
      got: "data",
    });
    expect(first(board("", 'publish: { k: "{{ dat }}" }'))).toMatchObject({ hint: 'did you mean "data"?' });
  });

  test("board is no name for a parameter", () => {
    expect(faults(board("", "prompt: p").replace("topic:", "board:"))).toEqual(["TEMPLATE_INVALID 6:3"]);
  });

  test("a nested template's answer is published by its own steps, a person's answer by the step that asks", () => {
    const nested = `${HEAD}steps:\n  a: { template: TEST, publish: { k: 1 } }\n`;
    const human = `${HEAD}steps:\n  a: { run: { performer: human, question: q }, publish: { k: 1 } }\n`;
    expect(first(nested)).toMatchObject({ code: "TEMPLATE_INVALID", got: "a step with template" });
    expect(faults(human)).toEqual([]);
  });
});
