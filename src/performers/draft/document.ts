import type { Task } from "../../actors/ports.ts";
import { codeBrief, printerOf } from "./code/language.ts";
import { refusalsOf } from "./code/sketch.ts";
import {
  contextLines,
  type Draft,
  type Drafters,
  domainOf,
  listOf,
  previousOf,
  rawSubject,
  subjectOf,
  textOf,
  type Upstream,
  upstreamOf,
} from "./drafting.ts";
import { bullets, inline, numbered, section, sections, table } from "./markdown.ts";
import { slug } from "./names.ts";

/** DOCUMENT: an outline, then the text with what the material says. */
export const documentDrafters: Drafters = { outline, text };

const AIMS: Readonly<Record<string, { readonly can: string; readonly before: string }>> = {
  users: { can: "do the main task and know what to do when it is refused", before: "nothing but the task" },
  developers: {
    can: "call every operation, handle every refusal and change it safely",
    before: "the language and the build",
  },
  operators: {
    can: "bring it up, see that it is well, and bring it back when it is not",
    before: "the platform it runs on",
  },
  managers: { can: "decide what to fund next, with its risks", before: "what it is for" },
};

type Part = { readonly title: string; readonly question: string; readonly lines: readonly string[] };

function audienceOf(task: Task): string {
  const audience = textOf(task, "audience") ?? "developers";
  return Object.hasOwn(AIMS, audience) ? audience : "developers";
}

function partsOf(task: Task): readonly Part[] {
  const subject = subjectOf(task);
  const known = domainOf(task);
  const { sketch } = codeBrief(task);
  const audience = audienceOf(task);
  const wanted = listOf(task, "sections").map((title) => ({
    title,
    question: `What must ${audience} know of ${title}?`,
    lines: [
      ...matching(task, title),
      ...known.parts.filter((p) => shares(p.name + p.duty, title)).map((p) => `${p.name}: ${p.duty}`),
    ],
  }));
  const what = {
    title: `What ${subject} is`,
    question: "What is it for, and what is it not?",
    lines: known.parts.map((p) => `**${p.name}**: ${p.duty}`),
  };
  const material = previousOf(task).map((u) => ({
    title: u.title,
    question: `What does "${u.title}" settle?`,
    lines: essence(u),
  }));
  const printer = printerOf(task);
  const operations = {
    title: "Operations",
    question: "What can be asked of it?",
    lines: sketch.operations.map((o) => `\`${printer.signature(o)}\`: ${o.doc}`),
  };
  const refusals = {
    title: "When it refuses",
    question: "What does each refusal mean and what helps?",
    lines: refusalsOf(sketch).map((r) => `\`${r.code}\`: ${r.message}`),
  };
  const running = {
    title: "Running it",
    question: "How does one see that it is well?",
    lines: known.measures.map((m) => `watch ${m}`),
  };
  const risks = {
    title: "Risks and what is done",
    question: "What can go wrong?",
    lines: known.concerns.map((c) => `${c.priority}: ${c.risk}. Answer: ${c.action}.`),
  };
  const choices = {
    title: "Choices",
    question: "Which ways are there?",
    lines: [`ways: ${known.options.join(", ")}`, `judged by: ${known.criteria.join(", ")}`],
  };
  const context = contextLines(task).map((line) => `${line.name}: ${line.text}`);
  const asked =
    context.length > 0
      ? [{ title: "What it must meet", question: "Which demands come from outside?", lines: context }]
      : [];
  const byAudience: Record<string, readonly Part[]> = {
    users: [what, ...asked, ...material, operations, refusals],
    developers: [what, ...asked, ...material, operations, refusals, risks],
    operators: [what, ...asked, ...material, running, refusals, risks],
    managers: [what, ...asked, choices, ...material, risks],
  };
  return [...wanted, ...byAudience[audience]!];
}

function shares(text: string, title: string): boolean {
  const words = title.toLowerCase().match(/[a-z]{4,}/g) ?? [];
  return words.some((word) => text.toLowerCase().includes(word));
}

