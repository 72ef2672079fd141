import type { Task } from "../../actors/ports.ts";
import { parseSpanMs } from "../../shared/quantity.ts";
import { firstDay } from "./dates.ts";
import { aNoun, type Concern } from "./domains/domain.ts";
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
import { bullets, fence, mermaidLabel, numbered, section, sections, table } from "./markdown.ts";
import { slug } from "./names.ts";
import { depthOf, phaseSketches, sentence, widthOf } from "./roadmap-phases.ts";
import { orderViolations, type Phase, schedulePhases } from "./roadmap-schedule.ts";

const WEEKS: Readonly<Record<string, number>> = { short: 6, medium: 13, long: 52 };
const WEEK_MS = 604_800_000;
/** The longest plan, in working days (20 years). */
const LONGEST_DAYS = 5_200;

/** ROADMAP: scope, dated phases, the final document. */
export const roadmapDrafters: Drafters = { scope, phases, roadmap };

/** Working days of the plan: from the timeline's word or span. */
export function planDays(task: Task): number {
  const timeline = textOf(task, "timeline") ?? "medium";
  const spanMs = parseSpanMs(timeline);
  const weeks = spanMs === undefined ? (WEEKS[timeline] ?? 13) : spanMs / WEEK_MS;
  return Math.min(LONGEST_DAYS, Math.max(1, Math.round(weeks * 5)));
}

/** The phases of a task, made from its parameters, its context and what is known upstream. */
export function planOf(task: Task): readonly Phase[] {
  const days = planDays(task);
  const most = Math.max(1, Math.floor(days / 2));
  const sketches = phaseSketches(task);
  // A plan of a few days keeps its first and last phases and drops what does not fit between.
  const kept =
    sketches.length <= most
      ? sketches
      : most === 1
        ? sketches.slice(-1)
        : [...sketches.slice(0, most - 1), sketches.at(-1)!];
  const items =
    days >= kept.length * 4 ? kept : kept.map((sketch) => ({ ...sketch, items: sketch.items.slice(0, 2) }));
  const narrow =
    days < items.length * 2 ? items.map((sketch) => ({ ...sketch, items: sketch.items.slice(0, 1) })) : items;
  return schedulePhases(narrow, listOf(task, "resources"), firstDay(task), days);
}

function scope(task: Task): Draft {
  const subject = subjectOf(task);
  const known = domainOf(task);
  const asked = contextLines(task);
  const outcomes = known.measures.slice(0, widthOf(task) + 1);
  const findings = findingsOf(task);
  const body = sections(
    section(
      "Goal",
      `${subject} is finished when its ${known.noun} meets the outcomes below under real use, within ${planDays(task)} working days.`,
    ),
    section(
      "Outcomes",
      numbered(
        outcomes.map(
          (measure) =>
            `**${sentence(measure)}**: baseline measured in the first phase, target agreed before design ends.`,
        ),
      ),
    ),
    section(
      "Constraints and assumptions",
      bullets([
        `given: timeline ${textOf(task, "timeline") ?? "medium"} (${planDays(task)} working days), depth ${depthOf(task)}`,
        ...(listOf(task, "resources").length > 0
          ? [`given: owners ${listOf(task, "resources").join(", ")}`]
          : ["assumed: owners are named before the first phase ends"]),
        ...asked.map((line) => `given: ${line.name} = ${line.text}`),
        `assumed: it is a kind of ${known.noun} (recognised from the topic's words)`,
      ]),
    ),
    findings.length > 0 && section("Taken over from earlier work", numbered(findings)),
    section(
      "Out of scope",
      bullets([
        `replacing anything that ${subject} only talks to`,
        `more than one of: ${known.options.join(", ")}`,
        "migration of old data, unless an outcome names it",
      ]),
    ),
  );
  return {
    title: `Scope of ${subject}`,
    body,
    data: {
      goal: subject,
      domain: known.id,
      outcomes,
      constraints: asked.map((line) => `${line.name}: ${line.text}`),
      findings: [...findings],
    },
  };
}

function phaseData(task: Task, phases: readonly Phase[]): Draft["data"] {
  const items = phases.flatMap((phase) => phase.items);
  return {
    topic: rawSubject(task),
    start: phases[0]!.start,
    end: phases.at(-1)!.end,
    workingDays: planDays(task),
    phases: phases.map(({ id, name, start, end, dependsOn, exit }) => ({
      id,
      name,
      start,
      end,
      dependsOn: [...dependsOn],
      exit,
    })),
    items: items.map((item) => ({ ...item, dependsOn: [...item.dependsOn] })),
    milestones: phases.map((phase) => ({ name: `${phase.name} ends`, date: phase.end, check: phase.exit })),
    orderViolations: [...orderViolations(phases)],
  };
}

