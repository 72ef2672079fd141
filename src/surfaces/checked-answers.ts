import { NOBODY } from "../actors/question.ts";
import type { Answer } from "../actors/synthesis/answer.ts";
import type { RunEnd } from "../engine/engine.ts";
import type { CheckedAnswer } from "../plan/calibration.ts";
import type { AgentResult } from "../plan/outcome.ts";
import type { AgentNode, Plan, PlanNode } from "../plan/plan.ts";
import { canonicalJson } from "../shared/canonical-json.ts";
import { normalisedText } from "../shared/text-similarity.ts";
import { readsOf } from "../templates/expressions.ts";
import { HUMAN } from "../templates/template.ts";

/** Whether the result at a path was right, as something after it tells: 1, or 0. */
type Verdict = { readonly path: string; readonly right: 0 | 1 };

/**
 * The answers of a run of which it came out whether they were right: by a vote or a judge between results that contradict each
 * other, by the vote of a group, by a person who was asked whether what follows may be done, by a command that was given
 * them. Drafts decide nothing: copies of one rule agree by construction, and a judge that drafts weighs nothing. An answer with several verdicts is as right as their mean; one that was used again taught where it was made.
 */
export function checkedAnswersOf(
  { answer, plan }: Pick<RunEnd, "answer" | "plan">,
  atMs: number,
): readonly CheckedAnswer[] {
  if (!answer) return [];
  const nodes = new NodesByPath(plan);
  const verdicts = [
    ...ofConflicts(answer, nodes),
    ...ofVotes(plan, answer, nodes),
    ...answer.results.flatMap((result) => ofApproval(result, nodes)),
    ...answer.results.flatMap((result) => ofCommand(result, nodes)),
  ];
  if (verdicts.length === 0) return [];
  const byPath = Map.groupBy(verdicts, ({ path }) => path);
  return answer.results.flatMap((result) => {
    const own = byPath.get(result.path);
    return own ? checkedAnswer(result, meanRight(own), atMs) : [];
  });
}

function checkedAnswer(result: AgentResult, right: number, atMs: number): CheckedAnswer[] {
  const { confidence, attempts, cached, provenance } = result;
  const { agent, performer, model, reused } = provenance;
  if (!confidence || attempts === 0 || cached || reused || performer === HUMAN) return [];
  const { source, value, raw = value } = confidence;
  if (source !== "declared" && source !== "draft") return [];
  const who = { source, agent, performer, ...(model === undefined ? {} : { model }) };
  return [{ ...who, said: raw, told: value, right, atMs }];
}

function meanRight(verdicts: readonly Verdict[]): number {
  return verdicts.reduce((sum, { right }) => sum + right, 0) / verdicts.length;
}

/** Where votes or a judge decided: the option that stands was right, the others were not. */
function ofConflicts({ conflicts, results }: Answer, nodes: NodesByPath): Verdict[] {
  if (conflicts.length === 0) return [];
  const drafts = new Set(results.filter(isDraft).map(({ path }) => path));
  const isWeighed = !results.some((one) => isDraft(one) && nodes.agent(one.path)?.judges !== undefined);
  return conflicts.flatMap(({ options, resolution }) => {
    const isVoted =
      resolution.by === "vote" && options.some(({ paths }) => paths.some((path) => !drafts.has(path)));
    if (!isVoted && !(resolution.by === "judge" && isWeighed)) return [];
    const stands = canonicalJson(resolution.value);
    return options.flatMap(({ value, paths }) => {
      const right = canonicalJson(value) === stands ? 1 : 0;
      return paths.map((path): Verdict => ({ path, right }));
    });
  });
}

function isDraft({ confidence }: AgentResult): boolean {
  return confidence?.source === "draft";
}

/** Of groups that vote on whole results: whoever said what most said. A tie tells nothing. */
function ofVotes({ nodes: all }: Plan, { results }: Answer, nodes: NodesByPath): Verdict[] {
  const groups = all.filter((node) => node.kind !== "agent" && node.synthesis === "vote");
  return groups.flatMap(({ path: group }) => {
    const voices = results.filter(
      ({ path, status }) =>
        (path.startsWith(`${group}.`) || path.startsWith(`${group}/`)) &&
        status === "succeeded" &&
        nodes.agent(path)?.judges === undefined,
    );
    const camps = [...Map.groupBy(voices, wordOf).values()].sort((a, b) => b.length - a.length);
    const [most, next] = camps;
    if (!most || most.length < 2 || most.length === next?.length || voices.every(isDraft)) return [];
    return voices.map(
      ({ path }): Verdict => ({ path, right: most.some((one) => one.path === path) ? 1 : 0 }),
    );
  });
}

function wordOf({ data, output }: AgentResult): string {
  return data === null ? normalisedText(output) : canonicalJson(data);
}

/** Who lets a step run has seen what it stands on, and says yes or no to that; a default says nothing. */
function ofApproval({ path, failure, provenance }: AgentResult, nodes: NodesByPath): Verdict[] {
  const node = nodes.agent(path);
  if (!node?.approve || node.performer === HUMAN) return [];
  const isRejected = failure?.code === "APPROVAL_REJECTED" && !failure.message.includes(NOBODY);
  const isApproved = provenance.decided !== undefined && provenance.decided.by !== NOBODY;
  if (!isRejected && !isApproved) return [];
  return node.needs.map((need): Verdict => ({ path: need, right: isApproved ? 1 : 0 }));
}

const COMMAND = "command";

/** A command that is given one step's result, and nothing of another's, checks it: by its exit code. */
function ofCommand({ path, status, confidence, failure }: AgentResult, nodes: NodesByPath): Verdict[] {
  const node = nodes.agent(path);
  if (node?.performer !== COMMAND) return [];
  const passed = status === "succeeded" && confidence?.source === "checked";
  if (!passed && failure?.code !== "COMMAND_EXIT") return [];
  const given = nodes.givenTo(path, node);
  return given.length === 1 ? [{ path: given[0]!, right: passed ? 1 : 0 }] : [];
}

/** The nodes of a plan; copies that a loop has made while the plan ran are their fork's. */
class NodesByPath {
  readonly #nodes: ReadonlyMap<string, PlanNode>;

  constructor({ nodes }: Plan) {
    this.#nodes = new Map(nodes.map((node) => [node.path, node]));
  }

  agent(path: string): AgentNode | undefined {
    const node = this.#nodes.get(path);
    return node?.kind === "agent" ? node : this.#forkOf(path)?.forEach?.template;
  }

  /** Paths of the steps whose results the options of an agent, or the list that it was made from, name. */
  givenTo(path: string, { input }: AgentNode): readonly string[] {
    const reads = [readsOf(input.options), readsOf(this.#forkOf(path)?.forEach?.items ?? null)];
    const names = reads.flatMap((read) =>
      read.ok ? read.value.flatMap(([root, name]) => (root === "steps" && name ? [name] : [])) : [],
    );
    return [...new Set(names)].flatMap((name) => input.steps[name] ?? []);
  }

  #forkOf(path: string) {
    const node = this.#nodes.get(path.slice(0, path.lastIndexOf(".")));
    return node?.kind === "fork" ? node : undefined;
  }
}
