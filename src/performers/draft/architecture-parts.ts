import type { Task } from "../../actors/ports.ts";
import { isJsonObject, type JsonObject, objectsIn } from "../../shared/json.ts";
import { operationsNamed } from "./code/language.ts";
import type { Domain } from "./domains/domain.ts";
import { recogniseDomain } from "./domains/recognise.ts";
import { describe, domainOf, rawSubject, stepData, textOf, valueNamed } from "./drafting.ts";
import { fence, inline, mermaidLabel, titleOf } from "./markdown.ts";

/** A part of a system, as it was given or as its domain has it. */
export type Component = {
  readonly name: string;
  readonly duty: string;
  readonly operations: readonly string[];
  readonly domain: Domain;
  readonly origin: "given" | "derived";
  /** Whether it runs; tests and documents do not. */
  readonly runs: boolean;
};

/** The name of a component in a result's title: "Scaffold of API gateway" gives "API gateway". */
function componentName(value: string): string {
  const title = titleOf(value);
  const bare = title.replace(
    /^(?:(?:CODE|TEST|DEPLOY|DOCUMENT|RESEARCH|AGENT|ROADMAP|OPTIMIZE|ARCHITECTURE|CHAIN)\b[\s:·-]*|(?:Design|Scaffold|Review|Deployment|Conclusion|Test plan|Test files|Charter|Roadmap|Answer)(?: of|:)\s+)+/i,
    "",
  );
  return bare === "" ? title : bare;
}

/** A component as an earlier step settled it. */
function componentFrom(settled: JsonObject): Component {
  const name = inline(describe(settled.name ?? "component"), 80);
  const operations = Array.isArray(settled.operations)
    ? settled.operations.map((o) => inline(String(o), 100))
    : [];
  return {
    name,
    duty: inline(describe(settled.duty ?? ""), 160),
    operations,
    domain: recogniseDomain(name),
    origin: settled.origin === "given" ? "given" : "derived",
    runs: settled.runs !== false,
  };
}

/** The components given, each with what its own document says; else the parts of the topic's domain. */
export function componentsOf(task: Task): readonly Component[] {
  const given = valueNamed(task, "components");
  const settled = objectsIn(stepData(task, "structure").components);
  if (settled.length > 0) return settled.slice(0, 40).map(componentFrom);
  // A value whose answer this step does not wait for is null.
  const values = Array.isArray(given) ? given.filter((value) => value !== null).slice(0, 40) : [];
  const named = values.map((value): Component => {
    const text = typeof value === "string" ? value : isJsonObject(value) ? describe(value) : String(value);
    const name = componentName(text);
    const domain = recogniseDomain(name);
    const isTest = /\btests?\b|\bsuite\b/i.test(name);
    return {
      name,
      duty: isTest ? "shows that the others work together" : (domain.parts[0]?.duty ?? "its own task"),
      operations: operationsIn(text, name),
      domain,
      origin: "given",
      runs: !isTest && !/\bmanifests?\b|\bdocument/i.test(name),
    };
  });
  if (named.length > 0) return named;
  const known = domainOf(task);
  return known.parts.map(
    (p): Component => ({
      name: p.name,
      duty: p.duty,
      operations: [],
      domain: known,
      origin: "derived",
      runs: true,
    }),
  );
}

/** Operations named in a component's document, as signatures; else those of its own kind. */
function operationsIn(text: string, name: string): readonly string[] {
  const found = [...text.slice(0, 200_000).matchAll(/`([a-z]\w*\([^`\n]*\) -> [^`\n]+)`/g)].map((m) =>
    inline(m[1]!, 100),
  );
  if (found.length > 0) return [...new Set(found)].slice(0, 6);
  return operationsNamed(name).slice(0, 4);
}

/** The style given, else one by the words of the topic. */
export function styleOf(
  task: Task,
  components: readonly Component[],
): { readonly style: string; readonly why: string } {
  const given = textOf(task, "style");
  if (given) return { style: inline(given.replaceAll("_", " "), 40), why: "given" };
  const topic = rawSubject(task).toLowerCase();
  if (/microservice|distributed|platform/.test(topic))
    return { style: "microservices", why: "the topic speaks of several services" };
  if (/event|stream|queue|notification/.test(topic))
    return { style: "event driven", why: "the topic speaks of events" };
  if (/pipeline|etl|compiler|parser/.test(topic))
    return { style: "pipeline", why: "the topic speaks of stages" };
  return {
    style: "modular monolith",
    why: `${components.length} parts can be released together until one needs another pace`,
  };
}

/** One way between two components, by name. */
export type Edge = {
  readonly from: string;
  readonly to: string;
  readonly how: string;
  readonly operation: string;
  readonly failing: string;
};

/** Requests enter at the gateway (or the first part) and go on to the others; lookups and facts are told apart by kind. */
export function edgesOf(components: readonly Component[], style: string): readonly Edge[] {
  const running = components.filter((c) => c.runs);
  const entry = running.find((c) => c.domain.id === "gateway") ?? running[0];
  const registry = running.find((c) => c.domain.id === "registry");
  if (!entry) return [];
  const how =
    style === "event driven"
      ? "event"
      : style === "modular monolith" || style === "layered" || style === "pipeline"
        ? "call in process"
        : "HTTP, JSON";
  const edges: Edge[] = [];
  let before = entry;
  for (const part of running) {
    if (part === entry) continue;
    const from = style === "pipeline" || part.origin === "derived" ? before : entry;
    edges.push({
      from: from.name,
      to: part.name,
      how,
      operation: part.operations[0] ?? part.duty,
      failing:
        part === registry
          ? "go on with the last known answer, marked stale"
          : `time out, open a breaker, answer without ${part.name}`,
    });
    before = part;
  }
  for (const part of running) {
    if (registry && part !== registry && part !== entry)
      edges.push({
        from: part.name,
        to: registry.name,
        how,
        operation: "register and heartbeat",
        failing: "register again after a pause",
      });
  }
  return edges;
}

/** A Mermaid flowchart of the components. */
export function diagram(components: readonly Component[], edges: readonly Edge[]): string {
  const key = (name: string): string => `c${components.findIndex((c) => c.name === name)}`;
  const others = components.filter((c) => !c.runs);
  return fence(
    "mermaid",
    [
      "flowchart LR",
      '  user(["caller"])',
      ...components.map(
        (c, i) => `  c${i}${c.runs ? "[" : "[/"}"${mermaidLabel(c.name)}"${c.runs ? "]" : "/]"}`,
      ),
      ...(edges[0] ? [`  user --> ${key(edges[0].from)}`] : components.length > 0 ? ["  user --> c0"] : []),
      ...edges.map((e) => `  ${key(e.from)} -->|"${mermaidLabel(e.how, 20)}"| ${key(e.to)}`),
      ...others.map((c) => `  ${key(c.name)} -.-> ${edges[0] ? key(edges[0].from) : "user"}`),
    ].join("\n"),
  );
}
