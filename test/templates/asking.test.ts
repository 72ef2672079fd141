import { expect, test } from "vitest";
import { loadTemplate } from "../../src/templates/load-template.ts";

const HEAD = "name: ASK\nversion: 1.0.0\ndescription: d\ncategory: test\nsteps:\n  a: ";

function stepOf(step: string) {
  const loaded = loadTemplate(`${HEAD}${step}\n`, "ask.yaml");
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
  return loaded.value.steps[0]!;
}

test("a person's step keeps what is asked, and has no options of its own", () => {
  const step = stepOf(
    "{ run: { performer: human, question: 'Where to?', choices: [x, y], within: 2d, default: { answer: x } } }",
  );
  expect(step.work).toMatchObject({ kind: "run", performer: "human", options: {} });
  expect(step.approve).toBe(false);
  expect(step.ask).toEqual({
    question: "Where to?",
    choices: ["x", "y"],
    deadline: { withinMs: 172_800_000, default: { answer: "x" } },
  });
});

test("an approval may say how it is asked, and what holds when nobody decides", () => {
  const step = stepOf("{ agent: tester, approve: { question: 'Now?', within: 1h, default: approve } }");
  expect(step.approve).toBe(true);
  expect(step.ask).toEqual({ question: "Now?", deadline: { withinMs: 3_600_000, default: "approve" } });
  expect(stepOf("{ agent: tester, approve: true }")).not.toHaveProperty("ask");
  expect(stepOf("{ agent: tester, approve: {} }")).toMatchObject({ approve: true, ask: {} });
});

const human = (more: string): string => `{ run: { performer: human, ${more} } }`;

test.each([
  ["no question", human("choices: [x]"), "a text, what the person is asked", "nothing"],
  ["an unknown key", human("question: q, choice: [x]"), "one of performer, question, ", "choice"],
  ["choices that are no list", human("question: q, choices: x"), "a list of texts, or", 'the string "x"'],
  ["no choices", human("question: q, choices: []"), "a list of texts, or", "an array of 0"],
  [
    "a bad time",
    human("question: q, within: soon, default: reject"),
    "a span of time such",
    'the string "soon"',
  ],
  [
    "an approval by default",
    human("question: q, within: 1d, default: approve"),
    "reject, or { answer",
    "approve",
  ],
  [
    "a default that is no choice",
    human("question: q, choices: [x], within: 1d, default: { answer: z }"),
    'an answer that is one of "x"',
    "an object",
  ],
  ["a time without a default", human("question: q, within: 1d"), "both, or neither", "within alone"],
  ["a default without a time", human("question: q, default: reject"), "both, or neither", "default alone"],
  [
    "a timeout",
    "{ run: { performer: human, question: q }, timeout: 1h }",
    "a step that no person does",
    "performer: human",
  ],
  [
    "an approval of a question",
    "{ run: { performer: human, question: q }, approve: true }",
    "a step that no person does",
    "performer: human",
  ],
  [
    "an approval of a nested template",
    "{ template: CODE, approve: true }",
    "a step with agent or run",
    "a step with template",
  ],
  [
    "an approval that never ends",
    "{ agent: t, approve: { within: 1d } }",
    "both, or neither",
    "within alone",
  ],
  [
    "an approval of a bad time",
    "{ agent: t, approve: { within: x, default: reject } }",
    "a span of time",
    "x",
  ],
  [
    "an approval with an unknown key",
    "{ agent: t, approve: { questoin: q } }",
    "one of question, within, default",
    "questoin",
  ],
  [
    "an approval that is a text",
    "{ agent: t, approve: yes please }",
    "true, false, or { question",
    "yes please",
  ],
  [
    "an unknown default",
    "{ agent: t, approve: { within: 1d, default: maybe } }",
    "approve, reject, or { answer",
    "maybe",
  ],
])("%s is refused, with its place", (_, step, expected, got) => {
  const loaded = loadTemplate(`${HEAD}${step}\n`, "ask.yaml");
  const [first, ...more] = loaded.ok ? [] : loaded.error;
  expect(more).toEqual([]);
  expect(first).toMatchObject({ code: "TEMPLATE_INVALID", span: { start: { line: 6 } } });
  expect(first!.expected).toContain(expected);
  expect(first!.got).toContain(got);
});

test("what a question reads must be known, in an approval too", () => {
  const loaded = loadTemplate(`${HEAD}{ agent: t, approve: { question: 'Is {{ x }} well?' } }\n`, "ask.yaml");
  expect(loaded).toMatchObject({ ok: false, error: [{ code: "TEMPLATE_UNKNOWN_VARIABLE" }] });
});
