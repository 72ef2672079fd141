import { describe, expect, test } from "vitest";
import { escalationOf } from "../../src/plan/alternatives.ts";
import type { ModelCatalogue } from "../../src/plan/models.ts";
import type { AgentNode, Plan } from "../../src/plan/plan.ts";
import type { PlanSettings } from "../../src/plan/plan-builder.ts";
import { nearestName } from "../../src/shared/nearest-name.ts";
import { loadAgentKind, loadTemplate } from "../../src/templates/load-template.ts";
import { TemplateRegistry } from "../../src/templates/registry.ts";
import { codesOf, compile, planOf, unwrap } from "../support/compile.ts";

const KINDS = [
  kind("writer", "performers: [model, draft]"),
  kind("checker", "performers: [model, draft]\nmodel: shop/of-the-kind"),
  kind("typo", "performers: [model, draft]\nmodel: shpo/of-the-kind"),
  kind("drafter", "performers: [draft]"),
];

function kind(name: string, more: string): string {
  return `name: ${name}\ndescription: d\ncapabilities: [c]\nsystem: s\n${more}\n`;
}

function registryWith(steps: string): TemplateRegistry {
  const template = `name: T
version: 1.0.0
description: For models
category: testing
parameters: { model: { type: string }, items: { type: array, default: [] } }
steps:
${steps}
`;
  return unwrap(
    TemplateRegistry.create(
      [unwrap(loadTemplate(template, "t.yaml"))],
      KINDS.map((text, at) => unwrap(loadAgentKind(text, `kind-${at}.yaml`))),
    ),
  );
}

/** A shop whose models take as many USD for a million tokens as their names are long. */
const MODELS: ModelCatalogue = {
  usual: "shop/of-the-run",
  fault: (name) => {
    const [provider = ""] = name.split("/");
    if (provider === "shop") return null;
    const near = nearestName(provider, ["shop"]);
    const hint = near ? `did you mean \`${near}\`?` : "none";
    return { code: "MODEL_UNKNOWN_PROVIDER", severity: "error", message: "nobody", got: name, hint };
  },
  terms: (name) => {
    const micros = name.length * 1_000_000;
    return { maxOutputTokens: 1_000, price: { inputMicros: micros, outputMicros: micros } };
  },
};
const WITH: Partial<PlanSettings> = { performers: ["draft", "model", "function"], models: MODELS };
const WITHOUT: Partial<PlanSettings> = {
  ...WITH,
  modelNeeded: ["model"],
  models: { ...MODELS, usual: null },
};

function agentOf({ nodes }: Plan, path = "t/a"): AgentNode {
  const node = nodes.find((one) => one.path === path);
  if (node?.kind !== "agent") throw new Error(`no agent ${path}`);
  return node;
}

/** Who does the one step of a template, as `performer model`. */
function doer(step: string, settings = WITH, program = "ABYSSAL[T]()"): string {
  const { performer, model } = agentOf(planOf(program, registryWith(`  a: ${step}`), settings));
  return model === undefined ? performer : `${performer} ${model}`;
}

