import type { Task } from "../../actors/ports.ts";
import type { Artifact } from "../../plan/outcome.ts";
import { objectsIn } from "../../shared/json.ts";
import { file } from "./code/code-brief.ts";
import { codeBrief, frameworkNote, languageOf, printerOf } from "./code/language.ts";
import { refusalsOf, type Sketch } from "./code/sketch.ts";
import { aNoun } from "./domains/domain.ts";
import { recogniseDomain } from "./domains/recognise.ts";
import {
  contextLines,
  type Draft,
  type Drafters,
  rawSubject,
  stepData,
  subjectOf,
  upstreamOf,
} from "./drafting.ts";
import { bullets, fence, numbered, section, sections, table } from "./markdown.ts";
import { commentText } from "./names.ts";
import { foremost, standardsFor } from "./standards.ts";

/** CODE: design, the scaffold itself, a review of it by its own figures. */
export const codeDrafters: Drafters = { design, generate, review };

/** What a further agent on the same scaffold looks at, by its number. */
const EMPHASES: readonly {
  readonly name: string;
  readonly side: "security" | "performance" | "reliability" | "scalability";
}[] = [
  { name: "failure modes", side: "reliability" },
  { name: "security notes", side: "security" },
  { name: "performance notes", side: "performance" },
  { name: "growth notes", side: "scalability" },
];

function invariants(sketch: Sketch): readonly string[] {
  return [
    ...sketch.settings.map((s) => `the setting ${s.name} (${s.value}) holds after every call: ${s.doc}`),
    ...sketch.stores.map(
      (s) =>
        `every ${s.record} in "${s.name}" stands under one key; a refused call changes nothing but its counters`,
    ),
    "time comes in as an argument, so the same calls give the same results",
  ];
}

function design(task: Task): Draft {
  const brief = codeBrief(task);
  const { sketch } = brief;
  const language = languageOf(task);
  const printer = printerOf(task);
  const known = recogniseDomain(rawSubject(task));
  const files = [...printer.files(brief), ...printer.tests(brief)].map((f) => f.path);
  const demands = demandsOf(task);
  const body = sections(
    `What is designed is ${aNoun(known)} in ${printer.title}${frameworkNote(task)}, complexity ${brief.complexity}.`,
    upstreamOf(task).length > 0 && section("Built on", bullets(upstreamOf(task).map((u) => u.title))),
    section(
      "Responsibilities",
      bullets(known.parts.map((p) => `**${p.name}**: ${p.duty}`)),
      `Not its task: who calls it, and where its state rests; it keeps everything in memory behind one class, \`${brief.className}\`.`,
    ),
    section(
      "Types",
      fence(
        "",
        sketch.records.map((r) => `${r.name} { ${r.fields.map(printer.field).join(", ")} }`).join("\n"),
      ),
    ),
    section(
      "Operations",
      table(
        ["operation", "what it does"],
        sketch.operations.map((o) => [`\`${printer.signature(o)}\``, o.doc]),
      ),
    ),
    section("Invariants", bullets(invariants(sketch).map((text, index) => `I${index + 1}: ${text}`))),
    section(
      "Errors",
      table(
        ["code", "when"],
        refusalsOf(sketch).map((r) => [`\`${r.code}\``, r.message]),
      ),
    ),
    demands.length > 0 && section("Demands of the context", bullets(demands)),
    section("Files", bullets(files.map((path) => `\`${path}\``))),
  );
  return {
    title: `Design of ${subjectOf(task)}`,
    body,
    data: {
      language,
      domain: known.id,
      className: brief.className,
      operations: sketch.operations.map(printer.signature),
      errors: refusalsOf(sketch).map((r) => r.code),
      files,
    },
    claims: [{ subject: `language of ${brief.slug}`, value: language }],
  };
}

