import type { Task } from "../../actors/ports.ts";
import {
  actionsOf,
  concernsOf,
  dateOf,
  healthOf,
  mergedFrom,
  planSlots,
  project,
  readFrom,
  scoreOf,
  takenFrom,
} from "./chain-scores.ts";
import { aNoun, type Domain, SIDES, type Side } from "./domains/domain.ts";
import {
  contextLines,
  type Draft,
  type Drafter,
  type Drafters,
  domainOf,
  rawSubject,
  stepData,
  subjectOf,
} from "./drafting.ts";
import { findingsOf } from "./findings.ts";
import { bullets, inline, numbered, section, sections, table } from "./markdown.ts";
import { slug } from "./names.ts";

/** CHAIN: analysis, four sides at once, ranked actions, a plan by weeks and days, projected scores. */
export const chainDrafters: Drafters = {
  analyse,
  security: perspective("security"),
  performance: perspective("performance"),
  reliability: perspective("reliability"),
  scalability: perspective("scalability"),
  actions,
  plan,
  projection,
};

const LIKELIHOOD = { P0: 4, P1: 3, P2: 2 } as const;

function analyse(task: Task): Draft {
  const subject = subjectOf(task);
  const known = domainOf(task);
  const health = healthOf(task);
  const risks = SIDES.flatMap((side) => concernsOf(task, side).slice(0, 2)).map((c) => ({
    risk: c.risk,
    side: c.side,
    likelihood: LIKELIHOOD[c.priority],
    impact: Math.ceil(c.impact / 2),
  }));
  risks.sort((a, b) => b.likelihood * b.impact - a.likelihood * a.impact);
  const blockers = blockersOf(task);
  const dependencies = dependenciesOf(known);
  return {
    title: `Analysis of ${subject}`,
    body: sections(
      section(
        "Health",
        `**${health.health} of 100** (${health.given ? "given" : "derived"}): ${health.sum}.`,
        table(
          ["side", "score", "sum"],
          SIDES.map((side) => [side, scoreOf(task, side).score, scoreOf(task, side).sum]),
        ),
      ),
      section(
        "Given",
        bullets([...contextLines(task).map((l) => `${l.name}: ${l.text}`), ...findingsOf(task)]),
      ),
      readFrom(task),
      section(
        "Risks",
        table(
          ["risk", "side", "likelihood 1-5", "impact 1-5"],
          risks.map((r) => [r.risk, r.side, r.likelihood, r.impact]),
        ),
      ),
      section(
        "Blockers",
        table(
          ["blocker", "lifted by"],
          blockers.map((b) => [b.blocker, b.liftedBy]),
        ),
      ),
      section(
        "Dependencies",
        table(
          ["part", "depends on", "when that is late"],
          dependencies.map((d) => [d.from, d.on, d.late]),
        ),
      ),
      `A penalty of 24 (P0), 12 (P1) or 6 (P2) for each open concern of ${aNoun(known)}, halved where the material speaks of it already. Assumed, until measured.`,
    ),
    data: {
      health: health.health,
      given: health.given,
      findings: [...findingsOf(task)],
      concerns: SIDES.flatMap((side) => concernsOf(task, side)).map((c) => ({ ...c })),
      scores: Object.fromEntries(SIDES.map((s) => [s, scoreOf(task, s).score])),
      risks,
      blockers: blockers.map((b) => ({ ...b })),
      dependencies,
    },
    claims: [{ subject: `health of ${slug(rawSubject(task), "topic")}`, value: health.health }],
  };
}

/** Each part on the one after it, with what its delay would cost. */
function dependenciesOf(known: Domain): { from: string; on: string; late: string }[] {
  return known.parts.slice(0, -1).map((part, i) => ({
    from: part.name,
    on: known.parts[i + 1]!.name,
    late: `${part.name.toLowerCase()} cannot show: ${part.duty}`,
  }));
}

/** Open P0 concerns and who can lift them; the lack of any measurement counts as one. At most five. */
function blockersOf(task: Task): readonly { readonly blocker: string; readonly liftedBy: string }[] {
  const measure = domainOf(task).measures[0];
  const open = SIDES.flatMap((side) => concernsOf(task, side).filter((c) => c.priority === "P0"));
  const blind = contextLines(task).length === 0 && findingsOf(task).length === 0;
  return [
    ...open.map((c) => ({ blocker: c.risk, liftedBy: `whoever owns ${c.side}: ${c.action}` })),
    ...(blind
      ? [
          {
            blocker: "nothing measured was handed over",
            liftedBy: `the owner of ${subjectOf(task)}: ${measure}`,
          },
        ]
      : []),
  ].slice(0, 5);
}

function perspective(side: Side): Drafter {
  return (task) => {
    const concerns = concernsOf(task, side);
    const { score, sum } = scoreOf(task, side);
    const subject = subjectOf(task);
    return {
      title: `${side[0]!.toUpperCase()}${side.slice(1)} of ${subject}`,
      body: sections(
        takenFrom(task, side),
        section("Score", `**${score} of 100**: ${sum}.`),
        section(
          "Findings",
          table(
            ["priority", "finding", "action", "impact", "feasibility", "effort (days)"],
            concerns.map((c) => [c.priority, c.risk, c.action, c.impact, c.feasibility, c.effort]),
          ),
        ),
        section("Shown when", bullets(concerns.map((c) => `a test fails as long as this holds: ${c.risk}`))),
      ),
      data: { side, score, findings: concerns.map((c) => ({ ...c })) },
      claims: [{ subject: `${side} of ${slug(rawSubject(task), "topic")}`, value: score }],
    };
  };
}

