import type { Task } from "../../../src/actors/ports.ts";
import type { Answer } from "../../../src/actors/synthesis/answer.ts";
import type { AgentResult, CompletedOutcome } from "../../../src/plan/outcome.ts";
import type { JsonObject } from "../../../src/shared/json.ts";
import type { JudgeSpec, PlacedNode } from "./plan-spec.ts";

type Placed = ReadonlyMap<string, PlacedNode>;

/** What a judge is shown, as far as it is looked at. */
type Shown = {
  readonly candidates: readonly { readonly path: string }[];
  readonly conflicts: readonly {
    readonly id: string;
    readonly options: readonly { readonly id: string }[];
  }[];
};

/** How the outputs end that performers give. */
export const DONE = " done";

/** What an attempt that ends well says beside its output: a judge its word; an agent under a judge a claim that no other one makes. */
export function speechOf(placed: Placed, task: Task): Pick<CompletedOutcome, "claims" | "data"> {
  if (task.judges !== undefined) return { data: wordOf(judgeOf(placed, task.judges)!, shownTo(task)) };
  const subject = judgedGroupOf(placed, task.path);
  return subject === undefined ? {} : { claims: [{ subject, value: task.path }] };
}

/** The paths of the candidates that a judge is shown. */
export function candidatesOf(task: Task): readonly string[] {
  return shownTo(task).candidates.map(({ path }) => path);
}

function shownTo({ options }: Task): Shown {
  return options as unknown as Shown;
}

function wordOf({ mode, pick }: JudgeSpec, { candidates, conflicts }: Shown): JsonObject {
  if (mode === "best") return { choice: picked(candidates, pick)?.path ?? null };
  return {
    rulings: conflicts.map(({ id, options }) => ({ conflict: id, option: picked(options, pick)!.id })),
  };
}

function picked<T>(all: readonly T[], pick: number): T | undefined {
  return all[pick % Math.max(1, all.length)];
}

/** What is wrong with an answer, from its results and what judges say of them: each a sentence. */
export function misjudged(placed: Placed, answer: Answer): readonly string[] {
  const results = new Map(answer.results.map((result) => [result.path, result]));
  const wrong: string[] = [];
  for (const { path, parent } of placed.values()) {
    if (parent !== null) continue;
    const expected = agentsBehind(path, placed, results);
    const from = answer.parts.find((part) => part.path === path)?.from ?? [];
    if (expected && from.join() !== expected.join())
      wrong.push(`the answer of ${path} is that of ${from.join(", ")} instead of ${expected.join(", ")}`);
  }
  for (const { path } of placed.values()) {
    const said = ruling(path, placed, answer.results, results);
    const conflict = answer.conflicts.find(({ subject }) => subject === path);
    const { by, value } = conflict?.resolution ?? {};
    if (said !== undefined && (by !== "judge" || value !== said))
      wrong.push(`${path} is decided by ${by} for ${JSON.stringify(value)}, and its judge says ${said}`);
  }
  return wrong;
}

type Results = ReadonlyMap<string, AgentResult>;

/** The agents whose results a node's answer is made of; null: nothing but their confidence decides. */
function agentsBehind(path: string, placed: Placed, results: Results): readonly string[] | null {
  const { spec } = placed.get(path)!;
  if (spec.kind === "agent") return isUsable(results.get(path)) ? [path] : [];
  if (spec.kind === "each")
    return [...results.keys()].filter((at) => at.startsWith(`${path}.`) && isUsable(results.get(at)));
  const children = childrenOf(path, placed).filter(({ judges }) => judges === undefined);
  const parts = children.map((child) => agentsBehind(child.path, placed, results));
  if (parts.includes(null)) return null;
  const given = parts.filter((part) => part!.length > 0) as (readonly string[])[];
  if (spec.judge?.mode !== "best" || given.length < 2) return given.flat();
  return hasSpoken(path, placed, results) ? picked(given, spec.judge.pick)! : null;
}

/** For whose claim the judge of a group is; undefined: it has not spoken, or a group around it has chosen something whole. */
function ruling(
  path: string,
  placed: Placed,
  inOrder: readonly AgentResult[],
  results: Results,
): string | undefined {
  const judge = judgeOf(placed, path);
  if (judge?.mode !== "aggregate" || !hasSpoken(path, placed, results)) return undefined;
  for (let at = placed.get(path)!.parent; at !== null; at = placed.get(at)!.parent)
    if (judgeOf(placed, at)?.mode === "best") return undefined;
  const voices = inOrder.filter(
    (result) =>
      isUsable(result) && result.output.endsWith(DONE) && judgedGroupOf(placed, result.path) === path,
  );
  return voices.length > 1 ? picked(voices, judge.pick)!.path : undefined;
}

function hasSpoken(group: string, placed: Placed, results: Results): boolean {
  const judge = childrenOf(group, placed).find(({ judges }) => judges === group)!;
  const said = results.get(judge.path);
  return said?.status === "succeeded" && said.output.endsWith(DONE);
}

/** The nearest group above an agent that has a judge; none for the judges themselves. */
function judgedGroupOf(placed: Placed, path: string): string | undefined {
  const node = placed.get(path) ?? placed.get(path.replace(/\.\d+$/, ""))!;
  if (node.judges !== undefined) return undefined;
  let at = node.parent;
  while (at !== null && !judgeOf(placed, at)) at = placed.get(at)!.parent;
  return at ?? undefined;
}

function judgeOf(placed: Placed, path: string): JudgeSpec | null {
  const { spec } = placed.get(path)!;
  return "judge" in spec ? (spec.judge ?? null) : null;
}

function childrenOf(path: string, placed: Placed): readonly PlacedNode[] {
  return [...placed.values()].filter(({ parent }) => parent === path);
}

function isUsable(result: AgentResult | undefined): boolean {
  return result?.status === "succeeded" || result?.status === "degraded";
}
