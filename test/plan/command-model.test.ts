import { describe, expect, test } from "vitest";
import type { ModelCatalogue } from "../../src/plan/models.ts";
import type { PlanSettings } from "../../src/plan/plan-builder.ts";
import { nearestName } from "../../src/shared/nearest-name.ts";
import { loadAgentKind, loadTemplate } from "../../src/templates/load-template.ts";
import { TemplateRegistry } from "../../src/templates/registry.ts";
import { compile, unwrap } from "../support/compile.ts";

const TEMPLATES = [
  `name: WORK
steps:
  plain: { agent: writer, prompt: p }
  kind: { agent: checker, prompt: p }
  own: { agent: writer, prompt: p, model: shop/own }
  drafted: { agent: drafter, prompt: p }
  nested: { template: INNER }
  later: { agent: writer, prompt: p, needs: [plain], forEach: { it: steps.plain.data.list } }
  surer: { agent: writer, prompt: p, fallback: [{ agent: checker }, { performer: draft }] }`,
  `name: INNER
steps:
  a: { agent: writer, prompt: p }`,
  `name: DECLARED
parameters: { model: { type: string } }
steps:
  a: { agent: writer, prompt: "{{ model }}" }`,
  `name: DRAFTED
steps:
  a: { agent: drafter, prompt: p }`,
];
const KINDS = ["writer:[model, draft]", "checker:[model, draft]\nmodel: shop/of-the-kind", "drafter:[draft]"];

const REGISTRY = unwrap(
  TemplateRegistry.create(
    TEMPLATES.map((text) =>
      unwrap(loadTemplate(`version: 1.0.0\ndescription: d\ncategory: testing\n${text}\n`, "t.yaml")),
    ),
    KINDS.map((text) => {
      const [name, performers] = text.split(/:(.*)/s);
      const kind = `name: ${name}\ndescription: d\ncapabilities: [c]\nsystem: s\nperformers: ${performers}\n`;
      return unwrap(loadAgentKind(kind, "k.yaml"));
    }),
  ),
);

const MODELS: ModelCatalogue = {
  usual: "shop/of-the-run",
  fault: (name) => {
    const [provider = ""] = name.split("/");
    if (provider === "shop" && name.includes("/")) return null;
    const near = nearestName(provider, ["shop"]);
    const hint = near ? `did you mean \`${near}/...\`?` : "declare it";
    return { code: "MODEL_UNKNOWN_PROVIDER", severity: "error", message: "nobody", got: name, hint };
  },
  terms: () => ({ maxOutputTokens: 1_000, price: null }),
};
const WITH: Partial<PlanSettings> = { performers: ["draft", "model"], models: MODELS };
/** No model for who names none. */
const WITHOUT: Partial<PlanSettings> = {
  ...WITH,
  modelNeeded: ["model"],
  models: { ...MODELS, usual: null },
};

function planned(program: string, settings = WITH) {
  const { plan, warnings } = unwrap(compile(program, REGISTRY, settings));
  const asked = Object.fromEntries(
    plan.nodes.flatMap((node) => {
      if (node.kind === "agent") return [[node.path, node.model ?? node.performer]];
      return node.forEach ? [[node.path, node.forEach.template.model ?? "none"]] : [];
    }),
  );
  return { plan, warnings, asked };
}

describe("a command that names a model", () => {
  test("has all its agents ask it, nested templates' too, but those whose step names one", () => {
    const { asked, warnings } = planned('ABYSSAL[WORK](model="shop/large")');
    expect(asked).toEqual({
      "work/plain": "shop/large",
      "work/kind": "shop/large",
      "work/own": "shop/own",
      "work/drafted": "draft",
      "work/nested/a": "shop/large",
      "work/later": "shop/large",
      "work/surer": "shop/large",
    });
    expect(warnings).toEqual([]);
  });

  test("speaks for itself: not for others, nor for commands in its parameters", () => {
    const text =
      'big = ABYSSAL[INNER]({ model: "shop/large", parts: [ABYSSAL[INNER](), ABYSSAL[INNER](model="shop/small")] }) -> ABYSSAL[INNER]()';
    expect(Object.values(planned(text).asked).sort()).toEqual([
      "shop/large",
      "shop/of-the-run",
      "shop/of-the-run",
      "shop/small",
    ]);
  });

  test("has it asked where the run has none, and its alternatives too", () => {
    const { plan, asked } = planned('ABYSSAL[WORK](model="shop/large")', WITHOUT);
    expect(asked["work/plain"]).toBe("shop/large");
    const surer = plan.nodes.find(({ path }) => path === "work/surer");
    expect(surer?.kind === "agent" && surer.alternatives?.map(({ model }) => model)).toEqual([
      "shop/large",
      undefined,
    ]);
  });

  test("hands it to nobody as context", () => {
    const { plan } = planned('ABYSSAL[INNER](model="shop/large", tone="dry")');
    const [command] = plan.nodes.filter((node) => node.kind === "chain" && node.path === "inner");
    expect(command).toMatchObject({ scope: { context: { tone: "dry" } } });
    expect(JSON.stringify(command)).not.toContain("shop/large");
  });
});

describe("the word `model`", () => {
  test("is the template's own where it declares such a parameter", () => {
    const { asked, warnings } = planned('ABYSSAL[DECLARED](model="shop/large")');
    expect(asked).toEqual({ "declared/a": "shop/of-the-run" });
    expect(warnings).toEqual([]);
  });

  test.each(['"client/server"', '"T"', "7", "ABYSSAL[INNER]()"])("is context before %s", (value) => {
    const { plan, asked, warnings } = planned(`ABYSSAL[INNER](model=${value})`);
    expect(asked["inner/a"]).toBe("shop/of-the-run");
    expect(warnings).toEqual([]);
    const command = plan.nodes.find((node) => node.path === "inner");
    expect(command?.kind === "chain" && command.scope?.context).toHaveProperty("model");
  });

  test("is context before what only looks like a model, with a warning", () => {
    const { asked, warnings } = planned('ABYSSAL[INNER](model="shpo/large")');
    expect(asked["inner/a"]).toBe("shop/of-the-run");
    expect(warnings).toMatchObject([
      {
        code: "MODEL_UNKNOWN_PROVIDER",
        severity: "warning",
        hint: "did you mean `shop/...`?",
        span: { start: { offset: 0 } },
      },
    ]);
  });

  test("before a model that no agent of the command asks is warned of", () => {
    expect(planned('ABYSSAL[DRAFTED](model="shop/large")').warnings).toMatchObject([
      { code: "MODEL_NOT_ASKED", severity: "warning", got: "shop/large" },
    ]);
  });
});
