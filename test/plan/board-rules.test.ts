import { describe, expect, test } from "vitest";
import { compile, planOf, registryOf } from "../support/compile.ts";

function template(name: string, blackboard: string, steps = "a: { agent: worker, prompt: hello }"): string {
  const head = `name: ${name}\nversion: 1.0.0\ndescription: d\ncategory: planning\n`;
  return `${head}${blackboard === "" ? "" : `blackboard: ${blackboard}\n`}steps:\n  ${steps}\n`;
}

const TWO = "ABYSSAL[ONE](); ABYSSAL[TWO]()";

describe("the blackboard of a plan", () => {
  test("has the rules of every template that the plan is made of, nested ones too, and of no other", () => {
    const registry = registryOf([
      template("ONE", "{ k: { merge: union }, a: {} }", "n: { template: TWO }"),
      template("TWO", "{ k: { merge: union }, z: { merge: max } }"),
      template("OTHER", "{ more: {} }"),
    ]);
    const { blackboard } = planOf("ABYSSAL[ONE]()", registry);
    expect(blackboard).toEqual({ a: "last_writer", k: "union", z: "max" });
  });

  test("is left out of a plan that declares none, and changes the hash of one that does", () => {
    const hashOf = (blackboard: string) =>
      planOf("ABYSSAL[ONE]()", registryOf([template("ONE", blackboard)]));
    expect(Object.keys(hashOf(""))).not.toContain("blackboard");
    expect(hashOf("{ k: {} }").hash).not.toBe(hashOf("").hash);
    expect(hashOf("{ k: {} }").hash).not.toBe(hashOf("{ k: { merge: max } }").hash);
  });

  test("two templates that merge one key in different ways are refused, once (D1)", () => {
    const registry = registryOf([
      template("ONE", "{ k: { merge: union } }"),
      template("TWO", "{ k: { merge: { function: join } } }"),
    ]);
    const compiled = compile(`${TWO}; ABYSSAL[TWO]()`, registry, { merges: ["join"] });
    expect(compiled.ok ? [] : compiled.error).toMatchObject([
      {
        code: "BOARD_RULE_CONFLICT",
        place: "template-1.yaml, blackboard.k",
        expected: "merge: union, as in template-0.yaml",
        got: "merge: { function: join }",
        hint: "give both the same rule, or one of them another key",
      },
    ]);
  });

  test("a merge function that nobody has given is refused, with the nearest name", () => {
    const registry = registryOf([template("ONE", "{ k: { merge: { function: jion } } }")]);
    const found = (merges: readonly string[]) => {
      const compiled = compile("ABYSSAL[ONE]()", registry, { merges });
      return compiled.ok ? [] : compiled.error;
    };
    expect(found(["join"])).toMatchObject([
      { code: "BOARD_MERGE_UNKNOWN", got: "jion", expected: "one of join", hint: 'did you mean "join"?' },
    ]);
    expect(found([])[0]?.hint).toBe("createAbyssal({ merges: { jion: (present, written) => ... } })");
    expect(found(["jion"])).toEqual([]);
  });

  test("what reads it waits for the run: a loop over the board is unfolded there, a nested parameter filled there", () => {
    const loop = "a: { agent: worker, prompt: p, forEach: { one: board.list } }";
    const nested = "n: { template: ONE, with: { x: '{{ board.k }}' } }";
    const registry = registryOf([
      template("ONE", "", loop).replace("steps:", "parameters:\n  x: { type: string }\nsteps:"),
      template("TWO", "", nested),
    ]);
    const { nodes } = planOf("ABYSSAL[TWO]()", registry);
    expect(nodes.find(({ path }) => path === "two/n/a")).toMatchObject({
      kind: "fork",
      forEach: { variable: "one" },
    });
    expect(nodes.find(({ path }) => path === "two/n")).toMatchObject({
      scope: { refs: { "/parameters/x": { kind: "expression", value: "{{ board.k }}" } } },
    });
  });

  test("a step that publishes what a nested command answers waits for that command", () => {
    const publishing = "a: { agent: worker, prompt: p, publish: { k: '{{ x }}' } }";
    const registry = registryOf([
      template("ONE", "", publishing).replace(
        "steps:",
        "parameters:\n  x: { type: string, position: 1 }\nsteps:",
      ),
      template("TWO", ""),
    ]);
    const { nodes } = planOf("ABYSSAL[ONE](ABYSSAL[TWO]())", registry);
    expect(nodes.find(({ path }) => path === "one/a")?.needs).toEqual(["one/x/two"]);
  });
});
