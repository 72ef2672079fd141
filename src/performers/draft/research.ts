import type { Task } from "../../actors/ports.ts";
import type { Domain } from "./domains/domain.ts";
import {
  contextLines,
  type Draft,
  type Drafters,
  domainOf,
  listOf,
  rawSubject,
  subjectOf,
  textOf,
  upstreamOf,
} from "./drafting.ts";
import { findingsOf } from "./findings.ts";
import { bullets, numbered, section, sections, table } from "./markdown.ts";

/** RESEARCH: questions, what evidence would answer them, what follows. Never a source that was not handed over. */
export const researchDrafters: Drafters = { questions, findings, synthesis };

const SOURCES: readonly { readonly kind: string; readonly find: string; readonly trust: string }[] = [
  {
    kind: "primary documentation",
    find: "the makers' reference for the version in use",
    trust: "what it does, not how well",
  },
  { kind: "own measurement", find: "a test on our own data and machine", trust: "most, with its noise" },
  {
    kind: "independent benchmark",
    find: "one whose code and data can be run again",
    trust: "ratios, not absolute figures",
  },
  { kind: "issue trackers", find: "open defects with many followers", trust: "what goes wrong in use" },
  {
    kind: "peer-reviewed papers",
    find: "surveys of the last three years, then what they cite",
    trust: "limits and trade-offs",
  },
  { kind: "people who run it", find: "two teams with our size and load", trust: "operating effort" },
];

function criteriaOf(task: Task, known: Domain): readonly string[] {
  const given = listOf(task, "criteria");
  return given.length > 0 ? given : known.criteria;
}

function optionsOf(task: Task, known: Domain): readonly string[] {
  const given = listOf(task, "options");
  return given.length > 0 ? given : known.options;
}

type Question = {
  readonly text: string;
  readonly evidence: string;
  readonly changes: string;
  readonly given: boolean;
};

function questionsOf(task: Task): readonly Question[] {
  const known = domainOf(task);
  const subject = subjectOf(task);
  const depth = textOf(task, "depth") ?? "standard";
  const most = depth === "overview" ? 4 : depth === "deep" ? 10 : 6;
  const asked = listOf(task, "questions").map((text) => ({
    text,
    evidence: "own measurement or primary documentation",
    changes: "it was asked for",
    given: true,
  }));
  const context = contextLines(task).map((line) => ({
    text: `What does ${line.name} = ${line.text} demand of ${subject}?`,
    evidence: "the text that demands it, section by section",
    changes: "rules out options that cannot meet it",
    given: true,
  }));
  const derived = [
    ...criteriaOf(task, known).map((c) => ({
      text: `How do ${optionsOf(task, known).slice(0, 3).join(", ")} differ in ${c}?`,
      evidence: "own measurement",
      changes: `an option that fails on ${c} is out`,
      given: false,
    })),
    ...known.concerns.map((c) => ({
      text: `How likely is it for ${subject} that ${c.risk}?`,
      evidence: "issue trackers and people who run it",
      changes: `whether to ${c.action}`,
      given: false,
    })),
  ];
  return [...asked, ...context, ...derived].slice(0, Math.max(most, asked.length + context.length));
}

