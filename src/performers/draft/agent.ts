import type { Task } from "../../actors/ports.ts";
import { recogniseDomain } from "./domains/recognise.ts";
import {
  contextLines,
  type Draft,
  type Drafters,
  rawSubject,
  subjectOf,
  textOf,
  upstreamOf,
} from "./drafting.ts";
import { findingsOf } from "./findings.ts";
import { bullets, fence, inline, numbered, section, sections, table } from "./markdown.ts";
import { slug } from "./names.ts";
import { foremost, type Standard, standardsFor } from "./standards.ts";

/** What usually goes wrong in the field that the role or its scope names; empty when the rules know no such field. */
function fieldRisks(task: Task): readonly string[] {
  const field = recogniseDomain(`${rawSubject(task)} ${textOf(task, "scope") ?? ""}`.replaceAll("_", " "));
  if (field.id === "generic") return [];
  return field.concerns.map((c) => `${c.priority} ${field.noun}: ${c.risk}`);
}

/** AGENT: charter, working checklists, tools and protocol. */
export const agentDrafters: Drafters = { charter, playbook, protocol, work };

type Level = "low" | "medium" | "high";
type Mode = "independent" | "cooperative" | "supervised";

const TOOLS: readonly {
  readonly tool: string;
  readonly use: string;
  readonly by: Readonly<Record<Level, string>>;
}[] = [
  {
    tool: "read files and earlier results",
    use: "evidence",
    by: { low: "allowed", medium: "allowed", high: "allowed" },
  },
  { tool: "search and analyse", use: "coverage", by: { low: "allowed", medium: "allowed", high: "allowed" } },
  {
    tool: "run read-only commands",
    use: "checks",
    by: { low: "asks first", medium: "allowed", high: "allowed" },
  },
  {
    tool: "write into its own folder",
    use: "reports, drafts",
    by: { low: "asks first", medium: "allowed", high: "allowed" },
  },
  {
    tool: "change files of others",
    use: "corrections",
    by: { low: "refused", medium: "asks first", high: "allowed" },
  },
  {
    tool: "reach the network",
    use: "advisories, documents",
    by: { low: "refused", medium: "asks first", high: "allowed" },
  },
  {
    tool: "start other agents",
    use: "delegation",
    by: { low: "refused", medium: "refused", high: "asks first" },
  },
  {
    tool: "release or delete",
    use: "operations",
    by: { low: "refused", medium: "refused", high: "asks first" },
  },
];

function levelOf(task: Task): Level {
  const level = textOf(task, "autonomy_level");
  return level === "low" || level === "high" ? level : "medium";
}

function modeOf(task: Task): Mode {
  const mode = textOf(task, "collaboration_mode");
  return mode === "independent" || mode === "supervised" ? mode : "cooperative";
}

function breadth(task: Task): number {
  const depth = textOf(task, "depth") ?? "";
  if (/compreh|deep|high|full/i.test(depth)) return Number.POSITIVE_INFINITY;
  return /low|quick|brief|shallow/i.test(depth) ? 3 : 6;
}

function standards(task: Task): readonly Standard[] {
  return standardsFor(task, rawSubject(task));
}

