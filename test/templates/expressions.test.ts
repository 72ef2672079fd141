import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import type { Json } from "../../src/shared/json.ts";
import { LIMITS } from "../../src/shared/limits.ts";
import {
  evaluateCondition,
  evaluateItems,
  readsOf,
  readsOfExpression,
  renderText,
  renderValue,
} from "../../src/templates/expressions.ts";

const scope = {
  component: "gateway",
  language: "rust",
  count: 3,
  tags: ["a", 2, true],
  parts: [{ name: "x" }, { name: "y" }],
  nothing: null,
  options: { p99: 5, nested: { on: true } },
  steps: { design: { output: "the design", artifacts: [{ path: "a.ts" }], data: { ok: true } } },
};

function rendered(template: string, values: Record<string, unknown> = scope): string {
  const result = renderText(template, values);
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

function failure(result: { ok: boolean; error?: unknown }): Record<string, string> {
  expect(result.ok).toBe(false);
  return result.error as Record<string, string>;
}

describe("text", () => {
  test.each([
    ["no expression at all { } %}", "no expression at all { } %}"],
    ["Design {{ component }} in {{ language }}.", "Design gateway in rust."],
    ["{{ steps.design.output }}", "the design"],
    ["{% if language == 'rust' %}cargo{% else %}npm{% endif %}", "cargo"],
    ["{% for part in parts %}{{ forloop.index }}{{ part.name }} {% endfor %}", "1x 2y "],
    ["{{ count | times: 2 | plus: 1 }}", "7"],
    ["[{{ missing }}|{{ missing.deep.er }}|{{ nothing }}]", "[||]"],
    ["{% raw %}{{ component }}{% endraw %}", "{{ component }}"],
  ])("%j renders to %j", (template, expected) => {
    expect(rendered(template)).toBe(expected);
  });

  test.each([
    ["{{ options }}", '{"p99":5,"nested":{"on":true}}'],
    ["{{ parts }}", '[{"name":"x"},{"name":"y"}]'],
    ["{{ tags }}", "a, 2, true"],
    ["{{ options | append: '!' }}", '{"p99":5,"nested":{"on":true}}!'],
    ["{{ 'x' | append: options }}", 'x{"p99":5,"nested":{"on":true}}'],
    ["{{ parts | join: '; ' }}", '{"name":"x"}; {"name":"y"}'],
    ["{{ parts | array_to_sentence_string }}", '{"name":"x"} and {"name":"y"}'],
    ["{% capture c %}{{ options }}{% endcapture %}{{ c }}", '{"p99":5,"nested":{"on":true}}'],
    ["{{ options | upcase }}", '{"P99":5,"NESTED":{"ON":TRUE}}'],
    ["{{ parts | first }}", '{"name":"x"}'],
    ["{% cycle options, parts %}", "X"],
  ])("an object or list never prints as [object Object]: %s", (template, expected) => {
    const text = rendered(template);
    expect(text).not.toContain("[object");
    if (expected !== "X") expect(text).toBe(expected);
  });

  test("what a value says is never read as a template again", () => {
    expect(rendered("{{ component }}", { component: "{{ language }}{% if x %}" })).toBe(
      "{{ language }}{% if x %}",
    );
  });
});

describe("values", () => {
  test("a text that is one whole expression keeps the type, any other becomes text", () => {
    const value = {
      list: "{{ tags }}",
      trimmed: " {{- count -}}\n",
      text: "n = {{ count }}",
      none: "{{ missing }}",
      deep: [{ object: "{{ options.nested }}" }, 7, null, "plain"],
      filtered: "{{ parts | map: 'name' }}",
      condition: "{{ count > 2 and language contains 'ru' }}",
    };
    expect(renderValue(value, scope)).toEqual({
      ok: true,
      value: {
        list: ["a", 2, true],
        trimmed: 3,
        text: "n = 3",
        none: null,
        deep: [{ object: { on: true } }, 7, null, "plain"],
        filtered: ["x", "y"],
        condition: true,
      },
    });
  });

  test("a result that JSON cannot hold is refused", () => {
    expect(failure(renderValue("{{ count | divided_by: 0 }}", scope))).toMatchObject({
      code: "EXPRESSION_FAILED",
      got: '"{{ count | divided_by: 0 }}"',
    });
  });

  test("LiquidJS's own objects come out as plain JSON", () => {
    expect(renderValue(["{{ empty }}", "{{ (1..3) }}", "{{ parts | group_by: 'none' }}"], scope)).toEqual({
      ok: true,
      value: ["", [1, 2, 3], [{ name: null, items: scope.parts }]],
    });
  });

  test("a value without expressions comes back equal, whatever it is", () => {
    // Forbidden keys never come so far: every border refuses them.
    const plain = fc
      .jsonValue()
      .filter((value) => !/\{\{|\{%|"(__proto__|constructor|prototype)":/.test(JSON.stringify(value)));
    fc.assert(
      fc.property(plain, (value) => {
        expect(renderValue(value as Json, scope)).toEqual({ ok: true, value });
      }),
    );
  });

  test("a parameter handed on as one whole expression arrives unchanged, whatever it is", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(renderValue("{{ given }}", { given: value })).toEqual({ ok: true, value });
      }),
    );
  });

  test("no text makes rendering throw", () => {
    const piece = fc.constantFrom(
      "{{",
      "}}",
      "{%",
      "%}",
      "if",
      "for x in",
      "|",
      "steps",
      ".",
      "[",
      "'",
      " ",
      "-",
      "==",
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string({ maxLength: 4 })), { maxLength: 12 }), (pieces) => {
        const text = pieces.join("");
        return [renderText(text, scope), readsOf(text), evaluateCondition(text, scope)].every((result) =>
          result.ok ? true : result.error.code.startsWith("EXPRESSION_"),
        );
      }),
    );
  });
});