function gantt(title: string, phases: readonly Phase[]): string {
  const key = (id: string): string => id.toLowerCase().replace(".", "_");
  return fence(
    "mermaid",
    [
      "gantt",
      `  title ${mermaidLabel(title, 60)}`,
      "  dateFormat YYYY-MM-DD",
      "  inclusiveEndDates",
      "  excludes weekends",
      ...phases.flatMap((phase) => [
        `  section ${mermaidLabel(phase.name)}`,
        ...phase.items.map(
          (item) =>
            `  ${mermaidLabel(item.title, 50).replace(/[,.]/g, "")} :${key(item.id)}, ${item.start}, ${item.end}`,
        ),
      ]),
    ].join("\n"),
  );
}

function itemTable(phases: readonly Phase[]): string {
  return table(
    ["id", "phase", "work item", "depends on", "owner", "start", "end", "done when"],
    phases.flatMap((phase) =>
      phase.items.map((item) => [
        item.id,
        phase.name,
        item.title,
        item.dependsOn.join(", ") || "nothing",
        item.owner,
        item.start,
        item.end,
        item.doneWhen,
      ]),
    ),
  );
}

function milestones(phases: readonly Phase[]): string {
  return bullets(phases.map((phase) => `**${phase.end}**: ${phase.name} ends. Check: ${phase.exit}.`));
}

function phases(task: Task): Draft {
  const plan = planOf(task);
  const from = upstreamOf(task).map((u) => `"${u.title}"`);
  return {
    title: `Phases of ${subjectOf(task)}`,
    body: sections(
      from.length > 0 && `Built on ${from.join(", ")}.`,
      section("Work items", itemTable(plan)),
      section("Gantt", gantt(rawSubject(task), plan)),
      section("Milestones", milestones(plan)),
      section(
        "Check of the order",
        `${orderViolations(plan).length} of ${plan.flatMap((p) => p.items).length} items begin before what they depend on has ended.`,
      ),
    ),
    data: phaseData(task, plan),
    claims: [{ subject: `end of roadmap ${slug(rawSubject(task), "roadmap")}`, value: plan.at(-1)!.end }],
  };
}

function roadmap(task: Task): Draft {
  const plan = planOf(task);
  const subject = subjectOf(task);
  const known = domainOf(task);
  const findings = findingsOf(task);
  const risk = (c: Concern): (string | number)[] => [
    c.risk,
    c.side,
    c.priority === "P0" ? 4 : 3,
    Math.ceil(c.impact / 2),
    sentence(c.action),
  ];
  const risks = [
    ...known.concerns.map(risk),
    [
      `the scope of ${subject} grows after the design`,
      "planning",
      4,
      3,
      "Every addition names what it replaces",
    ],
  ];
  const body = sections(
    section(
      "Summary",
      `${subject}: ${plan.length} phases from **${plan[0]!.start}** to **${plan.at(-1)!.end}** (${planDays(task)} working days asked). ${findings.length > 0 ? `${findings.length} findings of earlier work are planned in.` : `Recognised as ${aNoun(known)}.`}`,
    ),
    contextLines(task).length > 0 &&
      section("Asked for", bullets(contextLines(task).map((line) => `${line.name}: ${line.text}`))),
    section(
      "Phases",
      ...plan.map(
        (phase) =>
          `### ${phase.id} ${phase.name} (${phase.start} to ${phase.end})\n\n${bullets(phase.items.map((item) => `${item.id} ${item.title} (${item.owner}, ${item.start} to ${item.end})`))}\n\nExit: ${phase.exit}.`,
      ),
    ),
    section("Gantt", gantt(rawSubject(task), plan)),
    section("Milestones", milestones(plan)),
    section("Risks", table(["risk", "side", "likelihood", "impact", "answer"], risks.slice(0, 5))),
    section(
      "To decide in the first two weeks",
      bullets([
        `which way: ${known.options.join(", ")}`,
        `targets for: ${known.measures.join(", ")}`,
        ...(listOf(task, "resources").length === 0 ? ["who owns each work item"] : []),
      ]),
    ),
  );
  const folder = slug(rawSubject(task), "roadmap");
  const data = phaseData(task, plan);
  return {
    title: `Roadmap: ${subject}`,
    body,
    data: { ...data, risks: risks.slice(0, 5).map((r) => String(r[0])) },
    claims: [{ subject: `end of roadmap ${slug(rawSubject(task), "roadmap")}`, value: plan.at(-1)!.end }],
    artifacts: [
      {
        path: `${folder}/roadmap.md`,
        content: `# Roadmap: ${subject}\n\n> Draft made by rules, without a model.\n\n${body}\n`,
        mediaType: "text/markdown",
      },
      {
        path: `${folder}/roadmap.json`,
        content: `${JSON.stringify(data, null, 2)}\n`,
        mediaType: "application/json",
      },
    ],
  };
}
