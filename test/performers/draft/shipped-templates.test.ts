import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { draftOutcome } from "../../../src/performers/draft.ts";
import { loadAgentKind, loadTemplate } from "../../../src/templates/load-template.ts";
import type { Template } from "../../../src/templates/template.ts";
import { draftTask, SHIPPED } from "./draft-task.ts";

const folder = fileURLToPath(new URL("../../../templates/", import.meta.url));
const yamlIn = (path: string) => readdirSync(path).filter((name) => name.endsWith(".yaml"));

function load(name: string): Template {
  const loaded = loadTemplate(readFileSync(`${folder}${name.toLowerCase()}.yaml`, "utf8"), `${name}.yaml`);
  if (!loaded.ok) throw new Error(loaded.error.map((d) => `${d.code} ${d.message}`).join("\n"));
  return loaded.value;
}

function kinds() {
  return yamlIn(`${folder}agents`).map((file) => {
    const loaded = loadAgentKind(readFileSync(`${folder}agents/${file}`, "utf8"), file);
    if (!loaded.ok) throw new Error(loaded.error.map((d) => `${file}: ${d.code} ${d.message}`).join("\n"));
    return loaded.value;
  });
}

describe("the shipped templates", () => {
  test.each(Object.keys(SHIPPED))("%s loads, and a rule drafts each of its agents' steps", (name) => {
    const template = load(name);
    expect(template.name).toBe(name);
    // Of CHAIN some are functions, which compute by the same rules.
    const agentSteps = template.steps
      .filter(({ work }) => work.kind === "agent" || (name === "CHAIN" && work.kind === "run"))
      .map((step) => step.name);
    expect(agentSteps).toEqual(SHIPPED[name]!.steps);
    expect(template.parameters[0]).toMatchObject({ name: SHIPPED[name]!.main, position: 1, required: true });
    for (const step of agentSteps) {
      const full = draftOutcome(draftTask(name, step, { [SHIPPED[name]!.main]: "cache" })).confidence.value;
      expect(full, `${name}.${step} has a rule of its own`).toBe(0.14);
    }
  });

  test.each([
    ["ROADMAP", "planning", 45_000, 512, 2],
    ["CODE", "development", 30_000, 1024, 4],
    ["AGENT", "orchestration", 15_000, 256, 1],
    ["TEST", "quality", 25_000, 512, 2],
  ])("%s keeps its category, duration and resources", (name, category, durationMs, memoryMb, cpu) => {
    const template = load(name);
    expect(template.category).toBe(category);
    expect(template.steps[0]).toMatchObject({ durationMs, resources: { cpu, memoryMb } });
  });

  test("the categories are those that were asked for", () => {
    const categories = new Set(Object.keys(SHIPPED).map((name) => load(name).category));
    expect([...categories].sort()).toEqual([
      "design",
      "development",
      "documentation",
      "operations",
      "orchestration",
      "planning",
      "quality",
      "research",
    ]);
  });

  test("parameters with fixed values have exactly the values that were asked for", () => {
    const values = (name: string, parameter: string) =>
      load(name).parameters.find((p) => p.name === parameter);
    expect(values("ROADMAP", "depth")?.values).toEqual(["low", "medium", "high"]);
    expect(values("ROADMAP", "timeline")).toMatchObject({
      values: ["short", "medium", "long"],
      orSpan: true,
    });
    expect(values("CODE", "language")?.values).toEqual(["rust", "python", "typescript", "go"]);
    expect(values("CODE", "complexity")?.values).toEqual(["simple", "medium", "complex"]);
    expect(values("AGENT", "collaboration_mode")?.values).toEqual([
      "independent",
      "cooperative",
      "supervised",
    ]);
    expect(load("TEST").parameters.map((p) => p.name)).toEqual([
      "target",
      "test_types",
      "coverage_target",
      "performance_requirements",
    ]);
  });

  test("CODE nests TEST, which waits for the generation", () => {
    const tests = load("CODE").steps.find((step) => step.work.kind === "template");
    expect(tests).toMatchObject({ work: { template: "TEST" }, needs: ["generate"] });
    expect(load("CODE").steps.find((step) => step.name === "generate")?.parallelism).toBe("auto");
  });

  test("CHAIN looks from its four sides at once", () => {
    const steps = load("CHAIN").steps.filter((step) => step.needs.join() === "analyse");
    expect(steps.map((step) => step.name)).toEqual(["security", "performance", "reliability", "scalability"]);
  });
});

describe("the shipped agent kinds", () => {
  test("hold the eight that were asked for and each that a template names, all able to draft", () => {
    const known = new Map(kinds().map((kind) => [kind.name, kind]));
    const named = Object.keys(SHIPPED).flatMap((name) =>
      load(name).steps.flatMap((step) =>
        step.work.kind === "agent" ? [{ kind: step.work.agent, capabilities: step.capabilities }] : [],
      ),
    );
    const asked = [
      "orchestrator",
      "code_generator",
      "researcher",
      "architect",
      "tester",
      "optimizer",
      "deployer",
      "documenter",
    ];
    for (const kind of asked) expect(known.has(kind), kind).toBe(true);
    for (const { kind, capabilities } of named) {
      expect(known.get(kind)?.performers).toEqual(["model", "draft"]);
      expect(known.get(kind)?.capabilities, kind).toEqual(expect.arrayContaining([...capabilities]));
    }
  });
});