function questions(task: Task): Draft {
  const subject = subjectOf(task);
  const known = domainOf(task);
  const list = questionsOf(task);
  return {
    title: `Research questions: ${subject}`,
    body: sections(
      section(
        "Decision that it serves",
        `Which of ${optionsOf(task, known).join(", ")} to take for ${subject}, and under which conditions.`,
      ),
      upstreamOf(task).length > 0 &&
        section("Known from before", bullets([...upstreamOf(task).map((u) => u.title), ...findingsOf(task)])),
      section(
        "Questions",
        table(
          ["no.", "question", "evidence that answers it", "what the answer changes", "from"],
          list.map((q, i) => [`Q${i + 1}`, q.text, q.evidence, q.changes, q.given ? "given" : "derived"]),
        ),
      ),
      section(
        "Method",
        numbered([
          "answer the questions that can rule out an option first",
          "write the expected answer before looking",
          "two kinds of evidence for each answer that decides",
          `stop when no open question can change the decision, or after ${textOf(task, "depth") === "deep" ? "ten" : "three"} days`,
        ]),
      ),
      section(
        "Terms to define",
        bullets([...new Set([...criteriaOf(task, known).slice(0, 3), ...known.measures.slice(0, 2)])]),
      ),
      section(
        "Out of scope",
        bullets([
          "prices that change by the week",
          `anything that ${subject} does not need in the first year`,
        ]),
      ),
    ),
    data: {
      topic: rawSubject(task),
      domain: known.id,
      questions: list.map((q, i) => ({ id: `Q${i + 1}`, ...q })),
      options: [...optionsOf(task, known)],
      criteria: [...criteriaOf(task, known)],
    },
  };
}

function findings(task: Task): Draft {
  const known = domainOf(task);
  const options = optionsOf(task, known);
  const criteria = criteriaOf(task, known);
  const list = questionsOf(task);
  return {
    title: `Findings: ${subjectOf(task)}`,
    body: sections(
      "No source was read for this draft: every cell is **unknown** until someone fills it with evidence. Nothing here is a citation.",
      section(
        "Answers",
        table(
          ["question", "state", "hypothesis", "would be refuted by"],
          list.map((q, i) => [
            `Q${i + 1} ${q.text}`,
            "unknown",
            known.concerns[i % known.concerns.length]!.action,
            `evidence that ${known.concerns[i % known.concerns.length]!.risk} does not happen here`,
          ]),
        ),
      ),
      section(
        "Comparison to fill",
        table(
          ["option", ...criteria],
          options.map((o) => [o, ...criteria.map(() => "unknown")]),
        ),
      ),
      section(
        "Where to look",
        table(
          ["kind of source", "look for", "good for"],
          SOURCES.map((s) => [s.kind, `${s.find}, on ${subjectOf(task)}`, s.trust]),
        ),
      ),
    ),
    data: {
      matrix: options.map((option) => ({
        option,
        cells: Object.fromEntries(criteria.map((c) => [c, "unknown"])),
      })),
      established: 0,
      unknown: list.length,
    },
  };
}

function synthesis(task: Task): Draft {
  const known = domainOf(task);
  const options = optionsOf(task, known);
  const criteria = criteriaOf(task, known);
  const subject = subjectOf(task);
  return {
    title: `Conclusion: ${subject}`,
    body: sections(
      upstreamOf(task).length > 0 &&
        `Drawn from ${upstreamOf(task)
          .map((u) => `"${u.title}"`)
          .join(", ")}.`,
      section(
        "Hypothesis (not established)",
        `Begin with the option that is cheapest to leave again, **${options[0]}**, and measure it on ${criteria.slice(0, 2).join(" and ")}; change to ${options[1] ?? "another"} when it misses the target there.`,
      ),
      section(
        "Strongest argument against",
        `${known.concerns.find((c) => c.priority === "P0")?.risk ?? known.concerns[0]!.risk}: if this holds, what is cheapest to leave may be dearest to keep.`,
      ),
      section(
        "Unknown, and the cheapest experiment",
        table(
          ["unknown", "experiment", "time"],
          criteria
            .slice(0, 4)
            .map((c) => [
              c,
              `${options.slice(0, 2).join(" and ")} on one day of our own data, judged by ${known.measures[0]}`,
              "1 day",
            ]),
        ),
      ),
      section(
        "Next three steps",
        numbered([
          `agree targets for ${criteria.slice(0, 3).join(", ")}`,
          "run the first experiment and keep its code",
          "decide, or name what is still missing",
        ]),
      ),
    ),
    data: {
      hypothesis: options[0] ?? null,
      established: false,
      experiments: criteria.slice(0, 4).map((c) => ({ about: c, days: 1 })),
    },
    claims: [{ subject: `first option for ${known.id}`, value: options[0] ?? null }],
  };
}
