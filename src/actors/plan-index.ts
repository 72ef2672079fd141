import type { AgentNode, GroupNode, Plan, PlanNode } from "../plan/plan.ts";
import type { Json } from "../shared/json.ts";

/** Path of the group that holds a plan's roots; no plan node has it. */
export const ROOT_PATH = "";

const NONE: readonly string[] = [];

/** A plan's nodes by path, with the reverse of `needs`; grows when a fork's children are made at run time. */
export class PlanIndex {
  readonly #nodes = new Map<string, PlanNode>();
  readonly #dependents = new Map<string, string[]>();
  readonly #made = new Map<string, readonly string[]>();
  readonly #isSupervised: boolean;
  /** What follows from one fact asks for the same agent again and again, and for nodes around it in between. */
  #lastAgent: AgentNode | null = null;

  constructor(plan: Plan) {
    const root: GroupNode = {
      kind: "chain",
      path: ROOT_PATH,
      parent: null,
      needs: [],
      children: plan.roots,
      template: null,
      step: null,
      priority: 0,
      synthesis: "aggregate",
      successThreshold: 1,
      role: "program",
    };
    this.#nodes.set(ROOT_PATH, root);
    this.#isSupervised = plan.nodes.some((node) => node.kind !== "agent" && node.supervision);
    for (const node of plan.nodes) {
      this.#nodes.set(node.path, node);
      for (const need of node.needs) {
        const list = this.#dependents.get(need);
        if (list) list.push(node.path);
        else this.#dependents.set(need, [node.path]);
      }
    }
  }

  has(path: string): boolean {
    return this.#nodes.has(path);
  }

  node(path: string): PlanNode {
    if (this.#lastAgent?.path === path) return this.#lastAgent;
    const node = this.#nodes.get(path);
    if (!node) throw new Error(`plan index: no node ${path}`);
    if (node.kind === "agent") this.#lastAgent = node;
    return node;
  }

  agent(path: string): AgentNode {
    const node = this.node(path);
    if (node.kind !== "agent") throw new Error(`plan index: ${path} is a ${node.kind}, not an agent`);
    return node;
  }

  group(path: string): GroupNode {
    const node = this.node(path);
    if (node.kind === "agent") throw new Error(`plan index: ${path} is an agent, not a group`);
    return node;
  }

  children(group: GroupNode): readonly string[] {
    return this.#made.get(group.path) ?? group.children;
  }

  /** The path of the group that runs a node. */
  parentOf(node: PlanNode): string {
    return node.parent ?? ROOT_PATH;
  }

  /** The nearest group around a node that supervises; null when there is none. */
  supervisorOf(path: string): string | null {
    if (!this.#isSupervised) return null;
    for (let { parent } = this.node(path); parent !== null; { parent } = this.node(parent))
      if (this.group(parent).supervision) return parent;
    return null;
  }

  dependents(path: string): readonly string[] {
    return this.#dependents.get(path) ?? NONE;
  }

  /** Makes the children of a fork whose list is known only now: `path.0`, `path.1` ... */
  makeChildren(fork: GroupNode, items: readonly Json[]): void {
    const { template, variable } = fork.forEach!;
    const paths = items.map((item, index) => {
      const path = `${fork.path}.${index}`;
      const loop = { ...template.input.loop, [variable]: item };
      this.#nodes.set(path, { ...template, path, parent: fork.path, input: { ...template.input, loop } });
      return path;
    });
    this.#made.set(fork.path, paths);
  }

  /** A node and every node under it, in plan order; forks that were not unfolded have none. */
  under(path: string): readonly string[] {
    const found: string[] = [];
    const pending = [path];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      found.push(next);
      const node = this.node(next);
      if (node.kind === "agent") continue;
      const children = this.children(node);
      for (let index = children.length - 1; index >= 0; index--) pending.push(children[index]!);
    }
    return found;
  }
}
