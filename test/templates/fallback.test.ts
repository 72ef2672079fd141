import { describe, expect, test } from "vitest";
import { faults, first, HEAD, loaded } from "./loading.ts";

const step = (more: string, own = "agent: writer, prompt: Write"): string =>
  `${HEAD}steps:\n  a: { ${own}, timeout: 1m, retry: { attempts: 2 }, fallback: ${more} }\n`;

describe("a list of what stands in for a step", () => {
  test("becomes alternatives in order, and a constant at the end", () => {
    const text = step(
      `[{ agent: editor }, { performer: draft, retry: { attempts: 3 } }, { agent: poet, performer: draft, prompt: Rhyme, timeout: 5s },
        { run: { performer: command, command: echo, args: ["{{ context.x }}"] } }, { output: none, data: { n: 1 } }]`,
    );
    const { alternatives, fallback } = loaded(text).steps[0]!;
    expect(fallback).toEqual({ output: "none", data: { n: 1 } });
    expect(alternatives!.map(({ work }) => work)).toEqual([
      { kind: "agent", agent: "editor", prompt: "Write" },
      { kind: "agent", agent: "writer", prompt: "Write" },
      { kind: "agent", agent: "poet", prompt: "Rhyme" },
      {
        kind: "run",
        performer: "command",
        options: { command: "echo", args: ["{{ context.x }}"] },
        agent: "orchestrator",
      },
    ]);
    expect(alternatives!.map(({ performer }) => performer)).toEqual([undefined, "draft", "draft", undefined]);
    expect(alternatives!.map(({ retry }) => retry.attempts)).toEqual([2, 3, 2, 2]);
    expect(alternatives!.map(({ timeoutMs }) => timeoutMs)).toEqual([60_000, 60_000, 5_000, 60_000]);
  });

  test("may have a run step done by another performer with the same options, or by an agent with a prompt", () => {
    const { steps } = loaded(
      step("[{ performer: spare }, { agent: editor, prompt: p }]", "run: { performer: robot, x: 1 }"),
    );
    expect(steps[0]!.alternatives!.map(({ work }) => work)).toEqual([
      { kind: "run", performer: "spare", options: { x: 1 }, agent: "orchestrator" },
      { kind: "agent", agent: "editor", prompt: "p" },
    ]);
  });

  test("a constant alone is what it always was, as a mapping and as a list", () => {
    const mapping = loaded(step("{ output: none }"));
    expect(mapping.steps[0]).not.toHaveProperty("alternatives");
    expect(loaded(step("[{ output: none }]")).hash).toBe(mapping.hash);
  });

  test.each([
    ["[{ output: x }, { agent: b }]", "output", "move it to the end"],
    ["[{ timeout: 1s }]", "{", "add performer: NAME, for the same work by somebody else"],
    ["[{ run: { performer: p }, prompt: x }]", "prompt", "leave it out, or make two alternatives"],
    ["[{ output: x, retry: {} }]", "retry", "leave it out, or make two alternatives"],
    ["[{ performer: human }]", "human", "ask in a step of its own, with when: steps.NAME.status"],
    ["[{ agent: auto }]", "auto", "name the kind that is to do the work instead"],
    ["[{ agnet: b }]", "agnet", 'did you mean "agent"?'],
    ["[]", "[", undefined],
    ["never", "never", undefined],
    ["[{ agent: b, prompt: '{{ nobody }}' }]", "nobody", undefined],
    ["[{ run: { performer: p, x: '{{ steps.b.output }}' } }]", "steps.b", undefined],
  ])("%s is refused, at %s", (list, marker, hint) => {
    const text = step(list);
    const column = text.split("\n")[5]!.indexOf(list) + list.indexOf(marker) + 1;
    expect(faults(text)).toEqual([expect.stringMatching(new RegExp(`^TEMPLATE_[A-Z_]+ 6:${column}$`))]);
    if (hint !== undefined) expect(first(text)?.hint).toBe(hint);
  });

  test.each([
    ["template: OTHER", "let the steps of the nested template fall back"],
    [
      "run: { performer: human, question: Q }",
      "a person's no is final; keep the constant: fallback: { output: ... }",
    ],
  ])("has no meaning in a step with %s", (own, hint) => {
    const text = `${HEAD}steps:\n  a: { ${own}, fallback: [{ performer: draft }] }\n`;
    expect(faults(text)).toHaveLength(1);
    expect(first(text)?.hint).toBe(hint);
  });

  test("needs a prompt where an agent is to do what a run step does", () => {
    const own = "run: { performer: robot }";
    expect(first(step("[{ agent: b }]", own))?.hint).toBe("add prompt: ..., or name another performer");
    expect(first(step("[{ performer: b, prompt: p }]", own))?.hint).toBe("add agent: NAME, or leave it out");
  });
});
