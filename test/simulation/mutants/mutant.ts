import type { AgentNode, Plan, PlanNode } from "../../../src/plan/plan.ts";
import type { Wiring } from "../world.ts";

/** A planted bug: other parts for the world, or a product class that behaves otherwise while the mutant is on. */
export type Mutant = {
  readonly name: string;
  /** What is broken. */
  readonly what: string;
  readonly wiring?: Partial<Wiring>;
  /** Changes a class; the returned function changes it back. */
  readonly patch?: () => () => void;
};

// biome-ignore lint/suspicious/noExplicitAny: methods of any class are replaced by name.
type Method = (this: any, ...args: any[]) => any;

/** Replaces a method of a class; `make` is given the one that was there. */
export function replaced<T extends object>(
  { prototype }: { readonly prototype: T },
  name: keyof T & string,
  make: (original: Method) => Method,
): () => void {
  const original = prototype[name];
  Object.defineProperty(prototype, name, {
    value: make(original as Method),
    configurable: true,
    writable: true,
  });
  return () => {
    Object.defineProperty(prototype, name, { value: original, configurable: true, writable: true });
  };
}

/** Changes what a method gives. */
export function answering<T extends object, N extends keyof T & string>(
  of: { readonly prototype: T },
  name: N,
  change: (given: T[N] extends (...args: never[]) => infer Given ? Given : never) => unknown,
): () => void {
  return replaced(of, name, (original) => {
    return function (...args) {
      return change(original.apply(this, args));
    };
  });
}

/** Gives the engine another plan than the one that is judged by. */
export function planned(change: (agent: AgentNode) => AgentNode): Mutant["wiring"] {
  const one = (node: PlanNode): PlanNode => {
    if (node.kind === "agent") return change(node);
    return node.forEach
      ? { ...node, forEach: { ...node.forEach, template: change(node.forEach.template) } }
      : node;
  };
  return { plan: (plan): Plan => ({ ...plan, nodes: plan.nodes.map(one) }) };
}