/** What the undeclared context demands of the code, with the checks of the standards that it names. */
function demandsOf(task: Task): readonly string[] {
  const lines = contextLines(task);
  if (lines.length === 0) return [];
  const checks = standardsFor(task, "")
    .filter((s) => s.id !== "role")
    .flatMap((s) => foremost(s, 3).map((c) => `${s.name}: ${c.look}`));
  return [...lines.map((line) => `${line.name}: ${line.text}`), ...checks];
}

function readme(task: Task, files: readonly Artifact[]): Artifact {
  const brief = codeBrief(task);
  const printer = printerOf(task);
  const command = (text: string): string => text.replace("PACKAGE", brief.snake);
  const demands = demandsOf(task);
  return file(`${brief.slug}/README.md`, [
    `# ${brief.title}`,
    "",
    "> Draft made by rules, without a model: a working in-memory core to build on, not a finished product.",
    "",
    ...brief.sketch.operations.map((o) => `- \`${printer.signature(o)}\`: ${o.doc}`),
    "",
    "```sh",
    ...(brief.framework ? [printer.install] : []),
    `${command(printer.run)}    # shows: ${brief.sketch.scenarios[0]?.title ?? "a first use"}`,
    `${command(printer.test)}`,
    "```",
    "",
    ...(frameworkNote(task).includes("not known")
      ? [
          `The framework asked for${frameworkNote(task)}: call the operations of \`${brief.className}\` from its handlers.`,
          "",
        ]
      : []),
    ...(brief.sketch.settings.length > 0
      ? ["Settings:", "", ...brief.sketch.settings.map((s) => `- \`${s.name}\` = ${s.value}: ${s.doc}`), ""]
      : []),
    ...(demands.length > 0
      ? ["To be shown before release:", "", ...demands.map((text) => `- [ ] ${commentText(text, 160)}`), ""]
      : []),
    "What is left to you: a store that survives a restart, identity of the callers, and the limits of your own load.",
    "",
    `Files: ${files.map((f) => f.path.slice(brief.slug.length + 1)).join(", ")}.`,
  ]);
}

function emphasis(task: Task): Artifact | undefined {
  const replica = task.replica;
  if (!replica || replica.index === 0) return undefined;
  const brief = codeBrief(task);
  const { name, side } = EMPHASES[(replica.index - 1) % EMPHASES.length]!;
  const round = Math.floor((replica.index - 1) / EMPHASES.length);
  const concerns = recogniseDomain(rawSubject(task)).concerns.filter((c) => c.side === side);
  return file(`${brief.slug}/docs/${name.replace(" ", "-")}${round > 0 ? `-${round + 1}` : ""}.md`, [
    `# ${brief.title}: ${name}`,
    "",
    "> Draft made by rules, without a model.",
    "",
    ...concerns.map((c) => `- ${c.priority}: ${c.risk}. ${c.action[0]!.toUpperCase()}${c.action.slice(1)}.`),
    "",
    "| operation | refused with | looked at for |",
    "| --- | --- | --- |",
    ...brief.sketch.operations.map(
      (o) =>
        `| ${o.name} | ${
          refusalsOf({ ...brief.sketch, operations: [o] })
            .map((r) => r.code)
            .join(", ") || "nothing"
        } | ${side} |`,
    ),
  ]);
}

