import type { AgentNode } from "./plan.ts";

/**
 * An agent as it does its own work (0: the node as it is) or the n-th alternative to it, from 1. Throws when there is no such
 * alternative.
 */
export function workAt(node: AgentNode, alternative: number): AgentNode {
  if (alternative === 0) return node;
  const work = node.alternatives?.[alternative - 1];
  if (!work) throw new Error(`${node.path} has no alternative ${alternative}`);
  const { prompt, options, secrets, ...who } = work;
  const { prompt: _, secrets: __, ...input } = node.input;
  // What is the own work's alone: an alternative has its own, or none.
  const { contentHash: ___, model: ____, calibration: _____, ...rest } = node;
  return {
    ...rest,
    ...who,
    input: {
      ...input,
      ...(prompt === undefined ? {} : { prompt }),
      options,
      ...(secrets ? { secrets } : {}),
    },
  };
}

/**
 * When an answer of an agent calls for an alternative though it is one: below `least`, for the first `alternatives` of them, which ask
 * models; null: never.
 */
export function escalationOf({
  minConfidence: least,
  alternatives,
}: AgentNode): { readonly least: number; readonly alternatives: number } | null {
  if (least === undefined || !alternatives) return null;
  const other = alternatives.findIndex(({ model }) => model === undefined);
  const surer = other < 0 ? alternatives.length : other;
  return surer === 0 ? null : { least, alternatives: surer };
}

/** An agent as it does its own work, and then each of the alternatives to it. */
export function worksOf(node: AgentNode): readonly AgentNode[] {
  if (!node.alternatives) return [node];
  return [node, ...node.alternatives.map((_, index) => workAt(node, index + 1))];
}
