import { formatSpan } from "../../shared/quantity.ts";
import type { AnalyticsReport } from "../analytics/analytics.ts";
import type { WorkFigures } from "../analytics/tally.ts";
import { columns, counted, type Paint } from "./style.ts";

/** An analytics report for people: the runs, then templates and agents in tables, then what may be worth changing. */
export function analyticsText(report: AnalyticsReport, paint: Paint): string {
  const { runs, unread, templates, agents, work, answers, recommendations } = report;
  const lost = Object.entries(unread);
  const statuses = Object.entries(runs.byStatus).map(([status, count]) => `${count} ${status}`);
  const rows = [
    ["runs", [counted(runs.ended, "run"), ...statuses].join(", ")],
    ["success", percent(runs.successRate)],
    ["time", `mean ${span(runs.meanMs)}, p95 ${span(runs.p95Ms)}`],
    ["in use", `${percent(runs.slotsUsed)} of the agent slots, ${percent(runs.coresUsed)} of the cores`],
    ["useful", `${percent(work.efficiency)} of ${formatSpan(work.workedMs)} of work`],
    ...(work.calls > 0
      ? [["models", `${counted(work.calls, "call")}, ${work.tokens} tokens, ${money(work)}`]]
      : []),
    ...(lost.length > 0 ? [["unread", lost.map(([code, count]) => `${count} ${code}`).join(", ")]] : []),
  ];
  const sections = [columns(rows)];
  if (templates.length > 0)
    sections.push(
      table(
        ["TEMPLATE", "COMMANDS", "SUCCESS", "MEAN", "P95", ...WORK_HEADS],
        templates.map(({ template, commands, ...figures }) => [
          template,
          String(commands.ended),
          percent(commands.successRate),
          span(commands.meanMs),
          span(commands.p95Ms),
          ...workCells(figures),
        ]),
        paint,
      ),
    );
  if (agents.length > 0)
    sections.push(
      table(
        ["AGENT", "BY", "SUCCESS", "MEAN", "P95", "WAIT", ...WORK_HEADS],
        agents.map(({ agent, performer, ...figures }) => [
          agent,
          performer,
          percent(figures.successRate),
          span(figures.meanMs),
          span(figures.p95Ms),
          span(figures.meanWaitMs),
          ...workCells(figures),
        ]),
        paint,
      ),
    );
  if (answers.length > 0)
    sections.push(
      table(
        ["ANSWERS BY", "MODEL", "CONFIDENCE", "CHECKED", "SAID", "TOLD", "RIGHT", "ERROR SAID", "ERROR TOLD"],
        answers.map((one) => [
          `${one.agent} (${one.performer})`,
          one.model ?? "-",
          one.source,
          String(one.checked),
          ...[one.said, one.told, one.right, one.brierSaid, one.brierTold].map((value) => value.toFixed(2)),
        ]),
        paint,
      ),
    );
  if (recommendations.length > 0)
    sections.push(
      [
        paint("bold", "WORTH A LOOK"),
        ...recommendations.map(({ rule, about, text }) => `${rule}  ${about}: ${text}`),
      ].join("\n"),
    );
  return `${sections.join("\n\n")}\n`;
}

/** Heads of columns that hold names. */
const TEXTS: readonly string[] = ["TEMPLATE", "AGENT", "BY", "ANSWERS BY", "MODEL", "CONFIDENCE"];

const WORK_HEADS = ["AGENTS", "CACHED", "USEFUL", "CORE H", "COST"];

function workCells(figures: WorkFigures): string[] {
  return [
    String(figures.agents),
    String(figures.cached),
    percent(figures.efficiency),
    figures.coreHours.toFixed(2),
    figures.calls > 0 ? money(figures) : "",
  ];
}

function table(head: readonly string[], rows: readonly (readonly string[])[], paint: Paint): string {
  const right = head.flatMap((name, index) => (TEXTS.includes(name) ? [] : [index]));
  const [first = "", ...rest] = columns([head, ...rows], { right }).split("\n");
  return [paint("bold", first), ...rest].join("\n");
}

function percent(share: number | null): string {
  return share === null ? "-" : `${(share * 100).toFixed(1)}%`;
}

function span(ms: number | null): string {
  return ms === null ? "-" : formatSpan(ms);
}

function money({ costMicros }: WorkFigures): string {
  return `$${(costMicros / 1_000_000).toFixed(4)}`;
}