describe("which model is asked", () => {
  test("is the step's own, before the kind's, before the run's", () => {
    expect(doer("{ agent: checker, prompt: p, model: shop/own }")).toBe("model shop/own");
    expect(doer("{ agent: checker, prompt: p }")).toBe("model shop/of-the-kind");
    expect(doer("{ agent: writer, prompt: p }")).toBe("model shop/of-the-run");
  });

  test("is none where nothing names one, and the kind's next performer does the work", () => {
    expect(doer("{ agent: writer, prompt: p }", WITHOUT)).toBe("draft");
    expect(doer("{ agent: writer, prompt: p, model: shop/own }", WITHOUT)).toBe("model shop/own");
    expect(doer("{ agent: checker, prompt: p }", WITHOUT)).toBe("model shop/of-the-kind");
  });

  test("may be handed over as a parameter of the command; nothing there is as if nothing were written", () => {
    const step = '{ agent: checker, prompt: p, model: "{{ model }}" }';
    expect(doer(step, WITH, 'ABYSSAL[T](model="shop/given")')).toBe("model shop/given");
    expect(doer(step, WITH)).toBe("model shop/of-the-kind");
    const plain = '{ agent: writer, prompt: p, model: "{{ model }}" }';
    expect(doer(plain, WITHOUT, 'ABYSSAL[T](model="shop/given")')).toBe("model shop/given");
    expect(doer(plain, WITHOUT)).toBe("draft");
  });

  test("may differ between the elements of a list that the plan knows", () => {
    const registry = registryWith(
      '  a: { agent: writer, prompt: p, model: "shop/{{ it }}", forEach: { it: items } }',
    );
    const plan = planOf('ABYSSAL[T](items=["x", "y"])', registry, WITH);
    expect(["t/a.0", "t/a.1"].map((path) => agentOf(plan, path).model)).toEqual(["shop/x", "shop/y"]);
  });

  test("of an alternative is its own, and an alternative that names one is for those who ask one", () => {
    const step =
      "{ agent: checker, prompt: p, fallback: [{ model: shop/big }, { agent: writer }, { performer: draft }] }";
    const { alternatives = [] } = agentOf(planOf("ABYSSAL[T]()", registryWith(`  a: ${step}`), WITH));
    expect(alternatives.map(({ agent, performer, model }) => [agent, performer, model])).toEqual([
      ["checker", "model", "shop/big"],
      ["writer", "model", "shop/of-the-run"],
      ["checker", "draft", undefined],
    ]);
  });

  test("of a judge is what its template says", () => {
    const judged = "synthesis: { resolve: judge, judge: { agent: writer, model: shop/wise } }";
    const registry = registryWith(`  a: { agent: writer, prompt: p, parallelism: 2, ${judged} }`);
    expect(agentOf(planOf("ABYSSAL[T]()", registry, WITH), "t/a/judge").model).toBe("shop/wise");
  });

  test("is no part of nodes whose performer asks none", () => {
    expect(
      agentOf(planOf("ABYSSAL[T]()", registryWith("  a: { agent: drafter, prompt: p }"), WITH)),
    ).not.toHaveProperty("model");
  });
});

describe("before anything runs", () => {
  const findings = (step: string, settings = WITH, program = "ABYSSAL[T]()") => {
    const compiled = compile(
      program,
      registryWith(`  z: { agent: drafter, prompt: p, output: { type: object } }\n  a: ${step}`),
      settings,
    );
    return compiled.ok ? [] : compiled.error.map(({ code, place, hint }) => ({ code, place, hint }));
  };

  test("a model that nobody offers is refused, with the step and the nearest name", () => {
    const [finding] = findings("{ agent: writer, prompt: p, model: shpo/own }");
    expect(finding).toEqual({
      code: "MODEL_UNKNOWN_PROVIDER",
      place: "t.yaml, step a",
      hint: "did you mean `shop`?",
    });
    expect(findings("{ agent: typo, prompt: p }")).toMatchObject([
      { code: "MODEL_UNKNOWN_PROVIDER", place: "kind-2.yaml" },
    ]);
    expect(findings("{ agent: writer, prompt: p, fallback: [{ model: nobody/x }] }")).toMatchObject([
      { code: "MODEL_UNKNOWN_PROVIDER", place: "t.yaml, step a, alternative 1" },
    ]);
  });

  test("a kind's bad model does not matter where the step names a good one", () => {
    expect(findings("{ agent: typo, prompt: p, model: shop/own }")).toEqual([]);
  });

  test("a model that only the run would know is refused", () => {
    const later = '{ agent: writer, prompt: p, needs: [z], model: "shop/{{ steps.z.output }}" }';
    expect(findings(later)).toMatchObject([{ code: "MODEL_NOT_KNOWN", place: "t.yaml, step a" }]);
    const looped =
      '{ agent: writer, prompt: p, needs: [z], model: "{{ it }}", forEach: { it: steps.z.data.list } }';
    expect(findings(looped)).toMatchObject([{ code: "MODEL_NOT_KNOWN" }]);
    const answered = '{ agent: writer, prompt: p, model: "{{ model }}" }';
    expect(codesOf("ABYSSAL[T](model=ABYSSAL[T]())", registryWith(`  a: ${answered}`), WITH)).toEqual([
      "MODEL_NOT_KNOWN",
    ]);
  });

  test("a step that names the performer of models is refused where there is no model for it", () => {
    const step = "{ agent: writer, run: { performer: model } }";
    expect(findings(step, WITHOUT)).toMatchObject([{ code: "PLAN_NO_PERFORMER" }]);
    expect(findings(step)).toEqual([]);
    expect(findings("{ agent: checker, run: { performer: model } }", WITHOUT)).toEqual([]);
  });

  test("a model for a kind that never asks one is refused", () => {
    expect(findings("{ agent: drafter, prompt: p, model: shop/own }")).toMatchObject([
      { code: "MODEL_NOT_ASKED" },
    ]);
  });

  test.each([
    ["run: { performer: function, name: f }, model: shop/own", "TEMPLATE_INVALID"],
    ["template: T, model: shop/own", "TEMPLATE_INVALID"],
    ['agent: writer, prompt: p, model: "{{ modle }}"', "TEMPLATE_UNKNOWN_VARIABLE"],
    [
      "agent: writer, prompt: p, fallback: [{ run: { performer: function, name: f }, model: shop/own }]",
      "TEMPLATE_INVALID",
    ],
    ["run: { performer: function, name: f }, fallback: [{ model: shop/own }]", "TEMPLATE_INVALID"],
  ])("a template says so where it means nothing: %s", (step, code) => {
    const text = `name: T\nversion: 1.0.0\ndescription: d\ncategory: c\nparameters: { model: { type: string } }\nsteps:\n  a: { ${step} }\n`;
    const loaded = loadTemplate(text, "t.yaml");
    expect(loaded.ok ? [] : loaded.error.map((one) => one.code)).toEqual([code]);
  });
});

