import { escalationOf } from "../../plan/alternatives.ts";
import type { PlanBudget } from "../../plan/budget.ts";
import type { AgentNode, Bound, GroupNode, Plan, PlanNode } from "../../plan/plan.ts";
import { formatSpan } from "../../shared/quantity.ts";
import { HUMAN } from "../../templates/template.ts";
import { otherwiseText } from "./asking-text.ts";
import { budgetsText, usdText } from "./budget-text.ts";
import { phases } from "./phase-text.ts";
import { routeText } from "./route-text.ts";
import { columns, counted, fitted, type Paint } from "./style.ts";

/** Lines of a plan's tree, and of its schedule, that are printed; the rest is counted. */
const TREE_LINES = 400;
const SCHEDULE_LINES = 40;
const LEVEL_PATHS = 6;
/** The bars of the schedule, where a terminal leaves room for them; and its times. */
const BAR_CELLS = 32;
const BAR_LEAST = 10;
const TIME_CELLS = 9;
const ROUTES = 12;

/** A plan for people: the tree with its agents, then levels, bounds, critical path and schedule. */
export function planText(plan: Plan, budgets: readonly PlanBudget[], paint: Paint, width?: number): string {
  const agents = plan.nodes.filter((node) => node.kind === "agent").length;
  const head =
    `${paint("bold", `Plan ${plan.id}`)}  ${counted(plan.roots.length, "statement")}, ${counted(agents, "agent")}` +
    `, ${counted(plan.levels.length, "level")}, about ${formatSpan(plan.schedule.makespanMs)}`;
  return `${[
    head,
    tree(plan, paint, width),
    ...phases(plan, paint),
    ...routes(plan, paint),
    levels(plan, paint, width),
    bounds(plan, paint),
    ...budgetsText(budgets, paint),
    critical(plan, paint),
    schedule(plan, paint, width),
  ].join("\n\n")}\n`;
}

function tree(plan: Plan, paint: Paint, width: number | undefined): string {
  const nodes = new Map(plan.nodes.map((node) => [node.path, node]));
  const rows: (readonly string[])[] = [];
  const visit = (paths: readonly string[], indent: string, top: boolean): void => {
    paths.forEach((path, index) => {
      const node = nodes.get(path)!;
      const last = index === paths.length - 1;
      const branch = top ? "" : last ? "└─ " : "├─ ";
      if (rows.length < TREE_LINES) rows.push(treeRow(node, `${indent}${branch}`));
      visit(node.children, top ? "" : `${indent}${last ? "   " : "│  "}`, false);
    });
  };
  visit(plan.roots, "", true);
  const hidden = plan.nodes.length - rows.length;
  const text = columns(rows, { width, cuts: true });
  return hidden > 0
    ? `${text}\n${paint("dim", `... and ${hidden} more nodes; --output json shows them all`)}`
    : text;
}

function treeRow(node: PlanNode, indent: string): readonly string[] {
  const name = node.path.slice(node.path.lastIndexOf("/") + 1);
  if (node.kind === "agent") return [`${indent}${name}`, doerText(node), agentCosts(node)];
  return [`${indent}${name}`, [groupWork(node), groupRules(node)].filter((part) => part !== "").join(", ")];
}

function agentCosts(node: AgentNode): string {
  const { durationMs, resources, retry, when, minConfidence, alternatives = [], fallback } = node;
  const rules = [
    formatSpan(durationMs),
    `${resources.cpu} cpu`,
    `${resources.memoryMb} MB`,
    ...(retry.attempts > 1 ? [`${retry.attempts} attempts`] : []),
    ...(when === undefined ? [] : [`when ${fitted(when, 40)}`]),
    ...(escalationOf(node) ? [`asks on below ${minConfidence!.toFixed(2)}`] : []),
    ...alternatives.map((one) => `else ${doerText(one)}`),
    ...(fallback ? [alternatives.length > 0 ? "else a constant" : "has a fallback"] : []),
    ...asking(node),
  ];
  return rules.join(", ");
}

function doerText({ agent, performer, model }: Pick<AgentNode, "agent" | "performer" | "model">): string {
  return `${agent} by ${performer}${model === undefined ? "" : ` ${model}`}`;
}

/** Whether a person is asked, and what happens when nobody decides. */
function asking({ performer, approve, ask }: AgentNode): readonly string[] {
  if (performer !== HUMAN && !approve) return [];
  const until = ask?.deadline;
  const otherwise = until ? `; after ${formatSpan(until.withinMs)}: ${otherwiseText(until.default)}` : "";
  return [`${performer === HUMAN ? "asks a person" : "asks for approval"}${otherwise}`];
}

function groupWork(node: GroupNode): string {
  const subject = subjectOf(node);
  const template = node.role === "command" ? (node.template ?? "") : "";
  const copies = node.forEach ? `one ${node.forEach.template.agent} for each ${node.forEach.variable}` : "";
  return [node.kind, template, subject === undefined ? "" : JSON.stringify(fitted(subject, 48)), copies]
    .filter((part) => part !== "")
    .join(" ");
}

