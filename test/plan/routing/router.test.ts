import { describe, expect, test } from "vitest";
import type { AgentNode } from "../../../src/plan/plan.ts";
import { Figures, withObservation } from "../../../src/plan/routing/experience.ts";
import { Router } from "../../../src/plan/routing/router.ts";
import { DEFAULT_ROUTING, type RoutingSettings } from "../../../src/plan/routing/routing.ts";
import { loadAgentKind, loadTemplate } from "../../../src/templates/load-template.ts";
import { TemplateRegistry } from "../../../src/templates/registry.ts";
import { compile, planOf, unwrap } from "../../support/compile.ts";

const head = (name: string): string => `name: ${name}\nversion: 1.0.0\ndescription: d\ncategory: c\n`;
const CHECK = `${head("CHECK")}parameters: { items: { type: array, position: 1, default: [1] } }
steps:
  look: { agent: auto, capabilities: [review, security], prompt: "{{ item }}", forEach: { item: items }, priority: 3 }
`;
const NAMED = `${head("NAMED")}steps:
  look: { agent: generalist, capabilities: [review], prompt: p }
`;
const RUN = `${head("RUN")}steps:
  look: { run: { performer: function, name: f } }
`;
const kind = (name: string, capabilities: string, performers: string): string =>
  `name: ${name}\ndescription: d\ncapabilities: [${capabilities}]\nsystem: s\nperformers: [${performers}]\n`;
const KINDS = [
  kind("generalist", "review, security, writing, planning", "model, draft"),
  kind("specialist", "review, security", "model, draft"),
  kind("writer", "writing", "model, draft"),
  kind("orchestrator", "", "model, draft"),
];
const registry = unwrap(
  TemplateRegistry.create(
    [CHECK, NAMED, RUN].map((text) => unwrap(loadTemplate(text, "t.yaml"))),
    KINDS.map((text) => unwrap(loadAgentKind(text, "k.yaml"))),
  ),
);
const performers = ["draft", "model", "function"];

function routerOf(settings: Partial<RoutingSettings> = {}, figures?: Figures): Router {
  return new Router({
    registry,
    performers,
    settings: { ...DEFAULT_ROUTING, ...settings },
    ...(figures ? { figures } : {}),
  });
}

/** Agents of a program, routed so. */
function agents(text: string, router = routerOf(), more: object = {}): readonly AgentNode[] {
  return planOf(text, registry, { performers, router, ...more }).nodes.filter(
    (node) => node.kind === "agent",
  );
}

const who = (nodes: readonly AgentNode[]): readonly string[] =>
  nodes.map(({ agent, performer }) => `${agent}/${performer}`);

/** What comes of `count` tasks of CHECK that one kind has failed, or done. */
function seen(agent: string, count: number, succeeded: boolean, performer = "model"): Figures {
  let known: ReturnType<typeof withObservation> | undefined;
  const shape = {
    agent,
    performer,
    template: "CHECK@1.0.0",
    step: "look",
    succeeded,
    durationMs: 1_000,
    atMs: 0,
  };
  for (let index = 0; index < count; index++) known = withObservation(known, shape, 1_000);
  return new Figures(known ? [known] : [], 0, 1_000);
}

describe("a step that names its agent kind", () => {
  test("gets the first of its performers that is here, and says nothing of it (R2)", () => {
    const [node] = agents("ABYSSAL[NAMED]()");
    expect(who([node!])).toEqual(["generalist/model"]);
    expect(node).not.toHaveProperty("routed");
    expect(who(agents("ABYSSAL[NAMED]()", new Router({ registry, performers: ["draft"] })))).toEqual([
      "generalist/draft",
    ]);
  });

  test("is refused when the kind lacks a capability that the step needs", () => {
    const lacking = unwrap(
      TemplateRegistry.create(
        [
          unwrap(
            loadTemplate(NAMED.replace("generalist", "writer").replace("[review]", "[reveiw]"), "n.yaml"),
          ),
        ],
        KINDS.map((text) => unwrap(loadAgentKind(text, "k.yaml"))),
      ),
    );
    const compiled = compile("ABYSSAL[NAMED]()", lacking);
    expect(compiled.ok ? [] : compiled.error).toMatchObject([
      {
        code: "ROUTE_CAPABILITY_MISSING",
        place: "n.yaml, step look",
        expected: "an agent kind with reveiw",
        got: "writer, without reveiw",
        hint: 'did you mean "review"?',
      },
    ]);
  });

  test("of a performer's own is left to that performer, whatever rules say", () => {
    const rules = [{ use: "writer/draft" }];
    expect(who(agents("ABYSSAL[RUN]()", routerOf({ rules })))).toEqual(["orchestrator/function"]);
  });

  test("may be given by score to another of its performers where that is wanted", () => {
    const failed = seen("generalist", 20, false);
    expect(who(agents("ABYSSAL[NAMED]()", routerOf({}, failed)))).toEqual(["generalist/model"]);
    const [node] = agents("ABYSSAL[NAMED]()", routerOf({ performers: "learned" }, failed));
    expect(who([node!])).toEqual(["generalist/draft"]);
    expect(node!.routed).toMatchObject({ by: "score", of: 2 });
  });
});

