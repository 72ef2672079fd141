import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { draftOutcome } from "../../../src/performers/draft.ts";
import type { JsonObject } from "../../../src/shared/json.ts";
import { draftTask, viewOf } from "./draft-task.ts";

const auditor = (step: string, parameters: JsonObject = {}) =>
  draftOutcome(
    draftTask(
      "AGENT",
      step,
      {
        role: "security auditor",
        autonomy_level: "medium",
        collaboration_mode: "cooperative",
        ...parameters,
      },
      {
        context: {
          scope: "web_application",
          framework: "react",
          compliance: ["OWASP", "GDPR"],
          depth: "comprehensive",
        },
      },
    ),
  );

describe("an agent for a named field", () => {
  test("has checklists for each standard and framework of its context", () => {
    const { checklists } = auditor("playbook").data as { checklists: { id: string; checks: unknown[] }[] };
    expect(checklists.map((list) => list.id)).toEqual(["owasp", "gdpr", "web", "react"]);
    expect(checklists[0]!.checks).toHaveLength(10);
    for (const part of ["A03 Injection", "Art. 33", "dangerouslySetInnerHTML"])
      expect(auditor("playbook").output).toContain(part);
  });

  test("does fewer checks, the gravest first, when it is to be quick", () => {
    const quick = draftOutcome(
      draftTask("AGENT", "playbook", { role: "security auditor" }, { context: { depth: "quick" } }),
    );
    const { checklists } = quick.data as { checklists: { checks: { severity: string }[] }[] };
    expect(checklists[0]!.checks.map((c) => c.severity)).toEqual(["P0", "P0", "P0"]);
  });

  test("may do more on its own the more autonomy it has", () => {
    const allowed = (autonomy_level: string) =>
      (auditor("protocol", { autonomy_level }).data as { tools: { decision: string }[] }).tools.filter(
        (t) => t.decision === "allowed",
      ).length;
    expect(allowed("low")).toBeLessThan(allowed("medium"));
    expect(allowed("medium")).toBeLessThan(allowed("high"));
  });

  test("speaks with whom its mode says", () => {
    const messages = (collaboration_mode: string) =>
      (auditor("protocol", { collaboration_mode }).data as { messages: string[] }).messages;
    expect(messages("independent")).not.toContain("finding.challenged");
    expect(messages("cooperative")).toContain("finding.challenged");
    expect(messages("supervised")).toContain("plan.approved");
  });

  test("comes with an agent kind as a file that holds its system prompt", () => {
    const [file] = auditor("protocol").artifacts!;
    expect(file!.path).toBe("agents/security-auditor.yaml");
    expect(parse(file!.content)).toMatchObject({
      name: "security_auditor",
      performers: ["model", "draft"],
      system: expect.stringContaining("OWASP"),
    });
  });
});

describe("an architecture of given components", () => {
  const components = [
    "# Design of API gateway\n\n- `decide(path: str) -> Decision`: chooses",
    "service registry",
    null,
    { name: "audit log" },
    "integration tests",
  ];
  const structure = draftOutcome(
    draftTask("ARCHITECTURE", "structure", { topic: "microservices platform", components }),
  );
  const names = ((structure.data as JsonObject).components as JsonObject[]).map((c) => c.name);

  test("takes names from texts, documents and objects, and leaves out what is not there yet", () => {
    expect(names).toEqual(["API gateway", "service registry", "audit log", "integration tests"]);
  });

  test("uses the operations that a document states, and draws every component", () => {
    expect(structure.output).toContain("decide(path: str) -> Decision");
    for (const name of names) expect(structure.output).toMatch(new RegExp(`c\\d+\\[/?"${String(name)}"`));
  });

  test("tests are no part that answers requests", () => {
    const interfaces = (structure.data as JsonObject).interfaces as JsonObject[];
    expect(interfaces.some((i) => i.from === "integration tests" || i.to === "integration tests")).toBe(
      false,
    );
    expect(interfaces.length).toBeGreaterThan(1);
  });

  test("later steps keep to the components that the first step settled", () => {
    const steps = { structure: viewOf(structure.output, structure.data ?? null) };
    const risks = draftOutcome(
      draftTask(
        "ARCHITECTURE",
        "risks",
        { topic: "microservices platform", components: [null, null] },
        { steps },
      ),
    );
    expect(risks.output).toContain("API gateway -> service registry");
  });
});

describe("other drafts from what was given", () => {
  test("research names no source and calls every cell unknown until it is filled", () => {
    const { output } = draftOutcome(
      draftTask("RESEARCH", "findings", {
        topic: "vector databases",
        options: ["Alpha", "Beta"],
        criteria: ["recall"],
      }),
    );
    expect(output).toContain("| Alpha | unknown |");
    expect(output).not.toMatch(/https?:|et al\.|\bdoi\b|\(20\d\d\)/);
  });

  test("hypotheses are ranked by effect times confidence by effort", () => {
    const { hypotheses } = draftOutcome(draftTask("OPTIMIZE", "hypotheses", { target: "search service" }))
      .data as { hypotheses: { effect: number; confidence: number; days: number; score: number }[] };
    expect(hypotheses.map((h) => h.score)).toEqual(
      hypotheses.map((h) => Math.round((h.effect * h.confidence * 100) / h.days) / 100).sort((a, b) => b - a),
    );
  });

  test("experiments stay within the budget", () => {
    for (const budget of ["1d", "5d", "2w"]) {
      const { days, used } = draftOutcome(
        draftTask("OPTIMIZE", "experiments", { target: "search service", budget }),
      ).data as { days: number; used: number };
      expect(used).toBeLessThanOrEqual(days);
    }
  });

  test("tests are written in the language of the code upstream", () => {
    const previous = { ...viewOf("# Scaffold of cache", { language: "go" }), results: [] };
    const results = [{ ...viewOf("# Scaffold of cache", { language: "go" }), path: "code/generate" }];
    const outcome = draftOutcome(
      draftTask("TEST", "suite", { target: "cache" }, { previous: { ...previous, results } }),
    );
    expect(outcome.artifacts!.map((f) => f.path)).toEqual(["cache/service_test.go"]);
  });

  test("a document lists the files of the results it documents", () => {
    const view = {
      ...viewOf("# Scaffold of indexer\n\n- fast\n"),
      artifacts: [{ path: "indexer/src/service.ts", content: "", mediaType: "text/typescript" }],
    };
    const outcome = draftOutcome(
      draftTask(
        "DOCUMENT",
        "text",
        { target: "search service" },
        { previous: { ...view, results: [{ ...view, path: "code" }] } },
      ),
    );
    expect(outcome.output).toContain("`indexer/src/service.ts`");
  });

  test("performance requirements become limits of the load script", () => {
    const outcome = draftOutcome(
      draftTask("TEST", "suite", {
        target: "cache",
        performance_requirements: { p99_ms: 42, requests_per_s: 7 },
      }),
    );
    const load = outcome.artifacts!.find((f) => f.path.endsWith("load.mjs"))!;
    expect(load.content).toContain("const P99_MS = 42;");
    expect(load.content).toContain("const RATE_PER_S = 7;");
  });
});
