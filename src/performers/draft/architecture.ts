import type { Task } from "../../actors/ports.ts";
import { componentsOf, diagram, type Edge, edgesOf, styleOf } from "./architecture-parts.ts";
import {
  contextLines,
  type Draft,
  type Drafters,
  domainOf,
  listOf,
  previousOf,
  rawSubject,
  subjectOf,
  upstreamOf,
} from "./drafting.ts";
import { bullets, numbered, section, sections, table } from "./markdown.ts";
import { slug } from "./names.ts";

/** ARCHITECTURE: structure, decisions, risks. */
export const architectureDrafters: Drafters = { structure, decisions, risks };

function structure(task: Task): Draft {
  const subject = subjectOf(task);
  const components = componentsOf(task);
  const { style, why } = styleOf(task, components);
  const edges = edgesOf(components, style);
  const asked = contextLines(task);
  const running = components.filter((c) => c.runs);
  const body = sections(
    `Style: **${style}** (${why}). ${components.length} components, ${components.filter((c) => c.origin === "given").length} of them given.`,
    previousOf(task).length > 0 && section("Follows from", bullets(previousOf(task).map((u) => u.title))),
    section(
      "Components",
      table(
        ["component", "responsibility", "owns", "scales by", "from"],
        components.map((c) => [
          c.name,
          c.duty,
          c.runs ? c.domain.noun : "nothing",
          c.runs ? (c.domain.concerns.find((k) => k.side === "scalability")?.action ?? "replicas") : "-",
          c.origin,
        ]),
      ),
    ),
    section(
      "Interfaces",
      table(
        ["from", "to", "protocol", "operation", "when it fails"],
        edges.map((e) => [e.from, e.to, e.how, e.operation, e.failing]),
      ),
    ),
    section(
      "Operations of the components",
      ...running
        .filter((c) => c.operations.length > 0)
        .map((c) => `**${c.name}**\n\n${bullets(c.operations.map((o) => `\`${o}\``))}`),
    ),
    section("Data flow", ...flows(edges)),
    section("Diagram", diagram(components, edges)),
    section(
      "Must hold",
      bullets([...listOf(task, "constraints"), ...asked.map((line) => `${line.name}: ${line.text}`)]),
    ),
  );
  return {
    title: `Architecture of ${subject}`,
    body,
    data: {
      style,
      components: components.map((c) => ({
        name: c.name,
        duty: c.duty,
        domain: c.domain.id,
        origin: c.origin,
        operations: [...c.operations],
        runs: c.runs,
      })),
      interfaces: edges.map((e) => ({ from: e.from, to: e.to, protocol: e.how, operation: e.operation })),
    },
    claims: [{ subject: `style of ${slug(rawSubject(task), "system")}`, value: style }],
    artifacts: [
      {
        path: `${slug(rawSubject(task), "system")}/architecture.md`,
        content: `# Architecture of ${subject}\n\n> Draft made by rules, without a model.\n\n${body}\n`,
        mediaType: "text/markdown",
      },
    ],
  };
}

function decisions(task: Task): Draft {
  const records = [...commonRecords(task), ...ownRecords(task)].slice(0, 6);
  return {
    title: `Decisions for ${subjectOf(task)}`,
    body: sections(
      upstreamOf(task).length > 0 &&
        `For ${upstreamOf(task)
          .map((u) => `"${u.title}"`)
          .join(", ")}.`,
      ...records.map((r, i) =>
        section(
          `ADR ${i + 1}. ${r.title}`,
          `Context: ${r.context}.`,
          `Decision: ${r.choice}.`,
          `Alternatives:\n\n${bullets(r.others.map(([o, reason]) => `${o}: ${reason}`))}`,
          `Revisit when: ${r.revisit}.`,
        ),
      ),
    ),
    data: {
      decisions: records.map((r, i) => ({
        id: `ADR-${i + 1}`,
        title: r.title,
        decision: r.choice,
        alternatives: r.others.map(([o]) => o!),
        revisit: r.revisit,
      })),
    },
  };
}

/** The main request step by step, as it should go and with one part down. */
function flows(edges: readonly Edge[]): readonly string[] {
  const flow = (label: string, last: string): string =>
    `**${label}**\n\n${numbered(["the caller sends the request with its identity and a correlation id", ...edges.slice(0, 4).map((e) => `${e.from} -> ${e.to}: ${e.operation}; when it fails: ${e.failing}`), last])}`;
  return [
    flow("The main request", "the answer goes back the same way; the access log has one line"),
    flow(
      "The same request while one part is down",
      "the caller gets a partial answer or a refusal with a code, never a wait without end",
    ),
  ];
}

