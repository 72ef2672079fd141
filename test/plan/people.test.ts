import { expect, test } from "vitest";
import { loadAgentKind, loadTemplate } from "../../src/templates/load-template.ts";
import { TemplateRegistry } from "../../src/templates/registry.ts";
import { planOf, SETTINGS, unwrap } from "../support/compile.ts";
import { HandDrivenRun } from "../support/hand-driven-run.ts";

const KIND = "name: reviewer\ndescription: d\ncapabilities: [c]\nsystem: s\nperformers: [human, draft]\n";
const TEMPLATE = `
name: REVIEW
version: 1.0.0
description: A person reviews
category: test
parameters: { text: { type: string, position: 1 } }
steps:
  review:
    agent: reviewer
    prompt: "Is this right: {{ text }}?"
    resources: { cpu: 4, memory: 1GB }
    approve: { within: 1d, default: { answer: unseen } }
`;

const registry = unwrap(
  TemplateRegistry.create(
    [unwrap(loadTemplate(TEMPLATE, "review.yaml"))],
    [unwrap(loadAgentKind(KIND, "reviewer.yaml"))],
  ),
);

test("an agent kind may be a person: its prompt is the question, its answer the result, and it needs no resources", () => {
  const performers = [...SETTINGS.performers, "human"];
  const plan = planOf("ABYSSAL[REVIEW]('2 + 2 = 4')", registry, { performers });
  expect(plan.nodes.find(({ kind }) => kind === "agent")).toMatchObject({
    performer: "human",
    resources: { cpu: 0, memoryMb: 0 },
  });
  const it = new HandDrivenRun(plan).start();
  expect(it.run.questions).toMatchObject([
    {
      path: "review/review",
      asks: "answer",
      question: "Is this right: 2 + 2 = 4?",
      otherwise: { answer: "unseen" },
    },
  ]);
  it.answer("review/review", "it is", "ann");
  expect(it.results[0]).toMatchObject({ output: "it is", provenance: { decided: { by: "ann" } } });
  expect(it.effects.dispatched).toEqual([]);
});

test("where nobody can be asked, the next of its performers does the work, once a person has let it", () => {
  const plan = planOf("ABYSSAL[REVIEW]('x')", registry);
  const it = new HandDrivenRun(plan).start();
  expect(it.run.questions).toMatchObject([
    { asks: "approval", question: expect.stringContaining("May reviewer run") },
  ]);
  it.fire("review/review#0/approval");
  expect(it.effects.dispatched).toEqual(["review/review#1"]);
});
