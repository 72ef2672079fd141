import { type AgentResult, isUsable } from "../plan/outcome.ts";
import type { GroupNode, PlanNode } from "../plan/plan.ts";
import type { Json } from "../shared/json.ts";
import type { Ledger } from "./ledger.ts";
import type { Place } from "./place.ts";
import type { PlanIndex } from "./plan-index.ts";
import type { PreviousView, StepView } from "./ports.ts";
import type { Conflict } from "./synthesis/answer.ts";
import { type Combined, type CombineTerms, combine, type Part } from "./synthesis/combine.ts";
import { findConflicts } from "./synthesis/conflicts.ts";
import { type Case, type Judgement, makeCase, readJudgement } from "./synthesis/judging.ts";
import { mergeData } from "./synthesis/merge-data.ts";
import { type Decisions, PlanSight } from "./synthesis/plan-sight.ts";
import { optionsOf, resolveDispute } from "./synthesis/resolve.ts";
import { titleOf } from "./synthesis/title-of.ts";

/**
 * Purpose: keep the results of a run outside the machines' contexts, and show them as steps and answers.
 * Owns: agents' results, and the groups' answers made from them. Does not own: who may read them.
 * Invariants:
 * R1 an agent's result is kept once and never changes.
 * R2 a group's answer is made only after the group has settled, from its children's answers.
 * R3 what a judge is shown and what its word is read against are the same.
 */
export class Results implements Decisions {
  readonly sight: PlanSight;
  readonly #index: PlanIndex;
  readonly #ledger: Ledger;
  readonly #answers = new Map<string, Combined>();
  readonly #choices = new Map<string, ReturnType<Decisions["choiceOf"]>>();
  readonly #judgements = new Map<string, Judgement>();
  #anyTainted = false;

  constructor(index: PlanIndex, ledger: Ledger) {
    this.#index = index;
    this.#ledger = ledger;
    this.sight = new PlanSight(index, this);
  }

  /** Whether text from outside is in any result so far. */
  get anyTainted(): boolean {
    return this.#anyTainted;
  }

  /** Whether text from outside is in the result of a node, or of anything below it. */
  isTainted(path: string): boolean {
    if (!this.#anyTainted) return false;
    const { result, node } = this.#index.place(path);
    if (result) return result.provenance.tainted === true;
    if (node.kind === "agent") return false;
    return this.#index.childPlaces(node).some((child) => this.isTainted(child.node.path));
  }

  keep(result: AgentResult): void {
    if (result.provenance.tainted) this.#anyTainted = true;
    const place = this.#index.place(result.path);
    if (place.result) throw new Error(`results: ${result.path} has a result already`);
    place.result = result;
  }

  agent(path: string): AgentResult | undefined {
    return this.#index.find(path)?.result;
  }

  /** The answer of a settled node: an agent's own result, or what its group's parts combine to. */
  answer(path: string): Combined {
    return this.#answerOf(this.#index.place(path));
  }

  #answerOf({ result, node, settlement }: Place): Combined {
    if (result) return ownAnswer(result);
    const known = this.#answers.get(node.path);
    if (known) return known;
    const answer = node.kind === "agent" ? combine("best", []) : this.#combined(node);
    if (settlement) this.#answers.set(node.path, answer);
    return answer;
  }