describe("conditions and lists", () => {
  test.each([
    ["language == 'rust'", true],
    ["language == 'go' or count >= 3", true],
    ["not nothing", true],
    ["missing", false],
    ["tags contains 'a' and options.nested.on", true],
    ["{{ count == 4 }}", false],
  ])("%s is %s", (expression, expected) => {
    expect(evaluateCondition(expression, scope)).toEqual({ ok: true, value: expected });
  });

  test.each(["language = 'rust'", "count 3", "== 3", "count >", "", "text {{ count }}", "count) x"])(
    "the condition %j is refused",
    (expression) => {
      expect(failure(evaluateCondition(expression, scope)).code).toBe("EXPRESSION_SYNTAX");
    },
  );

  test("a single = is answered with the right spelling", () => {
    expect(failure(evaluateCondition("language = 'rust'", scope)).hint).toContain("compare with ==");
  });

  test("items come from an expression or stand in a list whose texts are rendered", () => {
    expect(evaluateItems("steps.design.artifacts", scope)).toEqual({ ok: true, value: [{ path: "a.ts" }] });
    expect(evaluateItems("{{ tags }}", scope)).toEqual({ ok: true, value: ["a", 2, true] });
    expect(evaluateItems(["{{ count }}", "n{{ count }}"], scope)).toEqual({ ok: true, value: [3, "n3"] });
  });

  test.each([
    ["component", 'the string "gateway"'],
    ["missing", "nothing"],
    ["options", "an object"],
  ])("items that are no list are refused: %s", (items, got) => {
    expect(failure(evaluateItems(items, scope))).toMatchObject({ code: "EXPRESSION_NOT_A_LIST", got });
  });

  test("one element more than the limit is refused", () => {
    expect(evaluateItems(`(1..${LIMITS.forEachItems})`, scope).ok).toBe(true);
    expect(failure(evaluateItems(`(1..${LIMITS.forEachItems + 1})`, scope)).code).toBe("EXPRESSION_LIMIT");
  });
});

describe("what an expression reads", () => {
  test.each<[Json, string[][]]>([
    ["{{ steps.design.output }} {{ component }}", [["steps", "design", "output"], ["component"]]],
    ["{{ steps['design']['data'].ok }}", [["steps", "design", "data", "ok"]]],
    ["{{ steps[which].output }}", [["steps"], ["which"]]],
    ["{% for x in tags %}{{ x.y }}{{ forloop.index }}{% endfor %}", [["tags"]]],
    ["{% assign n = count %}{{ n }}", [["count"]]],
    ["{% capture c %}{{ a }}{% endcapture %}{{ c }}", [["a"]]],
    ["{{ a | append: b | default: c }}", [["a"], ["b"], ["c"]]],
    ["{% if a %}{% elsif b == c %}{% else %}{{ d }}{% endif %}", [["a"], ["b"], ["c"], ["d"]]],
    [{ x: ["{{ a }}", { y: "{{ b.c }}" }], z: "{{ a }}" }, [["a"], ["b", "c"]]],
    ["plain", []],
  ])("%j reads %j", (value, expected) => {
    const reads = readsOf(value);
    expect(reads.ok && [...reads.value].sort()).toEqual([...expected].sort());
  });

  test("a bare expression's reads are found in conditions too", () => {
    expect(readsOfExpression("steps.a.status == 'x' and tags contains b")).toEqual({
      ok: true,
      value: [["steps", "a", "status"], ["tags"], ["b"]],
    });
  });

  test("nothing reads nothing", () => {
    expect(readsOf(undefined)).toEqual({ ok: true, value: [] });
  });
});

describe("I1 no file, clock, randomness or evaluated text", () => {
  test.each([
    "{% include 'package.json' %}",
    "{% render 'package.json' %}",
    "{% layout 'package.json' %}",
    "{% block x %}{% endblock %}",
    "{% liquid include 'package.json' %}",
    "{% tablerow x in tags %}{% endtablerow %}",
  ])("the tag of %s does not exist", (template) => {
    const { code, hint } = failure(renderText(template, scope));
    expect(code).toBe("EXPRESSION_SYNTAX");
    expect(hint).toContain("the tags are: assign");
  });

  test.each([
    "{{ 'now' | date: '%Y' }}",
    "{{ 'now' | date_to_string }}",
    "{{ tags | sample }}",
    "{{ parts | where_exp: 'p', 'p.name == 1' }}",
    "{{ parts | find_exp: 'p', 'p.name' }}",
    "{{ component | raw }}",
    "{{ component | constructor }}",
    "{{ component | __proto__ }}",
    "{{ component | toString }}",
  ])("the filter of %s does not exist", (template) => {
    expect(failure(renderText(template, scope)).code).toBe("EXPRESSION_SYNTAX");
  });

  test("a misspelt filter is answered with the nearest one", () => {
    expect(failure(renderText("{{ component | upcaes }}", scope)).hint).toContain('did you mean "upcase"?');
  });
});