test("money is bound by the price of the model that each agent asks, its alternatives' at most", () => {
  const cost = (step: string) => planOf("ABYSSAL[T]()", registryWith(`  a: ${step}`), WITH).bounds.costMicros;
  const own = cost("{ agent: writer, prompt: p, model: shop/x }");
  const dear = cost("{ agent: writer, prompt: p, model: shop/xx }");
  expect(dear.atMost / own.atMost).toBeCloseTo("shop/xx".length / "shop/x".length, 10);
  const both = cost("{ agent: writer, prompt: p, model: shop/x, fallback: [{ model: shop/xx }] }");
  expect(both.atMost).toBe(own.atMost + dear.atMost);
  expect(both.expected).toBe(own.expected);
});

describe("a step that asks for a confidence", () => {
  const plan = (step: string, settings = WITH) =>
    planOf("ABYSSAL[T]()", registryWith(`  a: ${step}`), settings);

  test("says so in the plan, with the alternatives that ask models", () => {
    const more =
      "fallback: [{ model: shop/big }, { agent: checker }, { performer: draft }, { model: shop/xl }]";
    const node = agentOf(plan(`{ agent: writer, prompt: p, min_confidence: 0.8, ${more} }`));
    expect(node.minConfidence).toBe(0.8);
    expect(escalationOf(node)).toEqual({ least: 0.8, alternatives: 2 });
  });

  test("does not ask for it of work that asks no model", () => {
    const node = agentOf(
      plan("{ agent: writer, prompt: p, min_confidence: 0.8, fallback: [{ performer: draft }] }", WITHOUT),
    );
    expect(node).not.toHaveProperty("minConfidence");
    expect(escalationOf(node)).toBeNull();
  });

  test.each([
    ["agent: writer, prompt: p, min_confidence: 0.8", "no such fallback"],
    ["agent: writer, prompt: p, min_confidence: 0.8, fallback: { output: x }", "no such fallback"],
    ["agent: writer, prompt: p, min_confidence: 0.8, fallback: [{ output: x }]", "no such fallback"],
    [
      "run: { performer: function, name: f }, min_confidence: 0.8, fallback: [{ performer: draft }]",
      "no agent",
    ],
    ["template: T, min_confidence: 0.8", "no agent"],
  ])("needs somebody to be asked then: { %s }", (step, got) => {
    const text = `name: T\nversion: 1.0.0\ndescription: d\ncategory: c\nsteps:\n  a: { ${step} }\n`;
    const loaded = loadTemplate(text, "t.yaml");
    expect(loaded.ok ? [] : loaded.error).toMatchObject([{ code: "TEMPLATE_INVALID", got }]);
  });

  test.each([0, 1.5, '"high"'])("is refused as written: %s", (value) => {
    const text = `name: T\nversion: 1.0.0\ndescription: d\ncategory: c\nsteps:\n  a: { agent: writer, prompt: p, min_confidence: ${value}, fallback: [{ model: shop/x }] }\n`;
    expect(loadTemplate(text, "t.yaml").ok).toBe(false);
  });
});
