import type { AgentResult } from "../plan/outcome.ts";
import type { GroupNode, PlanNode } from "../plan/plan.ts";
import type { Json } from "../shared/json.ts";
import type { Ledger } from "./ledger.ts";
import type { PlanIndex } from "./plan-index.ts";
import type { PreviousView, StepView } from "./ports.ts";
import { type Combined, combine, type Part } from "./synthesis/combine.ts";

/**
 * Purpose: keep the results of a run outside the machines' contexts, and show them as steps and answers.
 * Owns: agents' results, and the groups' answers made from them. Does not own: who may read them.
 * Invariants:
 * R1 an agent's result is kept once and never changes.
 * R2 a group's answer is made only after the group has settled, from its children's answers.
 */
export class Results {
  readonly #index: PlanIndex;
  readonly #ledger: Ledger;
  readonly #agents = new Map<string, AgentResult>();
  readonly #answers = new Map<string, Combined>();

  constructor(index: PlanIndex, ledger: Ledger) {
    this.#index = index;
    this.#ledger = ledger;
  }

  keep(result: AgentResult): void {
    if (this.#agents.has(result.path)) throw new Error(`results: ${result.path} has a result already`);
    this.#agents.set(result.path, result);
  }

  agent(path: string): AgentResult | undefined {
    return this.#agents.get(path);
  }

  all(): IterableIterator<AgentResult> {
    return this.#agents.values();
  }

  get count(): number {
    return this.#agents.size;
  }

  /** The answer of a settled node: an agent's own result, or what its group's parts combine to. */
  answer(path: string): Combined {
    const known = this.#answers.get(path);
    if (known) return known;
    const node = this.#index.node(path);
    const result = this.#agents.get(path);
    const answer = result
      ? ownAnswer(result)
      : node.kind === "agent"
        ? combine("best", [])
        : combine(node.synthesis, this.#parts(node));
    if (this.#ledger.settlement(path)) this.#answers.set(path, answer);
    return answer;
  }

  /** What a group's answer is made of: the steps it names, else all children; those without a result are left out. */
  #parts(group: GroupNode): readonly Part[] {
    return this.#members(group).flatMap((child, position) => {
      const node = this.#index.node(child);
      if (group.answerOf && node.step !== null && !group.answerOf.includes(node.step)) return [];
      const answer = this.answer(child);
      return answer.from.length === 0
        ? []
        : [{ ...answer, path: child, name: nameOf(node, group, position) }];
    });
  }

  /** A group's children; siblings that were only gathered into a fork count as the group's own. */
  #members(group: GroupNode): readonly string[] {
    return this.#index.children(group).flatMap((child) => {
      const node = this.#index.node(child);
      return node.kind === "fork" && node.role === "siblings" ? this.#index.children(node) : [child];
    });
  }

  view(path: string): StepView {
    const answer = this.answer(path);
    return {
      output: answer.output,
      data: answer.data,
      artifacts: answer.artifacts,
      status: this.#ledger.settlement(path)?.status ?? "pending",
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
      results,
    };
  }
}

function isUsable(result: AgentResult): boolean {
  return result.status === "succeeded" || result.status === "degraded";
}

/** What one agent's result says, if it can be used. */
function ownAnswer(result: AgentResult): Combined {
  if (!isUsable(result)) return combine("best", []);
  const { path, output, data, artifacts, confidence } = result;
  return { output, data, artifacts, confidence, from: [path] };
}

function nameOf(node: PlanNode, group: GroupNode, position: number): string {
  if (group.kind === "fork") return String(position);
  return node.step ?? node.path.slice(node.path.lastIndexOf("/") + 1);
}