function charter(task: Task): Draft {
  const role = subjectOf(task);
  const used = standards(task);
  const field = textOf(task, "specialization");
  const asked = contextLines(task);
  const scope = asked.find((line) => line.name === "scope")?.text;
  const never = [
    "state what it has not seen in the material",
    levelOf(task) === "high"
      ? "release, delete or spend without asking"
      : "change what belongs to others without asking",
    "repeat secrets or personal data in a report",
  ];
  const mission = `As ${role}${field ? ` for ${inline(field)}` : ""}, find and prove what keeps ${scope ?? "the work handed over"} from meeting ${used.map((s) => s.name).join(", ")}, and say the smallest correction.`;
  return {
    title: `Charter: ${role}`,
    body: sections(
      section("Mission", mission),
      section(
        "Answers for",
        bullets(
          used.map(
            (s) =>
              `**${s.name}**: ${s.checks.length} checks, of which ${s.checks.filter((c) => c.severity === "P0").length} can block a release`,
          ),
        ),
      ),
      asked.length > 0 &&
        section(
          "Given context",
          table(
            ["name", "value", "what it changes"],
            asked.map((line) => [line.name, line.text, effectOf(line.name, used)]),
          ),
        ),
      upstreamOf(task).length > 0 &&
        section(
          "Starts from",
          bullets(upstreamOf(task).map((u) => u.title)),
          findingsOf(task).length > 0 && bullets(findingsOf(task).map((f) => `to verify: ${f}`)),
        ),
      section("Looks first at", bullets(fieldRisks(task))),
      section("Must never", bullets(never)),
      section("Outputs", table(["output", "form", "accepted when"], outputsOf(used))),
      section(
        "Judged by",
        bullets([
          "share of checks accounted for (target 100%)",
          "findings that others could show again (target above 90%)",
          "P0 findings that came to light later elsewhere (target 0)",
        ]),
      ),
    ),
    data: {
      role: rawSubject(task),
      mission,
      autonomy: levelOf(task),
      collaboration: modeOf(task),
      standards: used.map((s) => s.id),
      context: Object.fromEntries(asked.map((line) => [line.name, line.text])),
    },
    claims: [{ subject: `autonomy of ${slug(rawSubject(task), "agent")}`, value: levelOf(task) }],
  };
}

function outputsOf(used: readonly Standard[]): readonly (readonly string[])[] {
  return [
    [
      "findings",
      "table: severity, place, evidence, correction",
      "every row can be shown again by someone else",
    ],
    [
      "coverage",
      "list of checks done and not done",
      `all ${used.reduce((n, s) => n + s.checks.length, 0)} checks below are accounted for`,
    ],
    ["verdict", "one line", "follows from the findings alone"],
  ];
}

function effectOf(name: string, used: readonly Standard[]): string {
  if (/compliance|standard|framework|regulation/i.test(name))
    return `adds the checklists: ${used.map((s) => s.name).join(", ")}`;
  if (/scope|area|target/i.test(name)) return "what lies outside is reported, not worked on";
  if (/depth|level/i.test(name)) return "how many checks of each list are carried out";
  if (/deadline|time|budget/i.test(name)) return "P0 checks come first; the rest is reported as not done";
  return "is read before every check and quoted where it decides";
}

function playbook(task: Task): Draft {
  const most = breadth(task);
  const used = standards(task);
  const lists = used.map((standard) => ({
    ...standard,
    checks: foremost(standard, most),
  }));
  const scope = contextLines(task).find((line) => line.name === "scope")?.text;
  return {
    title: `Checklists: ${subjectOf(task)}`,
    body: sections(
      `${lists.reduce((n, l) => n + l.checks.length, 0)} checks${scope ? ` within ${scope}` : ""}; P0 first. In our own words: look into the standard itself before citing it.`,
      ...lists.map((list) =>
        section(
          list.name,
          table(
            ["check", "look at and how", "a finding when", "severity"],
            list.checks.map((c, i) => [`${list.id}-${i + 1}`, c.look, c.finding, c.severity]),
          ),
        ),
      ),
      section("Known to go wrong in this field", bullets(fieldRisks(task).map((risk) => `[ ] ${risk}`))),
      section(
        "For every finding",
        numbered([
          "place and date",
          "steps to show it again",
          "severity with the reason",
          "smallest correction",
          "who was told",
        ]),
      ),
    ),
    data: {
      checklists: lists.map((l) => ({
        id: l.id,
        name: l.name,
        checks: l.checks.map((c) => ({ look: c.look, finding: c.finding, severity: c.severity })),
      })),
    },
  };
}

