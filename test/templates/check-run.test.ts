import { describe, expect, test } from "vitest";
import { first, HEAD, loaded } from "./loading.ts";

const step = (more: string): string => `${HEAD}steps:\n  a: { ${more} }\n`;
const NEEDS = (performer: string, key: string): string =>
  `the performer ${performer} of step "a" needs "${key}"`;

describe("what the built-in performers are told to do", () => {
  test.each([
    ["run: { performer: command }", "run", NEEDS("command", "command"), "nothing", "add command: ..."],
    [
      "run: { performer: command, command: ' ' }",
      "' '",
      NEEDS("command", "command"),
      'the string " "',
      undefined,
    ],
    [
      "run: { performer: command, command: [ls] }",
      "[ls]",
      NEEDS("command", "command"),
      "an array of 1",
      undefined,
    ],
    ["run: { performer: function }", "run", NEEDS("function", "name"), "nothing", "add name: ..."],
    ["run: { performer: http }", "run", NEEDS("http", "url"), "nothing", "add url: ..."],
    ["run: { performer: files, path: x }", "run", NEEDS("files", "action"), "nothing", "add action: ..."],
    ["run: { performer: mcp, server: s }", "run", NEEDS("mcp", "tool"), "nothing", "add tool: ..."],
    ["run: { performer: a2a, agent: b }", "run", NEEDS("a2a", "message"), "nothing", "add message: ..."],
    [
      "run: { performer: command, command: ls, arg: [x] }",
      "arg:",
      'the performer command of step "a" has no option "arg"',
      "arg",
      'did you mean "args"?',
    ],
    [
      "agent: b, prompt: p, fallback: [{ run: { performer: command } }]",
      "run",
      NEEDS("command", "command"),
      "nothing",
      "add command: ...",
    ],
    [
      "run: { performer: robot, x: 1 }, fallback: [{ performer: function }]",
      "performer: function",
      NEEDS("function", "name"),
      "nothing",
      "add name: ...",
    ],
  ])("%s is refused before anything is registered, at %s", (more, marker, message, got, hint) => {
    const text = step(more);
    const fault = first(text)!;
    expect(fault).toMatchObject({ code: "TEMPLATE_INVALID", message, got });
    expect(fault.hint).toBe(hint);
    expect(fault.span!.start.offset).toBe(text.indexOf(marker));
  });

  test.each([
    "run: { performer: command, command: '{{ context.program }}' }",
    "run: { performer: function, name: greet, whom: Ada }",
    "run: { performer: files, action: list }",
    "run: { performer: robot }",
  ])("%s may be registered", (more) => {
    expect(loaded(step(more)).steps[0]!.work).toMatchObject({ kind: "run" });
  });
});
