import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { TemplateRegistry } from "../../src/templates/registry.ts";
import type { AgentKind, Template } from "../../src/templates/template.ts";
import { aTemplate } from "./a-template.ts";

function version(name: string, number: string, more: Partial<Template> = {}): Template {
  return aTemplate([], { name, version: number, source: `${name}-${number}.yaml`, ...more });
}

function kind(name: string, source = `${name}.yaml`): AgentKind {
  return { name, description: "d", capabilities: [], system: "s", performers: ["draft"], source };
}

function registry(templates: readonly Template[], kinds: readonly AgentKind[] = []): TemplateRegistry {
  const created = TemplateRegistry.create(templates, kinds);
  if (!created.ok) throw new Error(JSON.stringify(created.error));
  return created.value;
}

function found(from: TemplateRegistry, name: string, range?: string): string {
  const got = from.get(name, range);
  return got.ok ? got.value.version : got.error.code;
}

const codes = ["0.9.0", "1.0.0", "1.2.0", "1.10.0", "2.0.0-beta.1", "2.0.0-beta.11"];

describe("versions side by side", () => {
  const many = registry(codes.map((number) => version("CODE", number)));

  test.each([
    [undefined, "1.10.0"],
    ["1.2.0", "1.2.0"],
    ["^1.0.0", "1.10.0"],
    ["~1.2", "1.2.0"],
    ["<1", "0.9.0"],
    ["2.0.0-beta.1", "2.0.0-beta.1"],
    [">=2.0.0-beta.1", "2.0.0-beta.11"],
    ["^3", "TEMPLATE_VERSION_UNKNOWN"],
    ["newest", "TEMPLATE_VERSION_UNKNOWN"],
  ])("the range %s gives %s", (range, expected) => {
    expect(found(many, "CODE", range)).toBe(expected);
  });

  test("without any release the highest pre-release is the newest", () => {
    const only = registry([version("CODE", "1.0.0-a"), version("CODE", "1.0.0-b")]);
    expect(found(only, "CODE")).toBe("1.0.0-b");
  });

  test("an unknown version lists those that there are", () => {
    const got = many.get("CODE", "^3");
    expect(got.ok ? undefined : got.error).toMatchObject({
      place: "CODE@^3",
      expected:
        "one of 2.0.0-beta.11, 2.0.0-beta.1, 1.10.0, 1.2.0, 1.0.0, 0.9.0, or a range such as ^2.0.0-beta.11",
    });
  });
});

describe("names", () => {
  const few = registry(
    [version("CODE", "1.0.0"), version("TEST", "1.0.0")],
    [kind("architect"), kind("tester")],
  );

  test("an unknown template is answered with the nearest name and the list", () => {
    const got = few.get("CDOE");
    expect(got.ok ? undefined : got.error).toMatchObject({
      code: "TEMPLATE_UNKNOWN",
      expected: "one of CODE, TEST",
      got: "CDOE",
      hint: 'did you mean "CODE"?',
    });
  });

  test("agent kinds are found by name, an unknown one is answered with the nearest", () => {
    const known = few.agentKind("tester");
    expect(known.ok && known.value.name).toBe("tester");
    const got = few.agentKind("architekt");
    expect(got.ok ? undefined : got.error).toMatchObject({
      code: "AGENT_UNKNOWN",
      hint: 'did you mean "architect"?',
    });
  });

  test("names of prototypes are no templates and no agent kinds", () => {
    expect(found(few, "constructor")).toBe("TEMPLATE_UNKNOWN");
    expect(few.agentKind("__proto__").ok).toBe(false);
  });
});

describe("I2 duplicates", () => {
  test("one name and version in two files is refused with both places", () => {
    const created = TemplateRegistry.create(
      [version("CODE", "1.0.0", { source: "a.yaml" }), version("CODE", "1.0.0", { source: "b.yaml" })],
      [kind("x", "x.yaml"), kind("x", "y.yaml")],
    );
    expect(created.ok ? [] : created.error).toMatchObject([
      {
        code: "TEMPLATE_DUPLICATE",
        span: { source: "b.yaml" },
        related: [{ span: { source: "a.yaml" } }, { span: { source: "b.yaml" } }],
      },
      { code: "AGENT_DUPLICATE", related: [{ span: { source: "x.yaml" } }, { span: { source: "y.yaml" } }] },
    ]);
  });
});

test("listing goes by category, name and version", () => {
  const listed = registry([
    version("B", "1.0.0", { category: "planning" }),
    version("A", "1.10.0", { category: "planning" }),
    version("A", "1.9.0", { category: "planning" }),
    version("Z", "1.0.0", { category: "design" }),
  ]).list();
  expect(listed.map((template) => `${template.name}@${template.version}`)).toEqual([
    "Z@1.0.0",
    "A@1.9.0",
    "A@1.10.0",
    "B@1.0.0",
  ]);
});

test("I1 the listings cannot be changed", () => {
  const fixed = registry([version("A", "1.0.0")], [kind("x")]);
  expect(() => (fixed.list() as Template[]).push(version("B", "1.0.0"))).toThrow(TypeError);
  expect(() => (fixed.agentKinds() as AgentKind[]).pop()).toThrow(TypeError);
});

test("I3 order of registration changes nothing, content changes the hash", () => {
  const templates = codes.flatMap((number) => [version("CODE", number), version("TEST", number)]);
  const kinds = [kind("a"), kind("b"), kind("c")];
  const first = registry(templates, kinds);
  const shuffled = (size: number) => fc.shuffledSubarray([...Array(size).keys()], { minLength: size });
  fc.assert(
    fc.property(shuffled(templates.length), shuffled(kinds.length), (order, kindOrder) => {
      const again = registry(
        order.map((index) => templates[index]!),
        kindOrder.map((index) => kinds[index]!),
      );
      expect(again.hash).toBe(first.hash);
      expect(again.list()).toEqual(first.list());
      expect(again.agentKinds()).toEqual(first.agentKinds());
    }),
    { numRuns: 30 },
  );
  expect(registry(templates, kinds.slice(1)).hash).not.toBe(first.hash);
  const changed = [{ ...templates[0]!, hash: "1".repeat(64) }, ...templates.slice(1)];
  expect(registry(changed, kinds).hash).not.toBe(first.hash);
});
