import type { Task } from "../../actors/ports.ts";
import { parseSpanMs } from "../../shared/quantity.ts";
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
import { bullets, inline, numbered, section, sections, table } from "./markdown.ts";

/** OPTIMIZE: how to measure, what may help, in which order to try it. */
export const optimizeDrafters: Drafters = { baseline, hypotheses, experiments };

const HOW: readonly {
  readonly pattern: RegExp;
  readonly define: string;
  readonly load: string;
  readonly statistic: string;
  readonly wrong: string;
  readonly side: string;
}[] = [
  {
    pattern: /laten|p99|p95|time|speed|duration|delay/i,
    define: "from when the request was due to its last byte",
    load: "fixed arrival rate at 70% of the known ceiling",
    statistic: "p50, p95, p99 of 5 runs; median of the runs",
    wrong: "timing from when it was sent hides the queue",
    side: "performance",
  },
  {
    pattern: /throughput|rps|requests|ops|per_s/i,
    define: "completed and correct answers per second",
    load: "arrival rate raised by a tenth every minute",
    statistic: "highest rate with p99 in bounds, 3 runs",
    wrong: "counting refusals as answers",
    side: "scalability",
  },
  {
    pattern: /mem|heap|rss|bytes|size/i,
    define: "resident memory of the process",
    load: "constant load for an hour",
    statistic: "median of the last ten minutes, and the slope",
    wrong: "reading before garbage was collected",
    side: "performance",
  },
  {
    pattern: /cost|money|price/i,
    define: "money per thousand operations, all parts",
    load: "a day of recorded traffic",
    statistic: "sum divided by operations, 3 days",
    wrong: "leaving out idle time",
    side: "scalability",
  },
  {
    pattern: /error|fail|avail|uptime/i,
    define: "share of operations that were refused or wrong",
    load: "recorded traffic with one fault injected",
    statistic: "share with its interval, 5 runs",
    wrong: "retries that hide failures",
    side: "reliability",
  },
];
const OTHER = {
  define: "one figure, written down before the first run",
  load: "the recorded main use",
  statistic: "median and spread of 5 runs",
  wrong: "a figure that can improve while users see no change",
  side: "performance",
};

function metricsOf(task: Task): readonly string[] {
  const metrics = listOf(task, "metrics");
  return metrics.length > 0 ? metrics : ["latency_p99", "throughput", "memory"];
}

function howTo(metric: string): Omit<(typeof HOW)[number], "pattern"> {
  return HOW.find((h) => h.pattern.test(metric)) ?? OTHER;
}

function baseline(task: Task): Draft {
  const subject = subjectOf(task);
  const known = domainOf(task);
  return {
    title: `Measurement plan: ${subject}`,
    body: sections(
      textOf(task, "goal") && section("Goal", inline(textOf(task, "goal")!, 200)),
      upstreamOf(task).length > 0 &&
        section("What is optimised", bullets(upstreamOf(task).map((u) => u.title))),
      section(
        "Measurements",
        table(
          ["metric", "definition", "load", "statistic", "made wrong by"],
          metricsOf(task).map((m) => [m, howTo(m).define, howTo(m).load, howTo(m).statistic, howTo(m).wrong]),
        ),
      ),
      section("Also watched", bullets(known.measures)),
      section(
        "Guards",
        bullets([
          ...listOf(task, "constraints").map((c) => `must not get worse: ${c}`),
          ...contextLines(task).map((line) => `${line.name} = ${line.text} stays as it is`),
          "all tests pass before and after each change",
        ]),
      ),
      section(
        "Rules",
        numbered([
          "same machine, nothing else on it; before and after in turns",
          "a difference below twice the spread of the baseline is no difference",
          "every figure is kept with the commit it belongs to",
        ]),
      ),
    ),
    data: {
      target: rawSubject(task),
      metrics: metricsOf(task).map((m) => ({
        name: m,
        definition: howTo(m).define,
        statistic: howTo(m).statistic,
      })),
      goal: textOf(task, "goal") ?? null,
    },
  };
}

type Hypothesis = {
  readonly id: string;
  readonly change: string;
  readonly cause: string;
  readonly metric: string;
  readonly effect: number;
  readonly confidence: number;
  readonly days: number;
  readonly score: number;
};