function generate(task: Task): Draft {
  const brief = codeBrief(task);
  const language = languageOf(task);
  const printer = printerOf(task);
  const printed = printer.files(brief);
  const own = emphasis(task);
  const artifacts = [...printed, readme(task, printed), ...(own ? [own] : [])];
  const shown = printed.filter((f) => /service\.\w+$|model\.\w+$/.test(f.path));
  const body = sections(
    `${artifacts.length} files in ${printer.title}${frameworkNote(task)}, with ${brief.sketch.operations.length} working operations.` +
      (task.replica
        ? ` This is agent ${task.replica.index + 1} of ${task.replica.count} on the same scaffold${own ? `; its own part is \`${own.path}\`` : ""}.`
        : ""),
    task.steps.design && `It follows "${upstreamOf(task)[0]?.title ?? "the design"}".`,
    section(
      "Files",
      table(
        ["file", "lines"],
        artifacts.map((f) => [`\`${f.path}\``, f.content.split("\n").length - 1]),
      ),
    ),
    ...shown.map((f) => `### ${f.path}\n\n${fence(language, f.content)}`),
    section(
      "Run and test",
      fence("sh", `cd ${brief.slug}\n${printer.run.replace("PACKAGE", brief.snake)}\n${printer.test}`),
    ),
    section(
      "Next",
      numbered([
        `put a lasting store behind ${brief.sketch.stores.map((s) => s.name).join(" and ")}`,
        ...recogniseDomain(rawSubject(task))
          .concerns.filter((c) => c.priority === "P0")
          .map((c) => c.action),
      ]),
    ),
  );
  return {
    title: `Scaffold of ${subjectOf(task)}`,
    body,
    data: {
      language,
      className: brief.className,
      folder: brief.slug,
      operations: brief.sketch.operations.map(printer.signature),
      files: artifacts.map((f) => f.path),
    },
    artifacts,
    claims: [{ subject: `language of ${brief.slug}`, value: language }],
  };
}

function review(task: Task): Draft {
  const brief = codeBrief(task);
  const subject = subjectOf(task);
  const known = recogniseDomain(rawSubject(task));
  const tested = new Set(
    brief.sketch.scenarios.flatMap((s) =>
      s.steps.flatMap((step) => (step.kind === "expect" ? [] : [step.operation])),
    ),
  );
  const refused = new Set(
    brief.sketch.scenarios.flatMap((s) =>
      s.steps.flatMap((step) => (step.kind === "refuse" ? [step.code] : [])),
    ),
  );
  const untestedOps = brief.sketch.operations.filter((o) => !tested.has(o.name)).map((o) => o.name);
  const untestedCodes = refusalsOf(brief.sketch)
    .filter((r) => !refused.has(r.code))
    .map((r) => r.code);
  const generated = objectsIn(stepData(task, "generate").files).length;
  const rows: (string | number)[][] = [
    ...known.concerns.map((c) => [c.priority, c.side, c.risk, c.action]),
    [
      "P1",
      "durability",
      "all state is lost when the process ends",
      "put a store behind the class; its tests stay the same",
    ],
    ...(untestedOps.length > 0
      ? [["P2", "tests", `no scenario calls ${untestedOps.join(", ")}`, "add one each"]]
      : []),
    ...(untestedCodes.length > 0
      ? [["P2", "tests", `no scenario is refused with ${untestedCodes.join(", ")}`, "add one each"]]
      : []),
    ...demandsOf(task).map((text) => [
      "P1",
      "context",
      `not shown yet: ${text}`,
      "add a check that can fail",
    ]),
  ];
  rows.sort((a, b) => String(a[0]).localeCompare(String(b[0])));
  const p0 = rows.filter((row) => row[0] === "P0").length;
  return {
    title: `Review of ${subject}`,
    body: sections(
      `Read: ${
        upstreamOf(task)
          .map((u) => `"${u.title}"`)
          .join(", ") || "the scaffold's own plan"
      }${generated > 0 ? ` (${generated} files)` : ""}. The rules know the scaffold that they print; they have not read code from elsewhere.`,
      section("Findings", table(["severity", "side", "what is missing", "smallest correction"], rows)),
      section(
        "Covered",
        `${tested.size} of ${brief.sketch.operations.length} operations and ${refused.size} of ${refusalsOf(brief.sketch).length} refusals are exercised by the scenarios.`,
      ),
      section("Verdict", `accept once ${p0} P0 between this scaffold and production are corrected.`),
    ),
    data: {
      verdict: "accept with corrections",
      findings: rows.map(([severity, side, what, correction]) => ({
        severity: severity!,
        side: side!,
        what: what!,
        correction: correction!,
      })),
      operationsCovered: tested.size,
      refusalsCovered: refused.size,
    },
  };
}