type DecisionRecord = {
  readonly title: string;
  readonly context: string;
  readonly choice: string;
  readonly others: readonly (readonly string[])[];
  readonly revisit: string;
};

/** The decisions that every system of several parts has to make. */
function commonRecords(task: Task): readonly DecisionRecord[] {
  const components = componentsOf(task);
  const { style, why } = styleOf(task, components);
  const known = domainOf(task);
  const order = listOf(task, "quality_attributes").join(", ") || "availability, latency, security, cost";
  return [
    {
      title: `Style: ${style}`,
      context: `${components.length} components; ${why}`,
      choice: `build as ${style}`,
      others: [
        ["one deployable without modules", "parts could not be owned apart"],
        [
          style === "microservices" ? "modular monolith" : "microservices",
          style === "microservices"
            ? "parts are to be released at their own pace"
            : "a network between parts costs before it pays",
        ],
      ],
      revisit: "two parts are always released together, or one cannot be",
    },
    {
      title: "Each part owns its data",
      context: `the first quality attributes are ${order}`,
      choice: "no part reads another's store; it asks, or listens to facts",
      others: [
        ["one shared database", "a change of its schema stops everyone"],
        ["a copy in each part", "nobody knows which is right"],
      ],
      revisit: "a question needs data of more than three parts on every request",
    },
    {
      title: "Failure is part of each interface",
      context: known.concerns.find((c) => c.side === "reliability")?.risk ?? "a part fails",
      choice: known.concerns.find((c) => c.side === "reliability")?.action ?? "timeouts and breakers",
      others: [
        ["retries alone", "they multiply the load when it hurts most"],
        ["waiting", "one slow part stops all"],
      ],
      revisit: "breakers open in normal operation",
    },
  ];
}

/** The decisions that the domain and the context add. */
function ownRecords(task: Task): readonly DecisionRecord[] {
  const known = domainOf(task);
  return [
    ...(known.options.length > 1
      ? [
          {
            title: `Base: ${known.options[0]}`,
            context: `ways: ${known.options.join(", ")}`,
            choice: `${known.options[0]} first, behind an interface`,
            others: known.options
              .slice(1, 3)
              .map((o) => [
                o,
                `to be compared by ${known.criteria.slice(0, 2).join(" and ")} before it is bound in`,
              ]),
            revisit: `the measured ${known.measures[0]} misses its target`,
          },
        ]
      : []),
    ...contextLines(task)
      .slice(0, 2)
      .map((line) => ({
        title: `${line.name}: ${line.text}`,
        context: "it is demanded from outside",
        choice: `make "${line.text}" a check in CI and an owner's task`,
        others: [
          ["a document only", "nobody notices when it stops being true"],
          ["a review at the end", "corrections are dearest there"],
        ],
        revisit: "the demand changes",
      })),
  ];
}

function risks(task: Task): Draft {
  const components = componentsOf(task);
  const edges = edgesOf(components, styleOf(task, components).style);
  const level = { P0: 4, P1: 3, P2: 2 } as const;
  const seen = new Set<string>();
  const rows = [
    ...components
      .filter((c) => c.runs)
      .flatMap((c) =>
        c.domain.concerns.map((k) => ({
          where: c.origin === "given" ? c.name : k.side,
          what: k.risk,
          noticed: c.domain.measures[0] ?? "an alarm",
          mitigation: k.action,
          likelihood: level[k.priority],
          impact: Math.ceil(k.impact / 2),
        })),
      ),
    ...edges.map((e) => ({
      where: `${e.from} -> ${e.to}`,
      what: `${e.to} does not answer`,
      noticed: "share of calls past their timeout",
      mitigation: e.failing,
      likelihood: 3,
      impact: 3,
    })),
  ]
    .filter((r) => !seen.has(r.where + r.what) && seen.add(r.where + r.what))
    .map((r) => ({ ...r, product: r.likelihood * r.impact }))
    .sort((a, b) => b.product - a.product)
    .slice(0, 20);
  return {
    title: `Risks of ${subjectOf(task)}`,
    body: sections(
      section(
        "Risks",
        table(
          ["where", "what fails", "noticed by", "mitigation", "likelihood", "impact", "product"],
          rows.map((r) => [r.where, r.what, r.noticed, r.mitigation, r.likelihood, r.impact, r.product]),
        ),
      ),
      section(
        "Experiments to run first",
        numbered(
          rows
            .slice(0, 3)
            .map((r) => `bring about "${r.what}" at ${r.where} in a test environment and watch ${r.noticed}`),
        ),
      ),
    ),
    data: { risks: rows },
  };
}
