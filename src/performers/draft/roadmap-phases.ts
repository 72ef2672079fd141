import type { Task } from "../../actors/ports.ts";
import { type Domain, SIDES } from "./domains/domain.ts";
import { contextLines, domainOf, subjectOf, textOf } from "./drafting.ts";
import { findingsOf } from "./findings.ts";
import type { PhaseSketch } from "./roadmap-schedule.ts";

const WIDTH: Readonly<Record<string, number>> = { low: 2, medium: 3, high: 4 };

/** `low`, `medium` or `high`. */
export function depthOf(task: Task): string {
  const depth = textOf(task, "depth") ?? "medium";
  return Object.hasOwn(WIDTH, depth) ? depth : "medium";
}

/** Work items for each phase, from the depth; a high `complexity` in the context adds one. */
export function widthOf(task: Task): number {
  const complexity = textOf(task, "complexity") ?? "";
  return WIDTH[depthOf(task)]! + (/high|complex/i.test(complexity) ? 1 : 0);
}

/** The first letter made a capital. */
export function sentence(text: string): string {
  return text === "" ? text : text[0]!.toUpperCase() + text.slice(1);
}

type Item = PhaseSketch["items"][number];

/** The phases of a roadmap without dates: 3, 5 or 6 by depth. */
export function phaseSketches(task: Task): readonly PhaseSketch[] {
  const depth = depthOf(task);
  const known = domainOf(task);
  const understand = {
    name: "Understand",
    share: 0.12,
    exit: "goal, measures and limits are agreed in writing",
    items: understandItems(task, known),
  };
  const build = {
    name: "Build",
    share: 0.4,
    exit: `${subjectOf(task)} works end to end with tests`,
    items: buildItems(task, known),
  };
  const release = {
    name: "Release",
    share: 0.12,
    exit: "first users work with it and it can be rolled back",
    items: releaseItems(task, known),
  };
  const findings = findingsOf(task);
  const hardening = hardenItems(task, known);
  if (depth === "low") {
    const proof = [...hardening.slice(0, Math.max(2, findings.length)), ...release.items.slice(1)];
    return [
      understand,
      { ...build, name: "Design and build", items: build.items.slice(0, widthOf(task) + 2) },
      { ...release, name: "Prove and release", share: 0.3, items: proof },
    ];
  }
  const design = {
    name: "Design",
    share: 0.16,
    exit: "every part has an owner, an interface and a failure behaviour",
    items: known.parts.slice(0, widthOf(task)).map((part) => ({
      title: `Design the ${part.name.toLowerCase()}`,
      doneWhen: `its interface and errors are reviewed; duty: ${part.duty}`,
    })),
  };
  const harden = {
    name: findings.length > 0 ? "Harden by findings" : "Harden",
    share: findings.length > 0 ? 0.3 : 0.2,
    exit: "no P0 risk is open",
    items: hardening,
  };
  const phases = [understand, design, build, harden, release];
  return depth === "high" ? [...phases, operatePhase(known)] : phases;
}

function understandItems(task: Task, known: Domain): readonly Item[] {
  const asked = contextLines(task).filter((line) => line.name !== "findings");
  return [
    {
      title: `Agree what ${subjectOf(task)} must reach and how it is measured`,
      doneWhen: `a figure and a target for: ${known.measures.slice(0, 2).join("; ")}`,
    },
    ...asked.slice(0, widthOf(task)).map((line) => askedItem(line.name, line.text)),
    {
      title: `Compare the ways: ${known.options.slice(0, 3).join(", ")}`,
      doneWhen: `one is chosen by ${known.criteria.slice(0, 3).join(", ")}`,
    },
  ];
}

/** What a member of the context asks to be done first, by its name. */
function askedItem(name: string, text: string): Item {
  if (/language|framework|stack|platform|tool/i.test(name)) {
    return {
      title: `Set up ${text} and prove it with one build`,
      doneWhen: `CI builds, tests and releases an empty program in ${text}`,
    };
  }
  if (/complexity|risk|uncertain/i.test(name)) {
    return {
      title: `Find what makes the ${name} ${text}`,
      doneWhen: "the three hardest parts are named and each has an experiment",
    };
  }
  if (/compliance|standard|regulation|policy/i.test(name)) {
    return {
      title: `Turn ${text} into checks`,
      doneWhen: `each demand of ${text} has an owner and a check in CI`,
    };
  }
  if (/scope|area|domain/i.test(name)) {
    return { title: `Draw the limits: ${text}`, doneWhen: "what lies outside is written down and agreed" };
  }
  return {
    title: `Settle ${name}: ${text}`,
    doneWhen: `what "${text}" demands stands as checks in the backlog`,
  };
}

function buildItems(task: Task, known: Domain): readonly Item[] {
  return [
    {
      title: `Walking skeleton of ${subjectOf(task)}, end to end`,
      doneWhen: "one real request passes through every part in CI",
    },
    ...known.parts.slice(0, widthOf(task) + 2).map((part) => ({
      title: `Build the ${part.name.toLowerCase()}`,
      doneWhen: `tests show: ${part.duty}`,
    })),
  ];
}

function hardenItems(task: Task, known: Domain): readonly Item[] {
  const findings = findingsOf(task);
  return [
    ...findings.map((text) => ({
      title: sentence(text),
      doneWhen: "the finding's own check passes and stays in the suite",
    })),
    ...known.concerns.map((c) => ({
      title: sentence(c.action),
      doneWhen: `a test shows that this no longer holds: ${c.risk}`,
    })),
  ].slice(0, Math.max(widthOf(task) + 1, findings.length));
}

function releaseItems(task: Task, known: Domain): readonly Item[] {
  return [
    {
      title: "Rehearse roll-out and rollback",
      doneWhen: "both were done once by someone who did not write them",
    },
    {
      title: `Release ${subjectOf(task)} to the first users`,
      doneWhen: `watched for a week: ${known.measures[0]}`,
    },
    { title: "Write the runbook and hand over", doneWhen: "the people on call have used it" },
  ].slice(0, Math.max(2, widthOf(task)));
}

function operatePhase(known: Domain): PhaseSketch {
  return {
    name: "Operate and learn",
    share: 0.12,
    exit: "the next plan rests on measured use",
    items: [
      { title: `Measure ${known.measures.join(", ")}`, doneWhen: "four weeks of figures with their noise" },
      ...SIDES.slice(0, 2).map((side) => ({
        title: `Review ${side} with real load`,
        doneWhen: "findings are ranked and owned",
      })),
    ],
  };
}