function hypothesesOf(task: Task): readonly Hypothesis[] {
  const known = domainOf(task);
  const metrics = metricsOf(task);
  const sideMetric = (side: string): string => metrics.find((m) => howTo(m).side === side) ?? metrics[0]!;
  const found = findingsOf(task)
    .slice(0, 4)
    .map((text) => ({
      change: text,
      cause: "found in earlier work",
      metric: metrics[0]!,
      effect: 6,
      confidence: 0.5,
      days: 2,
    }));
  const fromDomain = known.concerns.map((c) => ({
    change: c.action,
    cause: c.risk,
    metric: sideMetric(c.side),
    effect: c.impact,
    confidence: c.feasibility / 10,
    days: c.effort,
  }));
  const common = [
    {
      change: "measure where the time goes with a profiler on the real load",
      cause: "the greatest cost is not where it is suspected",
      metric: metrics[0]!,
      effect: 7,
      confidence: 0.8,
      days: 1,
    },
    {
      change: "do the repeated part once and keep its result",
      cause: "the same work is done again for the same input",
      metric: metrics[0]!,
      effect: 6,
      confidence: 0.6,
      days: 2,
    },
    {
      change: "group small calls into one",
      cause: "fixed cost for each call",
      metric: metrics[1] ?? metrics[0]!,
      effect: 6,
      confidence: 0.5,
      days: 2,
    },
  ];
  return [...found, ...fromDomain, ...common]
    .map((h) => ({ ...h, score: Math.round((h.effect * h.confidence * 100) / h.days) / 100 }))
    .sort((a, b) => b.score - a.score || (a.change < b.change ? -1 : 1))
    .slice(0, 10)
    .map((h, index) => ({ id: `H${index + 1}`, ...h }));
}

function hypotheses(task: Task): Draft {
  const list = hypothesesOf(task);
  return {
    title: `Hypotheses: ${subjectOf(task)}`,
    body: sections(
      "Score = effect (1-10) x confidence (0-1) / effort (person-days). Effects are estimates of the rules until the measurement says otherwise.",
      section(
        "Ranked",
        table(
          ["id", "change", "cause it removes", "metric", "effect", "confidence", "days", "score"],
          list.map((h) => [h.id, h.change, h.cause, h.metric, h.effect, h.confidence, h.days, h.score]),
        ),
      ),
      section(
        "Refuted when",
        bullets(list.slice(0, 5).map((h) => `${h.id}: ${h.metric} moves by less than twice its noise`)),
      ),
    ),
    data: { formula: "effect x confidence / days", hypotheses: list.map((h) => ({ ...h })) },
  };
}

function experiments(task: Task): Draft {
  const budgetMs = parseSpanMs(textOf(task, "budget") ?? "5d") ?? 5 * 86_400_000;
  // A working day of the budget is a calendar day of the span.
  const days = Math.max(1, Math.floor(budgetMs / 86_400_000));
  const guards = listOf(task, "constraints");
  let used = 0;
  const list = hypothesesOf(task);
  const fits = list.filter((h) => {
    if (used + h.days > days) return false;
    used += h.days;
    return true;
  });
  const later = list.filter((h) => !fits.includes(h));
  return {
    title: `Experiments: ${subjectOf(task)}`,
    body: sections(
      `${fits.length} experiments in ${used} of ${days} days, by score.`,
      section(
        "In order",
        table(
          ["no.", "one change", "measured by", "kept when", "guard", "time box"],
          fits.map((h, i) => [
            i + 1,
            h.change,
            h.metric,
            "better by more than twice the noise",
            guards[0] ?? "no other metric worse by its noise",
            `${h.days} d`,
          ]),
        ),
      ),
      later.length > 0 &&
        section("Does not fit the budget", bullets(later.map((h) => `${h.id} ${h.change} (${h.days} d)`))),
      section(
        "Stop when",
        bullets([
          textOf(task, "goal")
            ? `the goal is met: ${inline(textOf(task, "goal")!)}`
            : "the first target is met on three runs",
          "two experiments in a row change nothing",
          "the budget is used up",
        ]),
      ),
    ),
    data: { days, used, experiments: fits.map((h) => h.id), later: later.map((h) => h.id) },
  };
}