describe("I2 only own properties", () => {
  const hostile = {
    ...scope,
    evil: JSON.parse('{"__proto__":{"z":1},"constructor":{"name":"Own"},"prototype":2,"fine":3}') as Json,
    keys: ["__proto__", "constructor"],
    nestedKey: [["constructor"]],
  };

  test.each([
    "{{ component.constructor }}",
    "{{ tags.constructor.constructor }}",
    "{{ options.__proto__ }}",
    "{{ options.toString }}{{ options.hasOwnProperty }}",
    "{{ evil.__proto__ }}{{ evil['__proto__'].z }}",
    "{{ evil.constructor }}{{ evil.constructor.name }}{{ evil['constructor'] }}",
    "{{ evil[keys[0]] }}{{ evil[keys[1]] }}{{ evil[nestedKey[0]] }}",
    "{{ evil.prototype }}",
    "{{ constructor }}{{ __proto__ }}{{ toString }}",
    "{% assign list = evil | map: 'constructor' %}{{ list }}",
    "{% assign found = evil | where: 'constructor' %}{{ found | size | minus: 0 | at_most: 0 | remove: '0' }}",
    "{% assign found = evil | find: '__proto__' %}{{ found }}",
    "{{ steps.constructor.constructor }}",
  ])("%s yields nothing", (template) => {
    expect(rendered(template, hostile)).toBe("");
  });

  test("assigning to a prototype's name leaves every object as it was", () => {
    rendered("{% assign __proto__ = options %}{% capture constructor %}x{% endcapture %}{{ p99 }}");
    expect(({} as Record<string, unknown>).p99).toBeUndefined();
    expect({}.constructor).toBe(Object);
  });

  test("the scope is not changed by what a template assigns", () => {
    rendered("{% assign count = 99 %}{% assign more = tags | push: 1 %}{{ count }}");
    expect(scope.count).toBe(3);
    expect(scope.tags).toHaveLength(3);
  });
});

describe("I3 limits", () => {
  const doubling = (body: string): string =>
    `{% assign a = 'xxxxxxxx' %}{% for i in (1..22) %}${body}{% endfor %}`;

  test.each([
    ["nested loops", "{% for i in (1..100000) %}{% for j in (1..100000) %}{% endfor %}{% endfor %}", "steps"],
    ["a huge range", "{{ (1..999999999) | size }}", "memory"],
    ["a text that doubles by append", doubling("{% assign a = a | append: a %}"), "memory"],
    ["a text that doubles by capture", doubling("{% capture a %}{{a}}{{a}}{% endcapture %}"), "memory"],
    ["a long output", "{% for i in (1..100) %}{{ text }}{% endfor %}", "characters of output"],
    ["texts that pass many filters", `{{ text${" | slugify".repeat(50)} }}`, "memory"],
    ["deep indices", `{{ ${"a[".repeat(20_000)}a${"]".repeat(20_000)} }}`, "nesting"],
    ["deep tags", "{% if a %}".repeat(9_000), "nesting"],
    ["a template beyond the file limit", `{{ a }}${" ".repeat(LIMITS.templateFileBytes)}`, "template"],
  ])("%s end in EXPRESSION_LIMIT", (_title, template, limit) => {
    const started = performance.now();
    const { code, expected } = failure(renderText(template, { text: "x".repeat(1_000_000) }));
    expect(code).toBe("EXPRESSION_LIMIT");
    expect(expected).toContain(limit);
    expect(performance.now() - started).toBeLessThan(5_000);
  });

  test("a rendering that is kept waiting, however long, gives what it gives", () => {
    let nowMs = 0;
    const clock = vi.spyOn(performance, "now").mockImplementation(() => (nowMs += 60_000));
    const text = "{% for i in (1..3) %}{{ i | plus: 1 }}{% endfor %}";
    expect(rendered(text, {})).toBe("234");
    expect(evaluateCondition("text contains 'x' and text != ''", { text: "x" })).toEqual({
      ok: true,
      value: true,
    });
    clock.mockRestore();
  });
});

test("errors name the expression, what is wrong there and where to read on", () => {
  expect(failure(renderText("Design {{ component language }} now", scope))).toEqual({
    code: "EXPRESSION_SYNTAX",
    severity: "error",
    message: "the expression cannot be read: an operator or filter is missing between two values",
    place: 'expression "Design {{ component language }} now"',
    expected: "a LiquidJS expression",
    got: '"{{ component language }}"',
    hint: "see docs/reference/templates.md, Expressions",
  });
});