function groupRules({ kind, children, successThreshold, when, role }: GroupNode): string {
  const rules = [
    ...(kind === "fork" && children.length > 0
      ? [`${children.length} at once, ${Math.round(successThreshold * 100)}% must succeed`]
      : []),
    ...(role === "siblings" ? ["ready siblings"] : []),
    ...(when === undefined ? [] : [`when ${fitted(when, 40)}`]),
  ];
  return rules.join(", ");
}

/** What a command is about: the first of its parameters that is a text. */
export function subjectOf(node: PlanNode): string | undefined {
  if (node.kind === "agent" || !node.scope) return undefined;
  const texts = Object.values(node.scope.parameters).filter((value) => typeof value === "string");
  return texts.find((text) => text !== "");
}

/** Where there was a choice: for each way in which a step was given to somebody, its first agent, and why. */
function routes({ nodes }: Plan, paint: Paint): readonly string[] {
  const found = new Map<string, { readonly node: AgentNode; count: number }>();
  for (const node of nodes) {
    const agent = node.kind === "agent" ? node : node.forEach?.template;
    if (!agent?.routed) continue;
    const key = [agent.template, agent.step, agent.agent, agent.performer].join(" ");
    const known = found.get(key);
    if (known) known.count++;
    else found.set(key, { node: agent, count: 1 });
  }
  if (found.size === 0) return [];
  const shown = [...found.values()].slice(0, ROUTES).map(({ node, count }) => {
    const more = count > 1 ? ` and ${counted(count - 1, "more agent")}` : "";
    return `  ${node.path}${more}\n${routeText(node.agent, node.performer, node.routed!, "    ")}`;
  });
  const hidden = found.size - shown.length;
  const rest = hidden > 0 ? [`  ... and ${counted(hidden, "more step")}`] : [];
  return [[`${paint("bold", "Routes")} (who was given what, and why)`, ...shown, ...rest].join("\n")];
}

function levels({ levels: all }: Plan, paint: Paint, width: number | undefined): string {
  const rows = all.slice(0, SCHEDULE_LINES).map((paths, index) => {
    const more = paths.length - LEVEL_PATHS;
    const shown = paths.slice(0, LEVEL_PATHS).join(", ");
    return [String(index + 1), counted(paths.length, "agent"), more > 0 ? `${shown}, ${more} more` : shown];
  });
  const hidden = all.length - rows.length;
  const rest = hidden > 0 ? `\n  ... and ${counted(hidden, "more level")}` : "";
  return `${paint("bold", "Levels")} (each waits for the ones above)\n${columns(rows, { indent: "  ", right: [0, 1], width })}${rest}`;
}

function bounds({ bounds: all }: Plan, paint: Paint): string {
  const row = (name: string, bound: Bound, show: (value: number) => string): readonly string[] => [
    name,
    show(bound.atLeast),
    show(bound.expected),
    show(bound.atMost),
  ];
  const rows = [
    ["", "at least", "expected", "at most"],
    row("agents", all.agents, String),
    row("model calls", all.calls, String),
    row("tokens", all.tokens, String),
    row("cost", all.costMicros, usdText),
    row("time", all.wallMs, formatSpan),
  ];
  return `${paint("bold", "Bounds")}\n${columns(rows, { indent: "  ", right: [1, 2, 3] })}`;
}

function critical({ criticalPath, schedule: { entries } }: Plan, paint: Paint): string {
  const onPath = new Set(criticalPath);
  const ms = entries.reduce(
    (sum, { path, startMs, endMs }) => sum + (onPath.has(path) ? endMs - startMs : 0),
    0,
  );
  const shown =
    criticalPath.length > SCHEDULE_LINES
      ? [...criticalPath.slice(0, SCHEDULE_LINES), `... ${criticalPath.length - SCHEDULE_LINES} more`]
      : criticalPath;
  return `${paint("bold", "Critical path")} (${formatSpan(ms)})\n  ${shown.join("\n  -> ")}`;
}

function schedule(
  { schedule: { makespanMs, entries }, capacity }: Plan,
  paint: Paint,
  width: number | undefined,
): string {
  const shown = entries.slice(0, SCHEDULE_LINES);
  const beside = Math.max(...shown.map(({ path }) => path.length)) + 2 + TIME_CELLS + 2;
  const cells =
    width === undefined ? BAR_CELLS : Math.min(BAR_CELLS, Math.max(BAR_LEAST, width - beside - 2));
  const cell = (ms: number): number => Math.round((ms / Math.max(1, makespanMs)) * cells);
  const rows = shown.map(({ path, startMs, endMs }) => {
    const from = Math.min(cell(startMs), cells - 1);
    const bar = `${" ".repeat(from)}${"█".repeat(Math.max(1, cell(endMs) - from))}`;
    return [formatSpan(startMs), bar.padEnd(cells), path];
  });
  const hidden = entries.length - rows.length;
  const rest = hidden > 0 ? `\n  ... and ${counted(hidden, "more agent")}` : "";
  const limits = `${counted(capacity.agents, "agent")}, ${capacity.cpu} cpu and ${capacity.memoryMb} MB at once`;
  return `${paint("bold", "Schedule")} (${formatSpan(makespanMs)}; at most ${limits})\n${columns(rows, { indent: "  ", right: [0], width })}${rest}`;
}
