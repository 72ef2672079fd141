import { describe, expect, test } from "vitest";
import { bindParameters } from "../../src/templates/bind-parameters.ts";
import { loadTemplate } from "../../src/templates/load-template.ts";
import { secretsOf } from "../../src/templates/secret-parameter.ts";
import { aTemplate } from "./a-template.ts";

function codes(parameter: string, steps: string): string[] {
  const text = `
name: SECRETIVE
version: 1.0.0
description: One secret
category: test
parameters:
  token: ${parameter}
steps:
${steps}
`;
  const loaded = loadTemplate(text, "s.yaml");
  return loaded.ok ? [] : loaded.error.map(({ code, span }) => `${code} ${span?.start.line}`);
}

const SECRET = "{ type: string, secret: true }";
const step = (body: string): string => codes(SECRET, `  act: ${body}`).join();

describe("a secret parameter", () => {
  test("may stand as a value of its own among options, and be handed on to a nested template", () => {
    for (const good of [
      '{ run: { performer: command, command: x, env: { T: "{{ token }}" } } }',
      '{ run: { performer: http, url: x, headers: { authorization: "{{- token -}}" } } }',
      '{ run: { performer: function, name: f, list: [a, "{{token}}"] } }',
      '{ template: OTHER, with: { token: "{{ token }}" } }',
      '{ agent: tester, fallback: [{ run: { performer: function, name: f, key: "{{ token }}" } }] }',
    ])
      expect([good, step(good)]).toEqual([good, ""]);
  });

  test("is refused wherever it may be seen: in prompts, within texts, arguments, conditions, loops, on the blackboard", () => {
    for (const bad of [
      '{ agent: tester, prompt: "{{ token }}" }',
      '{ run: { performer: http, url: x, headers: { authorization: "Bearer {{ token }}" } } }',
      '{ run: { performer: command, command: x, args: ["{{ token }}"] } }',
      '{ run: { performer: command, command: "{{ token }}" } }',
      '{ run: { performer: function, name: f, key: "{{ token | upcase }}" } }',
      '{ agent: tester, prompt: x, when: "token == 1" }',
      "{ agent: tester, prompt: x, forEach: { each: token } }",
      '{ agent: tester, prompt: x, publish: { key: "{{ token }}" } }',
      '{ agent: tester, prompt: x, approve: { question: "{{ token }}?" } }',
      '{ template: OTHER, with: { token: "x{{ token }}" } }',
    ])
      expect([bad, step(bad)]).toEqual([bad, "TEMPLATE_SECRET 9"]);
  });

  test("is a text, and its default a variable's name", () => {
    const run = '  act: { run: { performer: function, name: f, key: "{{ token }}" } }';
    expect(codes("{ type: string, secret: true, default: 'env:TOKEN' }", run)).toEqual([]);
    for (const bad of [
      "{ type: number, secret: true }",
      "{ type: string, secret: true, values: [a] }",
      "{ type: string, secret: true, default: hunter2 }",
    ])
      expect([bad, codes(bad, run)]).toEqual([bad, ["TEMPLATE_INVALID 7"]]);
  });

  test("takes the name of a variable only, and a refusal does not repeat what was given", () => {
    const template = aTemplate([{ name: "token", secret: true, position: 1 }]);
    const bound = (json: string | null, deferred = false) =>
      bindParameters(template, [{ name: "token", json, deferred }]);
    expect(bound("env:DEPLOY_TOKEN").ok).toBe(true);
    for (const [given, deferred] of [
      ["hunter2hunter2", false],
      ["env:", false],
      ["env:A B", false],
      ["ENV:TOKEN", false],
      [" env:TOKEN", false],
      [null, true],
    ] as const) {
      const refused = bound(given, deferred);
      expect(refused).toMatchObject({ ok: false, error: [{ code: "PARAM_SECRET" }] });
      if (given) expect(JSON.stringify(refused)).not.toContain(`"${given}"`);
    }
  });

  test("is noted by its place and variable; what only looks like it at run time is not", () => {
    const declared = aTemplate([{ name: "token", secret: true }, { name: "other" }]).parameters;
    const options = { "a/b": { "c~d": ["{{ token }}", "{{ other }}"] }, e: "env:PATH", f: "{{ token }}" };
    expect(secretsOf(options, declared, { token: "env:T", other: "env:PATH" })).toEqual({
      "/a~1b/c~0d/0": "T",
      "/f": "T",
    });
    expect(secretsOf(options, declared, {})).toBeUndefined();
  });
});
