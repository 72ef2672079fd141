import type { Preparation } from "../machines/preparation.ts";
import { workAt } from "../plan/alternatives.ts";
import { scopeOf } from "../plan/node-graph.ts";
import type { CompletedOutcome, Failure } from "../plan/outcome.ts";
import type { AgentInput, AgentNode, PlanNode } from "../plan/plan.ts";
import type { Diagnostic } from "../shared/diagnostic.ts";
import { isEmpty, isJsonObject, type Json, type JsonObject } from "../shared/json.ts";
import { putAt } from "../shared/json-pointer.ts";
import { err, ok, type Result } from "../shared/result.ts";
import type { Writable } from "../shared/writable.ts";
import { evaluateCondition, evaluateItems, renderValue } from "../templates/expressions.ts";
import { renderPrompt } from "../templates/prompt-text.ts";
import { HUMAN } from "../templates/template.ts";
import type { Blackboard } from "./blackboard.ts";
import type { Ledger } from "./ledger.ts";
import type { PlanIndex } from "./plan-index.ts";
import type { PreviousView, StepView, Task } from "./ports.ts";
import { makeQuestion, type Question } from "./question.ts";
import type { Results } from "./results.ts";
import type { Case } from "./synthesis/judging.ts";
import { renderTools } from "./task-tools.ts";

/** What an expression or a performer sees from one node. */
type Sight = {
  readonly parameters: JsonObject;
  readonly context: JsonObject;
  readonly steps: Readonly<Record<string, StepView>>;
  readonly previous: PreviousView | null;
  readonly loop: JsonObject;
  /** Of a judge: what it is to judge. */
  readonly judged: Case | null;
};

/** Expressions of a sight that hold nothing from outside. */
type CleanSight = Sight & { readonly board: Readonly<Record<string, Json>> };

/**
 * Purpose: fill in what the plan left open (conditions, lists, prompts) from recorded results and the blackboard only.
 * Owns: nothing but a memory of resolved scopes. Does not own: results, nodes, the blackboard.
 * Invariants:
 * V1 the same node sees the same values on every replay: only what it needs, all of it settled, is visible; and the
 *    blackboard as the facts before it left it.
 * V2 what a task holds as untainted is the same whatever stands in results from outside.
 */
export class Scopes {
  readonly #index: PlanIndex;
  readonly #ledger: Ledger;
  readonly #results: Results;
  readonly #board: BoardView;
  /** Values of nested templates' parameters, by command path and pointer, known once the command may start. */
  readonly #nested = new Map<string, JsonObject>();
  /** Those of them that outside text has reached, as they would be without it. */
  readonly #nestedClean = new Map<string, JsonObject>();

  constructor(index: PlanIndex, ledger: Ledger, results: Results, board: BoardView) {
    this.#index = index;
    this.#ledger = ledger;
    this.#results = results;
    this.#board = board;
  }