function messagesOf(mode: Mode): readonly (readonly string[])[] {
  const own = [
    ["work.accepted", "agent", "task, checks planned", "-"],
    ["finding.raised", "agent", "severity, place, evidence, correction", "P0: 15 minutes, else 1 day"],
    ["work.reported", "agent", "findings, coverage, verdict", "-"],
  ];
  if (mode === "independent") return own;
  const peers = [
    ...own,
    ["finding.challenged", "peer", "finding, reason", "1 day"],
    ["finding.confirmed", "peer", "finding, shown again by", "-"],
  ];
  return mode === "cooperative"
    ? peers
    : [
        ...own,
        ["plan.submitted", "agent", "checks in order", "before work begins"],
        ["plan.approved", "supervisor", "plan, limits", "-"],
        ["work.stopped", "supervisor", "reason", "at once"],
      ];
}

/** Rules cannot act: what the agent would do stands here, and that nothing was done. */
function work(task: Task): Draft {
  const role = subjectOf(task);
  const wanted = textOf(task, "task") ?? "its task";
  const level = levelOf(task);
  const asks = { low: "before every call", medium: "before calls that change something", high: "never" }[
    level
  ];
  return {
    title: `Task of the ${role}: not done`,
    body: sections(
      section("Task", inline(wanted)),
      section(
        "Left to do",
        numbered([
          "Ask a model: by rules nothing is read, called or changed.",
          `Work through ${standards(task)
            .map(({ name }) => name)
            .join(", ")}, the most severe entries first.`,
          `Call only the tools that the step lists; a person is asked ${asks}.`,
        ]),
      ),
    ),
    data: { role: rawSubject(task), task: wanted, autonomy: level, done: false },
  };
}

function protocol(task: Task): Draft {
  const role = subjectOf(task);
  const level = levelOf(task);
  const mode = modeOf(task);
  const used = standards(task);
  const tools = TOOLS.map((t) => [t.tool, t.use, t.by[level]]);
  const escalates =
    mode === "independent"
      ? "the person who started the run"
      : mode === "supervised"
        ? "its supervisor"
        : "its peers first, then the orchestrator";
  const context = contextLines(task)
    .map((line) => `${line.name}: ${line.text}`)
    .join("; ");
  const system = `You are the ${role}. Work through the checklists ${used.map((s) => s.name).join(", ")}, P0 first. Autonomy is ${level}: ${
    tools
      .filter((t) => t[2] === "refused")
      .map((t) => t[0])
      .join(", ") || "nothing"
  } refused; ask before: ${
    tools
      .filter((t) => t[2] === "asks first")
      .map((t) => t[0])
      .join(", ") || "nothing"
  }. ${context === "" ? "" : `Context: ${context}. `}Report only what you have seen, each finding with place, evidence, severity and the smallest correction. Name what you did not look at. Escalate P0 findings at once to ${escalates}.`;
  const name = slug(rawSubject(task), "agent");
  return {
    title: `Tools and protocol: ${role}`,
    body: sections(
      section(`Tools at ${level} autonomy`, table(["tool", "for", "decision"], tools)),
      section(`Messages (${mode})`, table(["message", "sender", "fields", "answer due"], messagesOf(mode))),
      section(
        "Escalates",
        bullets([
          `a P0 finding, a conflict between sources or a refusal of access: to ${escalates}`,
          level === "low" ? "any step that the charter does not name" : "any step outside its scope",
        ]),
      ),
      section(
        "Stops when",
        bullets([
          "every check is done or named as not done",
          "the time or budget is used up: reports what it has",
          "it is told to stop: within one step",
        ]),
      ),
      section("System prompt", fence("text", system)),
    ),
    data: {
      tools: tools.map(([tool, use, decision]) => ({ tool: tool!, use: use!, decision: decision! })),
      messages: messagesOf(mode).map((m) => m[0]!),
      escalatesTo: escalates,
      system,
    },
    artifacts: [
      {
        path: `agents/${name}.yaml`,
        // JSON strings are YAML strings, so no free text can leave its place.
        content: `name: ${name.replaceAll("-", "_")}\ndescription: ${JSON.stringify(role)}\ncapabilities: ${JSON.stringify(used.map((s) => s.id))}\nperformers: [model, draft]\ntemperature: ${level === "high" ? 0.4 : 0.2}\nsystem: ${JSON.stringify(system)}\n`,
        mediaType: "application/yaml",
      },
    ],
  };
}