function actions(task: Task): Draft {
  const ranked = actionsOf(task);
  return {
    title: `Ranked actions for ${subjectOf(task)}`,
    body: sections(
      mergedFrom(task) !== "" && `Merged from ${mergedFrom(task)}.`,
      "P0 first, then by score = impact x feasibility / effort.",
      table(
        ["rank", "action", "sides", "priority", "impact", "feasibility", "effort (days)", "score"],
        ranked.map((a) => [
          a.id,
          inline(a.action, 300),
          a.sides.join(", "),
          a.priority,
          a.impact,
          a.feasibility,
          a.effort,
          a.score,
        ]),
      ),
      section(
        "Contradictions",
        bullets(ranked.flatMap((a) => a.contradictions.map((said) => `${a.id}: ${said}`))),
      ),
    ),
    data: {
      actions: ranked.map((a) => ({
        ...a,
        sides: [...a.sides],
        settles: a.settles.map((one) => ({ ...one })),
        contradictions: [...a.contradictions],
      })),
    },
  };
}

function plan(task: Task): Draft {
  const { slots, later, days, people } = planSlots(task);
  const weeks = [...new Set(slots.map((s) => Math.floor(s.first / 5)))].sort((a, b) => a - b);
  const first = slots.filter((s) => s.first === 0);
  return {
    title: `Plan for ${subjectOf(task)}`,
    body: sections(
      `${slots.length} of ${slots.length + later.length} actions in ${days} working days with ${people} ${people === 1 ? "person" : "people"}.`,
      ...weeks.map((week) =>
        section(
          `Week ${week + 1} (from ${dateOf(task, week * 5)})`,
          table(
            ["begins", "ends", "person", "action", "done when"],
            slots
              .filter((s) => Math.floor(s.first / 5) === week)
              .map((s) => [
                `day ${(s.first % 5) + 1}, ${dateOf(task, s.first)}`,
                dateOf(task, s.last),
                s.person + 1,
                `${s.action.id} (${s.action.priority}) ${inline(s.action.action, 300)}`,
                `a test shows that this no longer holds: ${inline(s.action.risk, 300)}`,
              ]),
          ),
        ),
      ),
      section(
        "Day 1 in detail",
        numbered([
          ...first.map((s) => `person ${s.person + 1} reproduces: ${inline(s.action.risk, 300)}`),
          "everyone: agree how each first action is shown to be done",
          "evening: note what was learned and move what does not fit",
        ]),
      ),
      later.length > 0 &&
        section(
          "After the horizon",
          bullets(later.map((a) => `${a.id} ${inline(a.action, 300)} (${a.effort} d)`)),
        ),
    ),
    data: {
      days,
      people,
      slots: slots.map((s) => ({
        action: s.action.id,
        person: s.person + 1,
        start: dateOf(task, s.first),
        end: dateOf(task, s.last),
      })),
      later: later.map((a) => a.id),
    },
  };
}

function projection(task: Task): Draft {
  const rows = project(task);
  const mean = (values: readonly number[]): number =>
    Math.round(values.reduce((a, b) => a + b, 0) / values.length);
  const health = healthOf(task);
  const before = mean(rows.map((r) => r.now));
  const after = mean(rows.map((r) => r.after));
  const name = slug(rawSubject(task), "topic");
  const said = stepData(task, "analyse").health;
  const estimated = typeof said === "number" && said !== health.health ? said : undefined;
  // A health that was given moves by the share of the gap that the sides close.
  const given =
    health.given && before < 100
      ? Math.round(health.health + ((100 - health.health) * (after - before)) / (100 - before))
      : after;
  return {
    title: `Projection for ${subjectOf(task)}`,
    body: sections(
      "A side's score is 100 less 24 (P0), 12 (P1) or 6 (P2) for each finding, half where something is under way. A planned action takes impact x feasibility / 100 of the penalty of everything that it settles; one after the horizon takes nothing. This is arithmetic on estimates, not a forecast.",
      table(
        ["side", "now", "after", "step by step", "by"],
        rows.map((r) => [r.side, r.now, r.after, r.steps, r.actions.join(", ") || "nothing planned"]),
      ),
      section(
        "Health",
        `**${health.health} -> ${given}** of 100.${health.given ? " The health was given; it moves by the share of the gap that the sides close." : " The mean of the sides, rounded."}`,
      ),
      estimated !== undefined &&
        `The analyst had estimated ${estimated}; that is a word of its own and enters no sum.`,
      mergedFrom(task) !== "" && `Computed from ${mergedFrom(task)}.`,
    ),
    data: {
      formula:
        "100 - sum of penalty x (1 - impact x feasibility / 100) of what is planned, of penalty of the rest",
      sides: rows.map((r) => ({ ...r, actions: [...r.actions] })),
      healthBefore: health.health,
      healthAfter: given,
    },
    claims: [
      { subject: `health of ${name}`, value: health.health },
      { subject: `projected health of ${name}`, value: given },
    ],
  };
}
