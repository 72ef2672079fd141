import { type AgentResult, type Failure, isUsable } from "../../plan/outcome.ts";
import { type PlanIndex, ROOT_PATH } from "../plan-index.ts";
import type { Results } from "../results.ts";
import { measureAgreement } from "./agreement.ts";
import type { Agreement, Answer, Quality } from "./answer.ts";
import { meanConfidence } from "./confidence.ts";
import { type Findings, findConflicts } from "./conflicts.ts";
import { formatAnswer, type WrittenPart } from "./format-answer.ts";
import { spansOf, textOf } from "./pieces.ts";
import { assessQuality } from "./quality.ts";
import { titleOf } from "./title-of.ts";

/**
 * Purpose: do the synthesis machine's stages over the collected results.
 * Owns: the collected results and what each stage made of them. Does not own: the order of the stages.
 * Invariants:
 * W1 every result that was collected stands in the answer's `results`, once.
 * W2 a part of the answer names the agents that it rests on.
 * W3 the spans of the output follow each other without gaps and make it up; what a span gives as its source stands there.
 * W4 no version of a file is lost: it is the answer's, or was replaced by one whose author could see it, or was set aside
 *    by the group that chose another result, or stands in a conflict.
 */
export class Workbench {
  readonly #index: PlanIndex;
  readonly #results: Results;
  /** What was collected, in plan order once the collection is closed. */
  #ordered: readonly AgentResult[] = [];
  /** Those of them that ended well. */
  #usable: readonly AgentResult[] = [];
  #findings: Findings = { conflicts: [], compared: 0, agreed: 0, files: [] };
  #agreements: readonly Agreement[] = [];
  #quality: Quality = { value: 0, coverage: 0, validity: 0, agreement: null, confidence: 0 };
  #ranking: readonly string[] = [];
  #duplicates: Readonly<Record<string, string>> = {};
  answer: Answer | null = null;
  /** Why there is no answer, where making it went wrong. */
  failure: Failure | null = null;

  constructor(index: PlanIndex, results: Results) {
    this.#index = index;
    this.#results = results;
  }

  collect(results: readonly AgentResult[]): void {
    for (const { path } of results) this.#index.place(path).isCollected = true;
  }

  resolveConflicts(): void {
    // Results come as they end; whatever is decided between equals must not depend on who was faster.
    const ordered: AgentResult[] = [];
    for (const { result, isCollected } of this.#index.placesUnder(ROOT_PATH)) {
      if (result && isCollected) ordered.push(result);
    }
    this.#ordered = ordered;
    this.#usable = ordered.filter(isUsable);
    this.#findings = findConflicts(this.#usable, this.#results.sight);
  }

  assessQuality(): void {
    this.#agreements = measureAgreement(this.#usable, (path) => this.#results.sight.sameWorkOf(path));
    this.#quality = assessQuality(this.#ordered, this.#findings, (path) => {
      const node = this.#index.node(path);
      return node.kind === "agent" && node.outputSchema !== undefined;
    });
  }

  /** Leaves out results that say exactly what another one says, and ranks the rest. */
  refineResults(): void {
    /** By the output, and by what else a result holds: most have nothing else. */
    const firsts = new Map<string, Map<string, string>>();
    const duplicates: Record<string, string> = {};
    const kept = this.#usable.filter(({ path, output, data, artifacts }) => {
      if (output.trim() === "" && artifacts.length === 0) return true;
      const alike = firsts.get(output) ?? new Map<string, string>();
      const rest = JSON.stringify([data, artifacts]);
      const first = alike.get(rest);
      if (first !== undefined) duplicates[path] = first;
      else firsts.set(output, alike.set(rest, path));
      return first === undefined;
    });
    kept.sort((a, b) => (b.confidence?.value ?? 0) - (a.confidence?.value ?? 0));
    this.#ranking = kept.map((result) => result.path);
    this.#duplicates = duplicates;
  }

  formatAnswer(): void {
    const parts = this.#parts();
    const { conflicts, files } = this.#findings;
    const pieces = formatAnswer(parts, conflicts);
    this.answer = {
      output: textOf(pieces),
      spans: spansOf(pieces),
      data: this.#results.answer(ROOT_PATH).data,
      artifacts: files.map(({ pieces: merged, ...file }) =>
        merged ? { ...file, spans: spansOf(merged) } : file,
      ),
      confidence: meanConfidence(this.#usable),
      quality: this.#quality,
      conflicts,
      agreements: this.#agreements,
      parts: parts.map(({ pieces: _, ...part }) => part),
      ranking: this.#ranking,
      duplicates: this.#duplicates,
      results: this.#ordered,
    };
  }

  /** The commands that stand in no other command, each with its answer; agents without a command by themselves. */
  #parts(): readonly WrittenPart[] {
    const parts: WrittenPart[] = [];
    const visit = (path: string): void => {
      const node = this.#index.node(path);
      if (node.kind !== "agent" && node.role === "program") {
        for (const child of this.#index.children(node)) visit(child);
        return;
      }
      const answer = this.#results.answer(path);
      if (answer.from.length === 0) return;
      const { output, pieces, confidence } = answer;
      const from = this.#agentsBehind(answer.from);
      parts.push({ path, title: titleOf(node), output, pieces, confidence, from });
    };
    visit(ROOT_PATH);
    return parts;
  }

  #agentsBehind(paths: readonly string[], found: string[] = []): readonly string[] {
    for (const path of paths) {
      if (this.#results.agent(path)) found.push(path);
      else this.#agentsBehind(this.#results.answer(path).from, found);
    }
    return found;
  }
}