  /** Judges a node whose needs have all settled; makes a fork's children where their list is known only now. */
  prepare(path: string): Preparation {
    const node = this.#index.node(path);
    const broken = this.#ledger.brokenNeeds(node);
    if (broken.length > 0) return { kind: "skip", reason: `${broken.join(", ")} did not succeed` };
    const input = node.input;
    if (node.when !== undefined && input) {
      const verdict = evaluateCondition(node.when, this.#names(this.#sight(input, node)));
      if (!verdict.ok) return { kind: "invalid", failure: failureOf(verdict.error) };
      if (!verdict.value) return { kind: "skip", reason: "condition" };
    }
    if (node.kind === "fork" && node.forEach && input) {
      const items = evaluateItems(node.forEach.items, this.#names(this.#sight(input, node)));
      if (!items.ok) return { kind: "invalid", failure: failureOf(items.error) };
      this.#index.makeChildren(node, items.value);
    }
    if (node.kind === "agent" && (node.approve || node.performer === HUMAN)) {
      const question = this.question(node, 0);
      if (!question.ok) return { kind: "invalid", failure: question.error };
    }
    return this.#resolveNested(node);
  }

  /** Evaluates what a nested template's parameters take from the step that nests it. */
  #resolveNested(node: PlanNode): Preparation {
    const refs = scopeOf(node)?.refs ?? NOTHING;
    if (isEmpty(refs)) return RUN;
    const values: JsonObject = {};
    const cleanValues: JsonObject = {};
    for (const [pointer, source] of Object.entries(refs)) {
      if (source.kind !== "expression") continue;
      const clean = this.#cleanSight(source.input, node);
      if (clean) cleanValues[pointer] = valueOr(null, renderValue(source.value, this.#names(clean)));
      const value = renderValue(source.value, this.#names(this.#sight(source.input, node)));
      if (!value.ok) return { kind: "invalid", failure: failureOf(value.error) };
      values[pointer] = value.value;
    }
    this.#nested.set(node.path, values);
    if (!isEmpty(cleanValues)) this.#nestedClean.set(node.path, cleanValues);
    return RUN;
  }

  /** One attempt of an agent at its own work (`alternative` 0) or at an alternative, every expression rendered. */
  task(
    node: AgentNode,
    run: { readonly runId: string; readonly startedAtMs: number },
    attempt: number,
    alternative: number,
  ): Result<Task, Failure> {
    const work = workAt(node, alternative);
    const of = node.alternatives?.length ?? 0;
    const sight = this.#sight(node.input, node);
    const rendered = this.#rendered(work, sight);
    if (!rendered.ok) return rendered;
    const { prompt, options, tools } = rendered.value;
    const clean = this.#cleanSight(work.input, node);
    const task: Writable<Task> = {
      runId: run.runId,
      path: node.path,
      attempt,
      idempotencyKey: `${run.runId}/${node.path}#${attempt}`,
      template: node.template,
      step: node.step,
      agent: work.agent,
      performer: work.performer,
      prompt,
      options,
      parameters: sight.parameters,
      context: isEmpty(sight.context) && isEmpty(sight.loop) ? NOTHING : { ...sight.context, ...sight.loop },
      steps: sight.steps,
      previous: sight.previous,
      replica: node.replica ?? null,
      outputSchema: node.outputSchema ?? null,
      runStartedAtMs: run.startedAtMs,
      timeoutMs: work.timeoutMs,
      contentHash: node.cache ? (work.contentHash ?? null) : null,
    };
    if (of > 0) task.alternative = { index: alternative, of };
    if (work.model !== undefined) task.model = work.model;
    if (work.input.secrets) task.secrets = work.input.secrets;
    if (node.minConfidence !== undefined) task.asksConfidence = true;
    if (tools) task.tools = tools;
    if (clean) task.untainted = this.#untainted(work.input, clean);
    if (node.judges !== undefined) task.judges = node.judges;
    return ok(task);
  }

  /** What is written as expressions; names are gathered only where there is something to be rendered. */
  #rendered(
    { input, tools }: AgentNode,
    sight: Sight,
  ): Result<Pick<Task, "prompt" | "options" | "tools">, Failure> {
    if (input.prompt === undefined && isEmpty(input.options) && !tools) return NOTHING_TO_RENDER;
    const names = this.#names(sight);
    const prompt = input.prompt === undefined ? ok(null) : renderPrompt(input.prompt, names);
    if (!prompt.ok) return err(failureOf(prompt.error));
    const options = renderValue(input.options, names);
    if (!options.ok) return err(failureOf(options.error));
    const isAny = isJsonObject(options.value) && !isEmpty(options.value);
    const asked = { prompt: prompt.value, options: isAny ? (options.value as JsonObject) : NOTHING };
    if (!tools) return ok(asked);
    const used = renderTools(tools, names);
    return used.ok ? ok({ ...asked, tools: used.value }) : used;
  }

  /** What a person is asked before an agent starts, or in its place; as `makeQuestion`. */
  question(node: AgentNode, atMs: number): Result<Question, Failure> {
    const made = makeQuestion(node, this.#names(this.#sight(node.input, node)), atMs);
    if (made.ok) return made;
    return err("retryable" in made.error ? made.error : failureOf(made.error));
  }

  /** Whether text from outside is in what an agent is given. */
  isTainted(node: AgentNode): boolean {
    return this.#cleanSight(node.input, node) !== null;
  }

  /** A task as it would be if nothing had come from outside. */
  #untainted(input: AgentInput, clean: CleanSight): NonNullable<Task["untainted"]> {
    const names = this.#names(clean);
    const options = valueOr<Json>(null, renderValue(input.options, names));
    return {
      prompt: input.prompt === undefined ? null : valueOr(null, renderPrompt(input.prompt, names)),
      options: isJsonObject(options) ? options : NOTHING,
      parameters: clean.parameters,
      context: { ...clean.context, ...clean.loop },
    };
  }

  /** What an agent would see if everything from outside were empty; null where nothing is. */
  #cleanSight(input: AgentInput, reader: PlanNode): CleanSight | null {
    if (!this.#results.anyTainted && !this.#board.anyTainted) return null;
    const sight = this.#sight(input, reader);
    const scope = this.#scopeValues(input.scope, reader, true);
    const isLooped = this.#isLoopTainted(reader);
    const steps = Object.values(sight.steps).some(({ tainted }) => tainted);
    const board = this.#board.anyTainted && readsBoard(input);
    const judged = sight.judged !== null && this.#results.anyTainted;
    if (!scope.isCleaned && !isLooped && !steps && !sight.previous?.tainted && !board && !judged) return null;
    return {
      parameters: scope.parameters,
      context: scope.context,
      steps: Object.fromEntries(Object.entries(sight.steps).map(([name, view]) => [name, emptied(view)])),
      previous: sight.previous && {
        ...emptied(sight.previous),
        results: sight.previous.results.map((view) => ({ ...emptied(view), path: view.path })),
      },
      loop: isLooped ? NOTHING : sight.loop,
      judged: judged ? null : sight.judged,
      board: this.#board.untaintedValues(),
    };
  }

  /** Whether the list that a copy was made from at run time came from outside. */
  #isLoopTainted({ parent }: PlanNode): boolean {
    const fork = parent === null || !this.#index.has(parent) ? undefined : this.#index.node(parent);
    if (fork?.kind !== "fork" || !fork.forEach || !fork.input) return false;
    return this.#cleanSight(fork.input, fork) !== null;
  }

  #names(sight: Sight | CleanSight): Record<string, unknown> {
    const { parameters, context, steps, previous, loop, judged } = sight;
    const board = "board" in sight ? sight.board : this.#board.values();
    return { ...parameters, ...loop, ...judged, steps, context, board, ...(previous ? { previous } : {}) };
  }

  /** What a step publishes of an outcome; its own result goes before parameters of the same names. */
  published(node: AgentNode, publish: JsonObject, outcome: CompletedOutcome): Result<JsonObject, Failure> {
    const { output, data = null, artifacts = [], confidence } = outcome;
    const names = { ...this.#names(this.#sight(node.input, node)), output, data, artifacts, confidence };
    const values: JsonObject = {};
    for (const [key, value] of Object.entries(publish)) {
      const rendered = renderValue(value, names);
      if (!rendered.ok) {
        const failure = failureOf(rendered.error);
        return err({ ...failure, message: `board.${key}: ${failure.message}` });
      }
      values[key] = rendered.value;
    }
    return ok(values);
  }

  #sight(input: AgentInput, reader: PlanNode): Sight {
    const { parameters, context } = this.#scopeValues(input.scope, reader);
    const previous = input.previous ? this.#results.previous(input.previous) : null;
    const judged =
      reader.kind === "agent" && reader.judges !== undefined ? this.#results.caseOf(reader.judges) : null;
    return { parameters, context, steps: this.#steps(input), previous, loop: input.loop ?? NOTHING, judged };
  }

  #steps(input: AgentInput): Sight["steps"] {
    if (isEmpty(input.steps)) return NOTHING;
    const steps: Record<string, StepView> = {};
    for (const name of Object.keys(input.steps)) steps[name] = this.#results.view(input.steps[name]!);
    return steps;
  }

  /** A command's parameters, with the answers that `reader` waits for in their places; others stay null. */
  #scopeValues(path: string, reader: PlanNode, clean = false): ScopeValues {
    const scope = this.#index.has(path) ? scopeOf(this.#index.node(path)) : undefined;
    if (!scope) return NO_SCOPE;
    const pointers = Object.keys(scope.refs);
    if (pointers.length === 0) return scope;
    const filled = structuredClone({ parameters: scope.parameters, context: scope.context }) as {
      parameters: JsonObject;
      context: JsonObject;
    };
    let isCleaned = false;
    for (const pointer of pointers) {
      const source = scope.refs[pointer]!;
      if (source.kind === "expression") {
        const cleaned = clean ? this.#nestedClean.get(path) : undefined;
        const isClean = cleaned !== undefined && Object.hasOwn(cleaned, pointer);
        if (isClean) isCleaned = true;
        place(filled, pointer, (isClean ? cleaned : this.#nested.get(path))?.[pointer] ?? null);
      } else if (this.#waitsFor(reader, source.path)) {
        if (clean && this.#results.isTainted(source.path)) isCleaned = true;
        else place(filled, pointer, this.#results.view(source.path).output);
      }
    }
    return { ...filled, isCleaned };
  }

  /** Whether a node, or a group around it, needs `path` or a group around that: only then is its answer sure (V1). */
  #waitsFor(reader: PlanNode, path: string): boolean {
    const sources = new Set(this.#lineage(path));
    return this.#lineage(reader.path).some((at) =>
      this.#index.node(at).needs.some((need) => sources.has(need)),
    );
  }

  /** A node and the groups around it, innermost first. */
  #lineage(path: string): readonly string[] {
    const lineage = [path];
    for (let node = this.#index.node(path); node.parent !== null; node = this.#index.node(node.parent)) {
      lineage.push(node.parent);
    }
    return lineage;
  }
}

type BoardView = Pick<Blackboard, "values" | "anyTainted" | "untaintedValues">;

/** `isCleaned`: something from outside was left out. */
type ScopeValues = {
  readonly parameters: JsonObject;
  readonly context: JsonObject;
  readonly isCleaned?: boolean;
};

/** One for all tasks that have nothing there: thousands may be at work at once. */
const NOTHING: Record<string, never> = Object.freeze({});
const NOTHING_TO_RENDER = ok({ prompt: null, options: NOTHING });
const NO_SCOPE = { parameters: NOTHING, context: NOTHING };
const RUN: Preparation = { kind: "run" };

/** A result without a word of it. */
function emptied(view: StepView): StepView {
  return view.tainted ? { output: "", data: null, artifacts: [], status: view.status } : view;
}

function valueOr<T>(instead: T, result: Result<T, unknown>): T {
  return result.ok ? result.value : instead;
}

/** Whether what an agent is asked may read the blackboard; rather yes than no. */
function readsBoard({ prompt, options }: AgentInput): boolean {
  return `${prompt ?? ""}${JSON.stringify(options)}`.includes("board");
}

function failureOf(diagnostic: Diagnostic): Failure {
  const { code, message, hint } = diagnostic;
  return { code, message, retryable: false, ...(hint === undefined ? {} : { hint }) };
}

/** Fills what the plan has left open, which is null until then. */
function place(target: JsonObject, pointer: string, value: Json): void {
  if (!putAt(target, pointer, value)) throw new Error(`scope: nothing was left open at ${pointer}`);
}
