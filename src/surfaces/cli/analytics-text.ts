import { formatSpan } from "../../shared/quantity.ts";
import type { AnalyticsReport } from "../analytics/analytics.ts";
import type { WorkFigures } from "../analytics/tally.ts";
import { fittedTable } from "./fitted-table.ts";
import { columns, counted, type Paint } from "./style.ts";

/**
 * An analytics report for people: the runs, then templates and agents in tables, then what may be worth changing. `width`: of the
 * terminal, in columns; absent: no limit.
 */
export function analyticsText(report: AnalyticsReport, paint: Paint, width = Infinity): string {
  const { sinceMs, runs, unread, templates, agents, answers, recommendations } = report;
  if (runs.ended === 0) {
    const since = sinceMs === null ? "yet" : `since ${new Date(sinceMs).toISOString()}`;
    const none = `no run of this folder has ended ${since}`;
    return `${[none, ...unreadRows(unread).map((row) => row.join("  "))].join("\n")}\n`;
  }
  const form = { paint, width, names: NAMES, spare: SPARE };
  const sections = [columns(summary(report), { width })];
  if (templates.length > 0)
    sections.push(
      fittedTable(
        ["TEMPLATE", "COMMANDS", "SUCCESS", "MEAN", "P95", ...WORK_HEADS],
        templates.map(({ template, commands, ...figures }) => [
          template,
          String(commands.ended),
          percent(commands.successRate),
          span(commands.meanMs),
          span(commands.p95Ms),
          ...workCells(figures),
        ]),
        form,
      ),
    );
  if (agents.length > 0)
    sections.push(
      fittedTable(
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
        form,
      ),
    );
  if (answers.length > 0)
    sections.push(
      fittedTable(
        ["ANSWERS BY", "MODEL", "CONFIDENCE", "CHECKED", "SAID", "TOLD", "RIGHT", "ERROR SAID", "ERROR TOLD"],
        answers.map((one) => [
          `${one.agent} (${one.performer})`,
          one.model ?? "-",
          one.source,
          String(one.checked),
          ...[one.said, one.told, one.right, one.brierSaid, one.brierTold].map((value) => value.toFixed(2)),
        ]),
        form,
      ),
    );
  if (recommendations.length > 0)
    sections.push(
      [
        paint("bold", "WORTH A LOOK"),
        columns(
          recommendations.map(({ rule, about, text }) => [rule, `${about}: ${text}`]),
          { width },
        ),
      ].join("\n"),
    );
  return `${sections.join("\n\n")}\n`;
}

function summary({ runs, unread, work }: AnalyticsReport): readonly string[][] {
  const statuses = Object.entries(runs.byStatus).map(([status, count]) => `${count} ${status}`);
  return [
    ["runs", [counted(runs.ended, "run"), ...statuses].join(", ")],
    ["success", percent(runs.successRate)],
    ["time", `mean ${span(runs.meanMs)}, p95 ${span(runs.p95Ms)}`],
    ["in use", `${percent(runs.slotsUsed)} of the agent slots, ${percent(runs.coresUsed)} of the cores`],
    ["useful", `${percent(work.efficiency)} of ${formatSpan(work.workedMs)} of work`],
    ...(work.calls > 0
      ? [["models", `${counted(work.calls, "call")}, ${work.tokens} tokens, ${money(work)}`]]
      : []),
    ...unreadRows(unread),
  ];
}

function unreadRows(unread: AnalyticsReport["unread"]): readonly string[][] {
  const lost = Object.entries(unread).map(([code, count]) => `${count} ${code}`);
  return lost.length > 0 ? [["unread", lost.join(", ")]] : [];
}

const NAMES = ["TEMPLATE", "AGENT", "BY", "ANSWERS BY", "MODEL", "CONFIDENCE"];
/** What a narrow terminal does without, the first to go first. */
const SPARE = ["CORE H", "CACHED", "ERROR SAID", "ERROR TOLD", "USEFUL", "SAID", "WAIT", "P95"];

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

function percent(share: number | null): string {
  return share === null ? "-" : `${(share * 100).toFixed(1)}%`;
}

function span(ms: number | null): string {
  return ms === null ? "-" : formatSpan(ms);
}

function money({ costMicros }: WorkFigures): string {
  return `$${(costMicros / 1_000_000).toFixed(4)}`;
}
