import { LIMITS } from "../shared/limits.ts";
import { readsOf } from "../templates/expressions.ts";
import type { ModelCatalogue, ModelTerms } from "./models.ts";
import { leafAgent, type NodeGraph, scopeOf } from "./node-graph.ts";
import type { AgentInput, AgentNode, Bound } from "./plan.ts";

/** Characters of English text for one token: a rule of thumb, for bounds only. */
const CHARACTERS_PER_TOKEN = 4;
/** Output tokens expected of one call, and the most that one is given unless a model says otherwise. */
const OUTPUT_TOKENS = { expected: 1_000, atMost: 8_192 };
/** What every agent is told beside its prompt: rules, its kind. */
const INSTRUCTION_TOKENS = 300;
/** No model reads more at once: longer prompts are refused, and cost nothing. */
const CONTEXT_TOKENS = 1_000_000;

/** Calls, tokens and money of one node's agents, all copies of it together. */
export type ModelLoad = { readonly calls: Bound; readonly tokens: Bound; readonly costMicros: Bound };

/**
 * What the agents of a plan's nodes will ask of a model: estimates, since nobody knows before how long results are. At least: the prompts
 * as they stand; expected: every result read at its expected length; at most: at the most that a model may write, in every
 * attempt, and a second call where data must keep to a schema.
 */
export class ModelBounds {
  readonly #graph: NodeGraph;
  readonly #models: ModelCatalogue | undefined;
  /** Of models, by their names. */
  readonly #terms = new Map<string | undefined, Terms>();
  /** Agents at and below each node, dynamic copies at their most; made when first asked for. */
  #agents: ReadonlyMap<string, Counted> | undefined;
  readonly #scopes = new Map<string, Material>();

  constructor(graph: NodeGraph, models: ModelCatalogue | undefined) {
    this.#graph = graph;
    this.#models = models;
  }

  /** `sure`: whether the node is certain to run; `copies`: of it, at most. */
  of(agent: AgentNode, sure: boolean, copies: number): ModelLoad {
    const own = tokensIn(agent.input.prompt ?? "");
    const { tokens, read } = this.#materialOf(agent.input, agent.judges);
    const { output, price, toolSteps } = this.#termsOf(agent.model);
    const answers = agent.tools ? toolSteps : 1;
    const most = copies * agent.retry.attempts * (answers + (agent.outputSchema ? 1 : 0));
    const least = sure ? 1 : 0;
    const input = {
      atLeast: own,
      expected: Math.min(CONTEXT_TOKENS, own + tokens + read.expected * output.expected),
      atMost: Math.min(CONTEXT_TOKENS, own + tokens + read.atMost * output.atMost),
    };
    const { expected, atMost } = output;
    const priced = (inputTokens: number, outputTokens: number): number =>
      price ? Math.ceil((inputTokens * price.inputMicros + outputTokens * price.outputMicros) / 1e6) : 0;
    return {
      calls: { atLeast: least, expected: 1, atMost: most },
      tokens: {
        atLeast: least * input.atLeast,
        expected: input.expected + expected,
        atMost: most * (input.atMost + atMost),
      },
      costMicros: {
        atLeast: least * priced(input.atLeast, 0),
        expected: priced(input.expected, expected),
        atMost: most * priced(input.atMost, atMost),
      },
    };
  }

  #termsOf(model: string | undefined): Terms {
    const known = this.#terms.get(model);
    if (known) return known;
    const terms = model === undefined ? undefined : this.#models?.terms(model);
    const atMost = terms?.maxOutputTokens ?? OUTPUT_TOKENS.atMost;
    const made: Terms = {
      output: { expected: Math.min(OUTPUT_TOKENS.expected, atMost), atMost },
      price: terms?.price ?? null,
      toolSteps: terms?.toolSteps ?? 1,
    };
    this.#terms.set(model, made);
    return made;
  }

  /** What an agent is shown beside its prompt, and how many results in it. */
  #materialOf({ prompt, scope, steps, previous = [] }: AgentInput, judges: string | undefined): Material {
    const around = this.#scopeOf(scope);
    const shown =
      prompt === undefined ? [...Object.values(steps), ...previous] : read(prompt, steps, previous);
    // A judge reads all results of its group, and of those that contradict each other the values once more.
    const paths = judges === undefined ? shown : [...shown, judges, judges];
    return { tokens: INSTRUCTION_TOKENS + around.tokens, read: sum([around.read, ...this.#counts(paths)]) };
  }

  /** The parameters of a command, those that only the run knows as the results that they come from. */
  #scopeOf(path: string): Material {
    const known = this.#scopes.get(path);
    if (known) return known;
    // Until it is known it counts as nothing: a scope cannot stand within itself.
    this.#scopes.set(path, NOTHING);
    const index = this.#graph.indexOf.get(path);
    const scope = index === undefined ? undefined : scopeOf(this.#graph.nodes[index]!);
    const { parameters = {}, context = {}, refs = {} } = scope ?? {};
    const read = Object.values(refs).flatMap((source) =>
      source.kind === "answer"
        ? this.#counts([source.path])
        : [
            this.#scopeOf(source.input.scope).read,
            ...this.#counts(Object.values(source.input.steps)),
            ...this.#counts(source.input.previous ?? []),
          ],
    );
    const material = { tokens: tokensIn(JSON.stringify({ parameters, context })), read: sum(read) };
    this.#scopes.set(path, material);
    return material;
  }

  #counts(paths: readonly string[]): readonly Counted[] {
    this.#agents ??= countAgents(this.#graph);
    const all = this.#agents;
    return paths.map((path) => all.get(path) ?? NOTHING.read);
  }
}

type Terms = Required<Pick<ModelTerms, "price" | "toolSteps">> & { readonly output: typeof OUTPUT_TOKENS };
type Counted = { readonly expected: number; readonly atMost: number };
type Material = { readonly tokens: number; readonly read: Counted };

const NOTHING: Material = { tokens: 0, read: { expected: 0, atMost: 0 } };

/** The nodes whose results a prompt reads. */
function read(prompt: string, steps: AgentInput["steps"], previous: readonly string[]): readonly string[] {
  const reads = readsOf(prompt);
  if (!reads.ok) return [];
  return reads.value.flatMap(([root, member]) => {
    if (root === "previous") return previous;
    if (root !== "steps") return [];
    return member === undefined ? Object.values(steps) : Object.hasOwn(steps, member) ? [steps[member]!] : [];
  });
}

/** Parents stand before their children, so that a walk from the end finds every sum whole. */
function countAgents({ nodes }: NodeGraph): ReadonlyMap<string, Counted> {
  const counts = new Map<string, Counted>();
  for (const node of nodes.toReversed()) {
    const own = !leafAgent(node)
      ? NOTHING.read
      : { expected: 1, atMost: node.kind === "agent" ? 1 : LIMITS.forEachItems };
    counts.set(node.path, sum([own, ...node.children.map((child) => counts.get(child) ?? NOTHING.read)]));
  }
  return counts;
}

function sum(all: readonly Counted[]): Counted {
  return all.reduce(
    (total, one) => ({ expected: total.expected + one.expected, atMost: total.atMost + one.atMost }),
    NOTHING.read,
  );
}

function tokensIn(text: string): number {
  return Math.ceil(text.length / CHARACTERS_PER_TOKEN);
}
