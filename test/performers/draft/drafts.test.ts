import { describe, expect, test } from "vitest";
import { createDraftPerformer, DRAFT_LABEL, draftOutcome } from "../../../src/performers/draft.ts";
import type { JsonObject } from "../../../src/shared/json.ts";
import { NO_BOARD } from "../../support/no-board.ts";
import { draftTask, SHIPPED, viewOf } from "./draft-task.ts";

const SETS: readonly {
  readonly name: string;
  readonly subject: string;
  readonly parameters: JsonObject;
  readonly context: JsonObject;
}[] = [
  { name: "the one string alone", subject: "authentication service", parameters: {}, context: {} },
  {
    name: "declared parameters and context",
    subject: "payment gateway",
    parameters: {
      language: "rust",
      depth: "high",
      timeline: "12_months",
      resources: ["Ada", "Bob"],
      test_types: ["unit", "performance", "security", "property", "e2e"],
      coverage_target: 95,
      performance_requirements: { p99_ms: 50, requests_per_s: 100 },
      platform: "docker_compose",
      autonomy_level: "low",
      collaboration_mode: "supervised",
      audience: "operators",
      questions: ["what does it cost?"],
    },
    context: { compliance: ["OWASP", "GDPR"], scope: "web_application" },
  },
  {
    name: "an unknown topic",
    subject: "Rust Code Hive v2",
    parameters: { depth: "low" },
    context: { complexity: "high" },
  },
];

const CASES = Object.entries(SHIPPED).flatMap(([template, { main, steps }]) =>
  steps.flatMap((step) => SETS.map((set) => ({ template, step, main, ...set }))),
);

describe("every step of every shipped template", () => {
  test.each(CASES)(
    "$template $step gives a labelled draft for $name",
    ({ template, step, main, subject, parameters, context }) => {
      const task = draftTask(template, step, { [main]: subject, ...parameters }, { context });
      const outcome = draftOutcome(task);
      expect(outcome.output).toMatch(/^# .+\n/);
      expect(outcome.output).toContain(DRAFT_LABEL);
      expect(outcome.output.toLowerCase()).toContain(subject.toLowerCase());
      expect(outcome.output).not.toMatch(/undefined|\[object Object\]|NaN|Invalid Date/);
      expect(outcome.output.length).toBeGreaterThan(300);
      expect(outcome.confidence.source).toBe("draft");
      expect(outcome.confidence.value).toBeGreaterThanOrEqual(0.1);
      expect(outcome.confidence.value).toBeLessThanOrEqual(0.5);
      expect(Object.keys(outcome.data as JsonObject).length).toBeGreaterThan(0);
      expect(draftOutcome(structuredClone(task))).toEqual(outcome);
    },
  );

  test.each(CASES.filter((c) => Object.keys(c.context).length > 0))(
    "$template $step is another draft for another subject",
    ({ template, step, main, parameters, context }) => {
      const of = (subject: string) =>
        draftOutcome(
          draftTask(template, step, { [main]: subject, ...parameters }, { context }),
        ).output.replaceAll(subject, "X");
      const [one, other] =
        template === "AGENT" ? ["security auditor", "database tuner"] : ["job queue", "search index"];
      expect(of(one!)).not.toBe(of(other!));
    },
  );
});

describe("the draft performer", () => {
  test("answers as the performer named draft", async () => {
    const performer = createDraftPerformer();
    expect(performer.name).toBe("draft");
    const outcome = await performer.perform(draftTask("CODE", "design", { component: "cache" }), {
      signal: new AbortController().signal,
      idempotencyKey: "k",
      emit: () => {},
      board: NO_BOARD,
    });
    expect(outcome.kind).toBe("completed");
  });

  test("is more confident the more it was given, and never above one half", () => {
    const value = (parameters: JsonObject, context: JsonObject, steps: number): number =>
      draftOutcome(
        draftTask("RESEARCH", "questions", parameters, {
          context,
          steps: Object.fromEntries(
            Array.from({ length: steps }, (_, i) => [`s${i}`, viewOf(`# Result ${i}`)]),
          ),
        }),
      ).confidence.value;
    expect(value({ topic: "x" }, {}, 0)).toBe(0.14);
    expect(value({ topic: "x", depth: "deep" }, {}, 0)).toBe(0.18);
    expect(value({ topic: "x", depth: "deep" }, { scope: "web" }, 1)).toBe(0.28);
    expect(value({ a: 1, b: 2, c: 3, d: 4, e: 5 }, { f: 1, g: 2, h: 3, i: 4 }, 4)).toBe(0.5);
  });

  test.each(["ROADMAP", "ARCHITECTURE", "CODE", "DOCUMENT", "RESEARCH", "CHAIN"])(
    "%s takes up what the unit before found",
    (template) => {
      const { main, steps } = SHIPPED[template]!;
      const previous = viewOf(
        "# Study of herb gardens\n\n- basil needs warmth and light\n- mint spreads beyond its pot\n",
      );
      const outputs = steps.map(
        (step) =>
          draftOutcome(
            draftTask(
              template,
              step,
              { [main]: "greenhouse" },
              { previous: { ...previous, results: [{ ...previous, path: "research" }] } },
            ),
          ).output,
      );
      expect(outputs.join("\n")).toMatch(/Study of herb gardens|mint spreads/);
    },
  );
});

describe("a step that no rule knows", () => {
  const prompt =
    "Weigh the options for the harbour.\nDeliver a table of costs. List the permits that are missing.";

  test("is answered from its prompt, its parameters and its agent kind, with half the confidence", () => {
    const task = draftTask(
      "HARBOUR",
      "weigh",
      { place: "Rotterdam" },
      { prompt, agent: "analyst", context: { compliance: "GDPR" } },
    );
    const outcome = draftOutcome(task);
    for (const part of [
      "Rotterdam",
      "Deliver a table of costs.",
      "List the permits that are missing.",
      "given, derived or assumed",
      "Art. 33",
    ]) {
      expect(outcome.output).toContain(part);
    }
    expect(outcome.confidence).toEqual({ value: 0.09, source: "draft" });
  });

  test("gives data that keeps to the step's schema", () => {
    const outputSchema: JsonObject = {
      type: "object",
      additionalProperties: false,
      required: ["verdict", "score", "reasons", "done"],
      properties: {
        verdict: { enum: ["accept", "reject"] },
        score: { type: "integer", minimum: 3, maximum: 5 },
        reasons: { type: "array", minItems: 2, items: { type: "string", minLength: 4 } },
        done: { type: "boolean" },
      },
    };
    const { data } = draftOutcome(
      draftTask("HARBOUR", "weigh", { place: "Rotterdam" }, { prompt, outputSchema }),
    );
    expect(data).toEqual({ verdict: "accept", score: 3, reasons: ["draft", "draft"], done: false });
  });

  test("a name from the prototype chain is no rule", () => {
    expect(draftOutcome(draftTask("CODE", "constructor", { component: "cache" })).output).toContain(
      DRAFT_LABEL,
    );
    expect(draftOutcome(draftTask("toString", "x", { component: "cache" })).output).toContain(DRAFT_LABEL);
  });
});
