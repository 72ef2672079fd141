import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Json } from "../../src/shared/json.ts";
import { type BoundArgument, bindParameters } from "../../src/templates/bind-parameters.ts";
import { aTemplate } from "./a-template.ts";

const roadmap = aTemplate(
  [
    { name: "topic", position: 1, required: true },
    { name: "depth", type: "enum", values: ["low", "medium", "high"], default: "medium" },
    { name: "timeline", type: "enum", values: ["short", "medium", "long"], orSpan: true, default: "medium" },
    { name: "resources", type: "array", default: [] },
    { name: "weeks", type: "integer", minimum: 1, maximum: 52 },
    { name: "strict", type: "boolean" },
  ],
  { name: "ROADMAP" },
);

function at(line: number): BoundArgument["span"] {
  const start = { offset: 0, line, column: 1 };
  return { source: "<command>", start, end: start };
}

function positional(json: Json): BoundArgument {
  return { json, deferred: false };
}

function named(name: string, json: Json): BoundArgument {
  return { name, json, deferred: false };
}

function bound(args: readonly BoundArgument[], template = roadmap) {
  const result = bindParameters(template, args);
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

function codes(args: readonly BoundArgument[], template = roadmap): string[] {
  const result = bindParameters(template, args);
  return result.ok ? [] : result.error.map((diagnostic) => diagnostic.code);
}

describe("what is accepted", () => {
  test("a positional argument fills the parameter at its position and silence fills the defaults", () => {
    expect(bound([positional("Rust Code Hive v2")])).toEqual({
      parameters: { topic: "Rust Code Hive v2", depth: "medium", timeline: "medium", resources: [] },
      context: {},
      placed: [],
      warnings: [],
    });
  });

  test("undeclared named arguments are passed on as context without a word", () => {
    const { context, warnings } = bound([
      positional("x"),
      named("language", "rust"),
      named("complexity", "high"),
    ]);
    expect(context).toEqual({ language: "rust", complexity: "high" });
    expect(warnings).toEqual([]);
  });

  test("a near miss of a declared name is passed on and warned about", () => {
    const { context, warnings } = bound([positional("x"), named("timline", "short")]);
    expect(context).toEqual({ timline: "short" });
    expect(warnings).toMatchObject([
      { code: "PARAM_UNKNOWN", severity: "warning", hint: 'did you mean "timeline"?' },
    ]);
  });

  test("a name close to a parameter that is already given is no near miss", () => {
    expect(bound([positional("x"), named("topics", ["a"])]).warnings).toEqual([]);
  });

  test("a trailing object gives named arguments", () => {
    const agent = aTemplate([{ name: "role", position: 1, required: true }], { name: "AGENT" });
    const options = { scope: "web_application", framework: "react", compliance: ["OWASP"], depth: "deep" };
    expect(bound([positional("security auditor"), positional(options)], agent)).toEqual({
      parameters: { role: "security auditor" },
      context: options,
      placed: [],
      warnings: [],
    });
  });

  test("a lone object gives named arguments when the first parameter is a text", () => {
    expect(bound([positional({ topic: "t", depth: "low" })]).parameters).toMatchObject({
      topic: "t",
      depth: "low",
    });
  });

  test("a trailing object stays one value where the parameter at its position takes objects", () => {
    const template = aTemplate([
      { name: "target", position: 1 },
      { name: "requirements", type: "object", position: 2 },
      { name: "extra", type: "any", position: 3 },
    ]);
    expect(bound([positional("a"), positional({ p99: 5 })], template).parameters).toEqual({
      target: "a",
      requirements: { p99: 5 },
    });
    expect(
      bound([positional("a"), positional({}), positional({ target: "z" })], template).parameters.extra,
    ).toEqual({ target: "z" });
  });

  test("an enum with or_span takes its values and any span of time", () => {
    expect(bound([positional("x"), named("timeline", "12_months")]).parameters.timeline).toBe("12_months");
    expect(codes([positional("x"), named("timeline", "12_parsecs")])).toEqual(["PARAM_VALUE"]);
  });

  test("values of a type other than enum are accepted beside the type's own", () => {
    const template = aTemplate([{ name: "budget", type: "number", values: ["unlimited"] }]);
    expect(bound([named("budget", "unlimited")], template).parameters.budget).toBe("unlimited");
    expect(bound([named("budget", 3)], template).parameters.budget).toBe(3);
    expect(codes([named("budget", "some")], template)).toEqual(["PARAM_TYPE"]);
  });
});

describe("commands whose answers come later", () => {
  const deferred = (name: string | undefined, json: Json): BoundArgument => ({
    ...(name === undefined ? {} : { name }),
    json,
    deferred: true,
  });

  test("a text or any parameter takes a wholly deferred value", () => {
    const template = aTemplate([{ name: "a" }, { name: "b", type: "any" }]);
    expect(bound([deferred("a", null), deferred("b", null)], template).parameters).toEqual({
      a: null,
      b: null,
    });
  });

  test.each(["number", "integer", "boolean", "enum", "span", "array", "object"] as const)(
    "a %s parameter refuses a wholly deferred value",
    (type) => {
      const template = aTemplate([{ name: "p", type, ...(type === "enum" ? { values: ["a"] } : {}) }]);
      expect(codes([deferred("p", null)], template)).toEqual(["PARAM_TYPE"]);
    },
  );

  test("a list that holds commands is judged as a list", () => {
    expect(bound([positional("x"), deferred("resources", [null, "b"])]).parameters.resources).toEqual([
      null,
      "b",
    ]);
    expect(codes([positional("x"), deferred("weeks", [null])])).toEqual(["PARAM_TYPE"]);
  });

  test("a deferred member of a trailing object fills a text parameter, a plain null beside it does not", () => {
    const members = [
      { name: "topic", json: null, deferred: true },
      { name: "depth", json: null, deferred: false },
    ];
    const argument = { json: { topic: null, depth: null }, deferred: true, members };
    const result = bindParameters(roadmap, [argument]);
    expect(result.ok ? [] : result.error).toMatchObject([{ code: "PARAM_TYPE", got: "null" }]);
  });

  test("a trailing object without listed members still gives its deferred members", () => {
    expect(bound([deferred(undefined, { topic: null, team: { lead: null } })])).toMatchObject({
      parameters: { topic: null },
      context: { team: { lead: null } },
    });
  });
});

test("a tag comes back with the JSON Pointer of the place that its argument got", () => {
  const args = [
    {
      json: { topic: "t" },
      deferred: false,
      members: [{ name: "topic", json: "t", deferred: false, tag: 1 }],
    },
    { name: "a/b~c", json: 2, deferred: false, tag: 2 },
  ];
  expect(bound(args).placed).toEqual([
    { tag: 1, pointer: "/parameters/topic" },
    { tag: 2, pointer: "/context/a~1b~0c" },
  ]);
});

describe("what is refused", () => {
  test.each([
    ["a missing required parameter", [], ["PARAM_MISSING"]],
    ["too many positional arguments", [positional("a"), positional("b")], ["PARAM_TOO_MANY"]],
    [
      "one parameter given by position and by name",
      [positional("a"), named("topic", "b")],
      ["PARAM_DUPLICATE"],
    ],
    ["one context name given twice", [positional("a"), named("q", 1), named("q", 2)], ["PARAM_DUPLICATE"]],
    ["a number for a text", [positional(3)], ["PARAM_TYPE"]],
    ["a text for a whole number", [positional("a"), named("weeks", "3")], ["PARAM_TYPE"]],
    ["a fraction for a whole number", [positional("a"), named("weeks", 1.5)], ["PARAM_TYPE"]],
    ["a number below its bound", [positional("a"), named("weeks", 0)], ["PARAM_RANGE"]],
    ["a number above its bound", [positional("a"), named("weeks", 53)], ["PARAM_RANGE"]],
    ["null for a declared parameter", [positional("a"), named("strict", null)], ["PARAM_TYPE"]],
    ["a value that an enum does not list", [positional("a"), named("depth", "hihg")], ["PARAM_VALUE"]],
    ["a name that reaches a prototype", [positional("a"), named("__proto__", 1)], ["PARAM_FORBIDDEN"]],
    ["NaN for a declared number", [positional("a"), named("weeks", Number.NaN)], ["PARAM_TYPE"]],
    ["Infinity inside a declared list", [positional("a"), named("resources", [1 / 0])], ["PARAM_TYPE"]],
  ] as const)("%s", (_title, args, expected) => {
    expect(codes(args)).toEqual(expected);
  });

  test("several faults are reported at once", () => {
    expect(codes([named("depth", "deep"), named("weeks", 99), named("strict", "true")])).toEqual([
      "PARAM_VALUE",
      "PARAM_RANGE",
      "PARAM_TYPE",
      "PARAM_MISSING",
    ]);
  });

  test("a wrong enum value lists what is allowed and suggests the nearest", () => {
    const result = bindParameters(roadmap, [positional("a"), named("depth", "hihg")]);
    expect(result.ok ? [] : result.error).toEqual([
      {
        code: "PARAM_VALUE",
        severity: "error",
        message: 'parameter "depth" of ROADMAP does not accept this value',
        expected: 'one of "low", "medium", "high"',
        got: 'the string "hihg"',
        hint: 'did you mean "high"?',
      },
    ]);
  });

  test("a wrong value is placed at the value, an unknown or repeated name at the name", () => {
    const result = bindParameters(roadmap, [
      { ...named("depth", 1), nameSpan: at(1)!, span: at(2)! },
      { ...named("depth", "low"), nameSpan: at(3)!, span: at(4)! },
    ]);
    const lines = result.ok ? [] : result.error.map(({ code, span }) => [code, span?.start.line]);
    expect(lines).toEqual([
      ["PARAM_TYPE", 2],
      ["PARAM_DUPLICATE", 3],
      ["PARAM_MISSING", undefined],
    ]);
  });

  test("a missing parameter is placed at the call", () => {
    const span = at(7)!;
    const result = bindParameters(roadmap, [], { span });
    expect(result.ok ? [] : result.error[0]).toMatchObject({ code: "PARAM_MISSING", span });
  });
});

test("numbers that are not finite become text in the context, with a warning", () => {
  const { context, warnings } = bound([
    positional("x"),
    named("limits", { cpu: Number.NaN, memory: [Infinity, 1] }),
  ]);
  expect(context).toEqual({ limits: { cpu: "NaN", memory: ["Infinity", 1] } });
  expect(warnings).toMatchObject([{ code: "PARAM_NOT_FINITE" }]);
});

test("binding never throws, and what it accepts is JSON that holds every given argument", () => {
  const names = fc.constantFrom(
    "topic",
    "depth",
    "timeline",
    "weeks",
    "strict",
    "resources",
    "other",
    "__proto__",
  );
  const argument = fc.record(
    { name: fc.option(names, { nil: undefined }), json: fc.jsonValue(), deferred: fc.boolean() },
    { requiredKeys: ["json", "deferred"] },
  );
  fc.assert(
    fc.property(fc.array(argument, { maxLength: 5 }), (args) => {
      const result = bindParameters(roadmap, args as BoundArgument[]);
      if (!result.ok) return result.error.some((diagnostic) => diagnostic.severity === "error");
      const given = { ...result.value.parameters, ...result.value.context };
      JSON.stringify(given);
      return args.every(({ name }) => name === undefined || Object.hasOwn(given, name));
    }),
  );
});