describe("agent: auto", () => {
  test("chooses the kind that is made for what is needed, and shows what spoke for it", () => {
    const [node] = agents("ABYSSAL[CHECK]()");
    expect(who([node!])).toEqual(["specialist/model"]);
    expect(node!.routed).toEqual({
      by: "score",
      candidates: [
        {
          agent: "specialist",
          performer: "model",
          score: 0.9111,
          parts: { capability: 1, priority: 1, load: 1, success: 0.8, duration: 1 },
        },
        {
          agent: "generalist",
          performer: "model",
          score: 0.8,
          parts: { capability: 0.5, priority: 1, load: 1, success: 0.8, duration: 1 },
        },
      ],
      of: 2,
    });
  });

  test("turns to another kind once the first one fails, and back when that has faded", () => {
    const failed = seen("specialist", 5, false);
    expect(who(agents("ABYSSAL[CHECK]()", routerOf({}, failed)))).toEqual(["generalist/model"]);
    let known: ReturnType<typeof withObservation> | undefined;
    const shape = { agent: "specialist", performer: "model", template: "CHECK@1.0.0", step: "look" };
    for (let index = 0; index < 5; index++)
      known = withObservation(known, { ...shape, succeeded: false, durationMs: 1, atMs: 0 }, 1_000);
    const later = new Figures([known!], 10_000, 1_000);
    expect(who(agents("ABYSSAL[CHECK]()", routerOf({}, later)))).toEqual(["specialist/model"]);
  });

  test("shares many tasks out among equals", () => {
    const equals = unwrap(
      TemplateRegistry.create(
        [unwrap(loadTemplate(CHECK, "t.yaml"))],
        ["one", "two"].map((name) =>
          unwrap(loadAgentKind(kind(name, "review, security", "draft"), "k.yaml")),
        ),
      ),
    );
    const nodes = planOf("ABYSSAL[CHECK]([1, 2, 3, 4])", equals).nodes.filter(
      (node) => node.kind === "agent",
    );
    expect(nodes.map(({ agent }) => agent)).toEqual(["one", "two", "one", "two"]);
    const named = `${head("BOTH")}steps:\n  own: { agent: one, prompt: p }\n  any: { agent: auto, capabilities: [review], prompt: p }\n`;
    const both = unwrap(
      TemplateRegistry.create([unwrap(loadTemplate(named, "t.yaml"))], equals.agentKinds()),
    );
    expect(who(planOf("ABYSSAL[BOTH]()", both).nodes.filter((node) => node.kind === "agent"))).toEqual([
      "one/draft",
      "two/draft",
    ]);
    const busy = planOf("ABYSSAL[CHECK]([1])", equals, { assigned: new Map([["one/draft", 3]]) }).nodes;
    expect(busy.find((node) => node.kind === "agent")).toMatchObject({ agent: "two" });
  });

  test("asks once for a step, however many agents it has", () => {
    const router = routerOf();
    agents("ABYSSAL[CHECK]([1, 2, 3, 4, 5])", router);
    expect(router.counts).toEqual({ hits: 4, misses: 1 });
  });

  test("is refused when nobody has all that is needed, and says who comes nearest", () => {
    const text = CHECK.replace("[review, security]", "[review, singing]");
    const other = unwrap(
      TemplateRegistry.create(
        [unwrap(loadTemplate(text, "t.yaml"))],
        KINDS.map((one) => unwrap(loadAgentKind(one, "k.yaml"))),
      ),
    );
    const compiled = compile("ABYSSAL[CHECK]()", other);
    expect(compiled.ok ? [] : compiled.error).toMatchObject([
      {
        code: "ROUTE_NO_AGENT",
        place: "t.yaml, step look",
        expected: "an agent kind with review, singing",
        got: "generalist without singing; specialist without singing; orchestrator without review, singing",
      },
    ]);
  });

  test("needs capabilities, and no performer of its own", () => {
    for (const work of [
      "agent: auto, prompt: p",
      "agent: auto, capabilities: [], prompt: p",
      "agent: auto, capabilities: [c], run: { performer: robot }",
    ]) {
      const loaded = loadTemplate(`${head("BAD")}steps:\n  one: { ${work} }\n`, "bad.yaml");
      expect(loaded.ok ? [] : loaded.error).toMatchObject([
        { code: "TEMPLATE_INVALID", span: { start: { line: 6 } } },
      ]);
    }
    expect(loadAgentKind(kind("auto", "c", "draft"), "k.yaml").ok).toBe(false);
  });
});

