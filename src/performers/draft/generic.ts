import type { Task } from "../../actors/ports.ts";
import { isJsonObject, type JsonObject } from "../../shared/json.ts";
import {
  contextLines,
  type Draft,
  describe,
  domainOf,
  rawSubject,
  subjectOf,
  templateName,
  upstreamOf,
} from "./drafting.ts";
import { findingsOf } from "./findings.ts";
import { bullets, inline, numbered, section, sections, table } from "./markdown.ts";
import { foremost, standardsFor } from "./standards.ts";

/** What each kind of agent owes, when no rule knows the step. */
const DUTIES: Readonly<Record<string, readonly string[]>> = {
  orchestrator: [
    "one owner and one acceptance test for each piece of work",
    "the order of the work and what waits for what",
    "a stop condition",
  ],
  code_generator: [
    "every file whole, in the language asked for",
    "an error with a code for each expected refusal",
    "a test that fails when the main behaviour breaks",
  ],
  researcher: [
    "each question with the evidence that would answer it",
    "what is established, likely and unknown",
    "the next cheapest experiment",
  ],
  architect: [
    "parts with their duty and data",
    "interfaces with their failure behaviour",
    "decisions with the alternatives that lost",
  ],
  tester: [
    "cases by risk: given, when, then",
    "what is deliberately not tested",
    "the measurement that decides each requirement",
  ],
  optimizer: [
    "a baseline with its noise",
    "hypotheses ranked by effect, confidence and effort",
    "the figure at which a change is kept",
  ],
  deployer: [
    "the state before and after",
    "figures to watch and the limit for rolling back",
    "the rollback itself",
  ],
  documenter: [
    "who reads it and what they can do after",
    "an example that runs",
    "what the material does not say",
  ],
  analyst: [
    "statements marked given, derived or assumed",
    "a score with the sum behind it",
    "a ranked list with reasons",
  ],
  planner: ["work items with owner, dates and dependencies", "a check that says done", "what does not fit"],
  reviewer: [
    "findings with place and smallest correction",
    "what was not looked at",
    "a verdict of one line",
  ],
};

const REQUEST =
  /^(?:deliver|write|list|give|name|make|produce|include|describe|answer|find|check|plan|design|mark|report)\b/i;

/** What the prompt asks for: its imperative sentences, at most eight. */
function requests(prompt: string): readonly string[] {
  return prompt
    .slice(0, 8_000)
    .split(/(?<=[.:;!?])\s+|\n+/)
    .map((part) => part.replace(/^[-*\d.)\s]+/, "").trim())
    .filter((part) => REQUEST.test(part))
    .slice(0, 8)
    .map((part) => inline(part, 160));
}

/** What is known: the declared parameters that were given, one row each. */
function known(task: Task): string[][] {
  return [
    ...Object.entries(task.parameters)
      .filter(([, value]) => value !== null && value !== "")
      .slice(0, 30)
      .map(([name, value]) => [inline(name), inline(describe(value), 100), "parameter"]),
    ...contextLines(task).map((line) => [line.name, line.text, "context"]),
  ];
}

function openQuestions(task: Task, subject: string): string[] {
  const criteria = domainOf(task).criteria.slice(0, 3);
  return [
    ...criteria.map((criterion) => `what does "${criterion}" have to be for ${subject}?`),
    ...(upstreamOf(task).length === 0
      ? ["which earlier result does this rest on? None was handed over"]
      : []),
    ...(Object.keys(task.context).length === 0 ? ["which limits apply? No context was given"] : []),
  ];
}

/** A draft for any task: what was asked, what is known, what is owed, what is open. */
export function genericDraft(task: Task): Draft {
  const subject = subjectOf(task);
  const domain = domainOf(task);
  const asked = requests(task.prompt ?? "");
  const owed = DUTIES[task.agent] ?? [
    `the result of "${inline(task.step ?? task.agent)}" in a form that the next step can read`,
    "the evidence for each statement",
    "what was left out",
  ];
  const upstream = upstreamOf(task);
  const findings = findingsOf(task);
  const checks = standardsFor(task, "").filter((s) => s.id !== "role");
  const open = openQuestions(task, subject);
  const options: JsonObject = isJsonObject(task.options) ? task.options : {};
  const first = (task.prompt ?? "").split("\n").find((line) => line.trim() !== "");
  const body = sections(
    section(
      "Asked",
      first
        ? `> ${inline(first, 300)}`
        : `Step "${inline(task.step ?? "(none)")}" of ${inline(templateName(task) || "no template")}, by the agent kind ${inline(task.agent)}.`,
      numbered(asked),
    ),
    section(
      "Known",
      table(["name", "value", "from"], known(task)),
      upstream.length > 0 && bullets(upstream.map((u) => `from ${inline(u.name)}: ${u.title}`)),
    ),
    findings.length > 0 && section("Taken over", numbered(findings)),
    section(
      "To deliver",
      numbered(owed.map((duty) => `[ ] ${duty}, for ${subject}`)),
      section("Parts to cover", bullets(domain.parts.map((part) => `${part.name}: ${part.duty}`))).replace(
        "## ",
        "### ",
      ),
    ),
    ...checks.map((standard) =>
      section(`Checks of ${standard.name}`, bullets(foremost(standard, 5).map((c) => `[ ] ${c.look}`))),
    ),
    section(
      "Risks known for this kind",
      table(
        ["side", "risk", "answer"],
        domain.concerns.map((c) => [c.side, c.risk, c.action]),
      ),
    ),
    section("Open questions", numbered(open)),
    task.replica !== null &&
      task.replica.count > 1 &&
      section(
        "Emphasis",
        `Agent ${task.replica.index + 1} of ${task.replica.count}: looks first at ${domain.concerns[task.replica.index % domain.concerns.length]!.side}.`,
      ),
  );
  return {
    title: `${inline(task.step ?? task.agent)}: ${subject}`,
    body,
    data: {
      subject: rawSubject(task),
      domain: domain.id,
      asked: [...asked],
      deliverables: [...owed],
      openQuestions: open,
      upstream: upstream.map((u) => u.name),
      ...(Object.keys(options).length > 0 ? { options } : {}),
    },
  };
}
