import type { Json } from "../shared/json.ts";
import { readsOf, readsOfExpression } from "../templates/expressions.ts";
import { secretsOf } from "../templates/secret-parameter.ts";
import type { Step } from "../templates/template.ts";
import { addJudge } from "./add-judge.ts";
import { addStep } from "./add-step.ts";
import type { Enclosing } from "./expansion.ts";
import type { AgentInput } from "./plan.ts";
import type { GroupDraft, PlanBuilder } from "./plan-builder.ts";

/** Adds the nodes of a template's steps below the command's group. */
export function expandSteps(enclosing: Enclosing, builder: PlanBuilder): void {
  const { template } = enclosing.call;
  const paths = new Map(
    template.steps.map((step) => [step.name, builder.claim(`${enclosing.group.path}/${step.name}`)]),
  );
  const seen = visibleSteps(template.steps);
  const placed = template.steps.map((step) => ({
    step,
    needs: needsOf(step, enclosing, paths),
    input: inputOf(step, enclosing, paths, seen.get(step.name)!),
  }));
  for (const { fork, members } of cohortsOf(placed, enclosing, paths, builder)) {
    if (fork) {
      enclosing.group.children.push(fork.path);
      builder.add(fork, enclosing.call.span);
    }
    for (const { step, needs, input } of members) {
      const path = paths.get(step.name)!;
      const parent = fork ?? enclosing.group;
      parent.children.push(path);
      const isDependent = needs.length > 0 || input.previous !== undefined;
      const placed = { step, path, parent: parent.path, needs: fork ? [] : needs, isDependent, input };
      builder.within(step, template, () => addStep(placed, enclosing, builder));
    }
  }
  addJudge(
    enclosing.group,
    template.synthesis.judge,
    {
      scope: enclosing.group.path,
      steps: Object.fromEntries(paths),
      ...(enclosing.call.place.previous.length > 0 ? { previous: enclosing.call.place.previous } : {}),
    },
    enclosing,
    builder,
  );
}

/** For every step the names of all steps that must have ended before it: what `steps.NAME` may read. */
function visibleSteps(steps: readonly Step[]): ReadonlyMap<string, ReadonlySet<string>> {
  const byName = new Map(steps.map((step) => [step.name, step]));
  const visible = new Map<string, Set<string>>();
  const visit = (name: string): Set<string> => {
    const known = visible.get(name);
    if (known) return known;
    const all = new Set<string>();
    visible.set(name, all);
    for (const need of byName.get(name)?.needs ?? []) {
      all.add(need);
      for (const further of visit(need)) all.add(further);
    }
    return all;
  };
  for (const step of steps) visit(step.name);
  return visible;
}

function inputOf(
  step: Step,
  { call, group, scope }: Enclosing,
  paths: ReadonlyMap<string, string>,
  seen: ReadonlySet<string>,
): AgentInput {
  const { work } = step;
  const { previous } = call.place;
  const secrets = work.kind === "run" && secretsOf(work.options, call.template.parameters, scope.parameters);
  return {
    ...(work.kind === "agent" && work.prompt !== undefined ? { prompt: work.prompt } : {}),
    options: work.kind === "run" ? work.options : {},
    ...(secrets ? { secrets } : {}),
    scope: group.path,
    steps: Object.fromEntries([...seen].map((name) => [name, paths.get(name)!])),
    ...(previous.length > 0 ? { previous } : {}),
  };
}

/** Paths that a step waits for: the steps it needs, and the answers among the parameters that it reads. */
function needsOf(
  step: Step,
  { scope, valueForks }: Enclosing,
  paths: ReadonlyMap<string, string>,
): readonly string[] {
  const needs = step.needs.map((name) => paths.get(name)!);
  const reads = readsOfStep(step);
  for (const [pointer, source] of Object.entries(scope.refs)) {
    if (source.kind !== "answer") continue;
    const [, group, name] = pointer.split("/");
    const isRead =
      reads === "everything" ||
      reads.some(([root, member]) =>
        group === "parameters"
          ? root === name
          : root === "context" && (member === undefined || member === name),
      );
    if (isRead) needs.push(source.path);
  }
  return throughForks([...new Set(needs)], valueForks);
}

/** The names that a step's expressions read. Work without a prompt of its own gets all parameters as its context. */
function readsOfStep({
  work,
  when,
  forEach,
  publish,
  tools,
}: Step): readonly (readonly string[])[] | "everything" {
  if (work.kind === "agent" && work.prompt === undefined) return "everything";
  if (work.kind === "run" && work.performer !== "command") return "everything";
  const texts: Json =
    work.kind === "agent" ? work.prompt! : work.kind === "template" ? work.with : work.options;
  const found = [
    readsOf(texts),
    readsOf(forEach?.items),
    readsOf(publish),
    readsOf(tools as Json | undefined),
    ...(when === undefined ? [] : [readsOfExpression(when)]),
  ];
  if (typeof forEach?.items === "string") found.push(readsOfExpression(forEach.items));
  // Templates were checked when they were loaded: what cannot be read here was reported there.
  return found.flatMap((reads) => (reads.ok ? reads.value : []));
}

type Member = { readonly step: Step; readonly needs: readonly string[]; readonly input: AgentInput };
type Cohort = { readonly fork: GroupDraft | null; readonly members: readonly Member[] };

/**
 * Steps that become ready together (the same needs) and are many enough form a fork (rule P3). A step that needs
 * all members of a fork waits for the fork itself: for enough of them, not for all.
 */
function cohortsOf(
  placed: readonly Member[],
  { call, group }: Enclosing,
  paths: ReadonlyMap<string, string>,
  builder: PlanBuilder,
): readonly Cohort[] {
  const byNeeds = new Map<string, Member[]>();
  for (const member of placed) {
    const key = [...member.needs].sort().join("\n");
    byNeeds.set(key, [...(byNeeds.get(key) ?? []), member]);
  }
  const wide = [...byNeeds.values()].filter((members) => members.length >= builder.settings.forkThreshold);
  const forks = wide.map((members) => ({
    path: builder.claim(`${group.path}/fork`),
    members,
    children: members.map(({ step }) => paths.get(step.name)!),
  }));
  const cohorts: Cohort[] = [];
  for (const member of placed) {
    const needs = throughForks(member.needs, forks);
    const fork = forks.find(({ members }) => members.includes(member));
    if (!fork) cohorts.push({ fork: null, members: [{ ...member, needs }] });
    else if (fork.members[0] === member) {
      const { threshold } = call.template.synthesis;
      cohorts.push({ fork: siblingsFork(fork.path, group.path, needs, threshold), members: fork.members });
    }
  }
  return cohorts;
}

/** Replaces all the children of a fork among some needs by the fork itself. */
function throughForks(
  needs: readonly string[],
  forks: readonly { readonly path: string; readonly children: readonly string[] }[],
): readonly string[] {
  return forks.reduce<readonly string[]>((left, { path, children }) => {
    if (!children.every((child) => left.includes(child))) return left;
    return [...left.filter((need) => !children.includes(need)), path];
  }, needs);
}

function siblingsFork(
  path: string,
  parent: string,
  needs: readonly string[],
  successThreshold: number,
): GroupDraft {
  return {
    kind: "fork",
    path,
    parent,
    needs,
    children: [],
    template: null,
    step: null,
    priority: 0,
    synthesis: "aggregate",
    successThreshold,
    role: "siblings",
  };
}