function matching(task: Task, title: string): readonly string[] {
  return previousOf(task)
    .flatMap((u) => u.view.output.slice(0, 100_000).split("\n"))
    .filter(
      (line) =>
        line.length > 20 &&
        line.length < 300 &&
        !line.startsWith("#") &&
        !line.startsWith(">") &&
        shares(line, title),
    )
    .slice(0, 5)
    .map((line) => inline(line.replace(/^[-*|\s]+/, ""), 200));
}

/** The headings of a result and its first bullets: what it says, in its own words. */
function essence(upstream: Upstream): readonly string[] {
  const lines = upstream.view.output.slice(0, 100_000).split("\n");
  const headings = lines
    .filter((line) => /^##? /.test(line))
    .slice(1, 6)
    .map((line) => inline(line.replace(/^#+ /, ""), 80));
  const points = lines
    .filter((line) => /^\s*(?:[-*]|\d+[.)]) /.test(line))
    .slice(0, 5)
    .map((line) => inline(line.replace(/^\s*(?:[-*]|\d+[.)]) /, ""), 160));
  const artifacts = upstream.view.artifacts.slice(0, 12).map((a) => `\`${inline(a.path)}\``);
  return [
    ...(headings.length > 0 ? [`covers: ${headings.join("; ")}`] : []),
    ...points,
    ...(artifacts.length > 0 ? [`files: ${artifacts.join(", ")}`] : []),
  ];
}

function outline(task: Task): Draft {
  const audience = audienceOf(task);
  const parts = partsOf(task);
  const aim = AIMS[audience]!;
  return {
    title: `Outline: ${subjectOf(task)}`,
    body: sections(
      `A ${inline(textOf(task, "format") ?? "guide")} for ${audience}.`,
      section("After reading", `The reader can ${aim.can}.`),
      section("Before reading", `The reader knows ${aim.before}.`),
      section(
        "Sections",
        table(
          ["no.", "section", "question", "material"],
          parts.map((p, i) => [
            i + 1,
            p.title,
            p.question,
            p.lines.length > 0 ? `${p.lines.length} statements` : "missing",
          ]),
        ),
      ),
    ),
    data: {
      audience,
      format: textOf(task, "format") ?? "guide",
      sections: parts.map((p) => ({ title: p.title, question: p.question, statements: p.lines.length })),
    },
  };
}

function text(task: Task): Draft {
  const parts = partsOf(task);
  const subject = subjectOf(task);
  const audience = audienceOf(task);
  const steps = textOf(task, "format") === "tutorial" || textOf(task, "format") === "runbook";
  const missing = parts.filter((p) => p.lines.length === 0).map((p) => p.title);
  const body = sections(
    `For ${audience}. After reading you can ${AIMS[audience]!.can}.`,
    ...parts.map((p) =>
      section(
        p.title,
        `*${p.question}*`,
        p.lines.length > 0
          ? steps
            ? numbered(p.lines)
            : bullets(p.lines)
          : "Nothing was handed over on this; it has to be written by someone who knows it.",
      ),
    ),
    section(
      "What this text does not know",
      bullets([
        ...missing.map((title) => `material on "${title}"`),
        ...(upstreamOf(task).length <= 1 && previousOf(task).length === 0
          ? [
              "the real implementation: no result was handed over, the operations are those of the rules' own scaffold",
            ]
          : []),
        "figures of the running system",
      ]),
    ),
  );
  return {
    title: subject,
    body,
    data: {
      audience,
      sections: parts.map((p) => p.title),
      missing,
      sources: previousOf(task).map((u) => u.name),
    },
    artifacts: [
      {
        path: `docs/${slug(rawSubject(task), "document")}.md`,
        content: `# ${subject}\n\n> Draft made by rules, without a model.\n\n${body}\n`,
        mediaType: "text/markdown",
      },
    ],
  };
}