  /** What a judge of a group is shown: its children, this one aside, have settled. */
  caseOf(path: string): Case {
    const group = this.#index.group(path);
    return makeCase(group.synthesis, this.#parts(group), this.#openConflicts(group));
  }

  judgementOf(group: GroupNode): Judgement | null {
    const known = this.#judgements.get(group.path);
    if (known) return known;
    const said = group.judge === undefined ? undefined : this.agent(group.judge);
    if (said?.status !== "succeeded") return null;
    const judgement = readJudgement(said.data, this.#parts(group), this.#openConflicts(group));
    this.#judgements.set(group.path, judgement);
    return judgement;
  }

  choiceOf(group: GroupNode): ReturnType<Decisions["choiceOf"]> {
    if (!this.#ledger.settlement(group.path)) return null;
    const known = this.#choices.get(group.path);
    if (known) return known;
    const among = new Set(this.#parts(group).map((part) => part.path));
    const choice = { among, taken: new Set(this.answer(group.path).from) };
    this.#choices.set(group.path, choice);
    return choice;
  }

  #combined(group: GroupNode): Combined {
    const parts = this.#parts(group);
    const terms: CombineTerms = {
      choice: this.judgementOf(group)?.choice ?? null,
      isOfSteps: group.role === "command",
      settleFiles: () => this.#settleFiles(group, parts),
      ...(parts.every(({ path }) => this.sight.sameWorkOf(path) !== null)
        ? { mergeData: () => this.#mergeData(group, parts) }
        : {}),
    };
    return combine(group.synthesis, parts, terms);
  }

  #settleFiles(group: GroupNode, parts: readonly Part[]): Pick<Combined, "artifacts" | "makers"> {
    const makers = new Set(parts.flatMap((part) => part.makers));
    const results = this.#usableUnder(group).filter(({ path }) => makers.has(path));
    const { files } = findConflicts(results, this.sight.within(group.path));
    return {
      artifacts: files.map(({ path, content, mediaType }) => ({ path, content, mediaType })),
      makers: files.map(({ from }) => from),
    };
  }

  #mergeData(group: GroupNode, parts: readonly Part[]): Json {
    const sight = this.sight.within(group.path);
    const given = parts.flatMap(({ path, data }) => (data === null ? [] : [{ path, value: data }]));
    if (given.length === 0) return null;
    const confidence = new Map(parts.map((part) => [part.path, part.confidence]));
    return mergeData(given, (subject, said) => {
      const paths = said.map(({ path }) => path);
      const voices = said.map((one) => ({
        ...one,
        confidence: confidence.get(one.path)?.value ?? 0,
        isDraft: confidence.get(one.path)?.source === "draft",
      }));
      const scope = sight.sameWorkOf(paths[0]!)!;
      const ruling = () => sight.ruling({ kind: "data", scope, subject }, paths);
      const dispute = { options: optionsOf(voices), rules: sight.rulesFor(paths), ruling };
      return resolveDispute(dispute).resolution.value;
    });
  }

  /** The contradictions below a group that its rules leave to its judge. */
  #openConflicts(group: GroupNode): readonly Conflict[] {
    const { resolve = [], judge } = group;
    const results = this.#usableUnder(group).filter(({ path }) => path !== judge);
    const before: readonly string[] = resolve.slice(0, resolve.indexOf("judge"));
    const { conflicts } = findConflicts(results, this.sight.within(group.path), { unruled: true });
    return conflicts.filter(({ options, resolution: { by } }) => {
      const isSettled = by === "choice" || by === "revision" || before.includes(by);
      const paths = options.flatMap((option) => option.paths);
      return !isSettled && this.sight.governorOf(paths)?.path === group.path;
    });
  }

  /** The results below a group that ended well, in plan order. */
  #usableUnder(group: GroupNode): readonly AgentResult[] {
    return this.#index.under(group.path).flatMap((path) => {
      const result = this.agent(path);
      return result && isUsable(result) ? [result] : [];
    });
  }

  /** What a group's answer is made of: the steps it names, else all children; those without a result are left out. */
  #parts(group: GroupNode): readonly Part[] {
    const found: Part[] = [];
    let position = -1;
    for (const child of this.#members(group)) {
      position++;
      const { node } = child;
      if (node.path === group.judge) continue;
      if (group.answerOf && node.step !== null && !group.answerOf.includes(node.step)) continue;
      const { output, pieces, data, artifacts, makers, confidence, from } = this.#answerOf(child);
      if (from.length === 0) continue;
      const name = nameOf(node, group, position);
      const title = isCommandWithin(node, group) ? titleOf(node) : undefined;
      found.push({ path: node.path, name, title, output, pieces, data, artifacts, makers, confidence });
    }
    return found;
  }

  /** A group's children; siblings that were only gathered into a fork count as the group's own. */
  #members(group: GroupNode): readonly Place[] {
    const children = this.#index.childPlaces(group);
    if (!children.some(({ node }) => isGathered(node))) return children;
    return children.flatMap((child) =>
      isGathered(child.node) ? this.#index.childPlaces(child.node) : [child],
    );
  }

  view(path: string): StepView {
    const answer = this.answer(path);
    return {
      output: answer.output,
      data: answer.data,
      artifacts: answer.artifacts,
      status: this.#ledger.settlement(path)?.status ?? "pending",
      ...(this.isTainted(path) ? { tainted: true as const } : {}),
    };
  }

  /** What `previous` shows: the results of the units before, one for each branch of a fork. */
  previous(paths: readonly string[]): PreviousView {
    const units = paths.flatMap((path) => {
      const node = this.#index.node(path);
      return node.kind === "fork" && node.role === "program" ? this.#index.children(node) : [path];
    });
    const results = units.map((path) => ({ ...this.view(path), path }));
    const data: Record<string, Json> = {};
    for (const result of results) if (result.data !== null) data[result.path] = result.data;
    return {
      output: results.map((result) => result.output).join("\n\n"),
      data: results.length === 1 ? results[0]!.data : data,
      artifacts: results.flatMap((result) => result.artifacts),
      status: results.every((result) => result.status === "succeeded") ? "succeeded" : "partial",
      ...(results.some((result) => result.tainted) ? { tainted: true as const } : {}),
      results,
    };
  }
}

function isGathered(node: PlanNode): node is GroupNode {
  return node.kind === "fork" && node.role === "siblings";
}

const NO_MAKERS: readonly string[] = [];

/** What one agent's result says, if it can be used. */
function ownAnswer(result: AgentResult): Combined {
  if (!isUsable(result)) return combine("best", []);
  const { path, output, data, artifacts, confidence } = result;
  const pieces = [{ text: output, path, at: 0 }];
  const makers = artifacts.length === 0 ? NO_MAKERS : artifacts.map(() => path);
  return { output, pieces, data, artifacts, makers, confidence, from: [path] };
}

/** A command in another's parameters, as against a template that a step nests. */
function isCommandWithin(node: PlanNode, { role }: GroupNode): boolean {
  return role === "command" && node.kind === "chain" && node.role === "command" && node.step === null;
}

function nameOf(node: PlanNode, group: GroupNode, position: number): string {
  // Agents of one step have its name in common.
  if (group.kind === "fork" || (node.step !== null && node.step === group.step)) return String(position);
  return node.step ?? node.path.slice(node.path.lastIndexOf("/") + 1);
}