describe("a rule", () => {
  test("wins over every score, and is named", () => {
    const rules = [{ when: { template: "CHECK" }, use: "generalist/draft" }];
    const [node] = agents("ABYSSAL[CHECK]()", routerOf({ rules }, seen("generalist", 50, false, "draft")));
    expect(who([node!])).toEqual(["generalist/draft"]);
    expect(node!.routed).toMatchObject({ by: "rule", rule: 0, of: 1 });
  });

  test("may prefer or avoid a kind, or a performer of any kind", () => {
    const prefer = [{ prefer: ["generalist"] }];
    expect(who(agents("ABYSSAL[CHECK]()", routerOf({ rules: prefer })))).toEqual(["generalist/model"]);
    const avoid = [{ avoid: ["*/model"] }];
    const [node] = agents("ABYSSAL[NAMED]()", routerOf({ rules: avoid }));
    expect(who([node!])).toEqual(["generalist/draft"]);
    expect(node!.routed).toMatchObject({ by: "rule", rule: 0 });
  });

  test("is named where it decided, and another one where that did", () => {
    const rules = [{ prefer: ["generalist"] }, { when: { template: "CHECK" }, avoid: ["specialist"] }];
    const routed = (list: typeof rules): unknown =>
      agents("ABYSSAL[CHECK]()", routerOf({ rules: list }))[0]!.routed;
    expect(routed(rules)).toMatchObject({ by: "rule", rule: 0 });
    expect(routed([rules[1]!])).toMatchObject({
      by: "rule",
      rule: 0,
      candidates: [{ agent: "generalist" }, {}],
    });
    expect(routed([{ avoid: ["writer"] }] as typeof rules)).toMatchObject({ by: "score" });
  });

  test("is for the steps that its conditions mean, all of them", () => {
    const fits = [
      {},
      { template: "CHECK" },
      { template: "CHECK@1.0.0", step: "look" },
      { capability: "review" },
      { agent: "auto" },
      { priority: 3 },
    ];
    for (const when of fits)
      expect(who(agents("ABYSSAL[CHECK]()", routerOf({ rules: [{ when, use: "generalist" }] })))).toEqual([
        "generalist/model",
      ]);
    const doesNot = [
      { template: "NAMED" },
      { template: "CHECK@2.0.0" },
      { template: "CHECK", step: "other" },
      { capability: "writing" },
      { agent: "specialist" },
      { priority: 3.5 },
    ];
    for (const when of doesNot)
      expect(who(agents("ABYSSAL[CHECK]()", routerOf({ rules: [{ when, use: "generalist" }] })))).toEqual([
        "specialist/model",
      ]);
  });

  test("that stands later holds, where several fit", () => {
    const rules = [{ use: "generalist" }, { use: "specialist/draft" }];
    expect(who(agents("ABYSSAL[CHECK]()", routerOf({ rules })))).toEqual(["specialist/draft"]);
  });

  test("cannot give work to a kind that lacks what it needs", () => {
    const rules = [{ use: "writer" }];
    const compiled = compile("ABYSSAL[CHECK]()", registry, { performers, router: routerOf({ rules }) });
    expect(compiled.ok ? [] : compiled.error).toMatchObject([
      {
        code: "ROUTE_CAPABILITY_MISSING",
        message: "writer, named by routing.rules[0], does not have every capability that this step needs",
        hint: "generalist, specialist have all of it; or let the rule be for other steps",
      },
    ]);
  });
});

test("the same text, templates, rules, figures and load give the same bytes (R1)", () => {
  const plan = (): string =>
    JSON.stringify(
      planOf("ABYSSAL[CHECK]([1, 2, 3])", registry, {
        performers,
        router: routerOf({ rules: [{ avoid: ["writer"] }] }, seen("specialist", 3, false)),
        assigned: new Map([["generalist/model", 2]]),
      }),
    );
  expect(plan()).toBe(plan());
});
