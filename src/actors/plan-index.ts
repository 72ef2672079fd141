import type { AgentNode, GroupNode, Plan, PlanNode } from "../plan/plan.ts";
import type { Json } from "../shared/json.ts";
import type { Place } from "./place.ts";

/** Path of the group that holds a plan's roots; no plan node has it. */
export const ROOT_PATH = "";

/** One for all that nobody needs: of a wide fork, all of it. */
const NOBODY: Place[] = [];

/** A plan's nodes by path, with the reverse of `needs`; grows when a fork's children are made at run time. */
export class PlanIndex {
  readonly #places = new Map<string, Place>();
  readonly #isSupervised: boolean;
  /**
   * What follows from one fact asks for the same agent again and again, and for the group around it in between; facts, and walks over the
   * plan, then go on with the one after it. A look-up by path in a plan of thousands goes to memory that was not read for long.
   */
  #lastAgent: Place;
  #lastGroup: Place;
  #expected: Place;

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
    this.#lastAgent = this.#lastGroup = this.#expected = this.#put(root);
    this.#isSupervised = plan.nodes.some((node) => node.kind !== "agent" && node.supervision);
    const places = this.#putAll(plan.nodes);
    for (const place of places)
      for (const need of place.node.needs) {
        const needed = this.#places.get(need);
        if (needed?.dependents === NOBODY) needed.dependents = [place];
        else needed?.dependents.push(place);
      }
  }

  has(path: string): boolean {
    return this.#places.has(path);
  }

  find(path: string): Place | undefined {
    const last = this.#lastAgent;
    if (last.node.path === path) return last;
    if (this.#expected.node.path === path) return this.#expected;
    if (this.#lastGroup.node.path === path) return this.#lastGroup;
    const place = last.next?.node.path === path ? last.next : this.#places.get(path);
    if (place?.node.kind === "agent") this.#lastAgent = place;
    else if (place) this.#lastGroup = place;
    return place;
  }

  /** Says of whom the next questions are. */
  expect(place: Place): void {
    this.#expected = place;
  }

  place(path: string): Place {
    const place = this.find(path);
    if (!place) throw new Error(`plan index: no node ${path}`);
    return place;
  }

  node(path: string): PlanNode {
    return this.place(path).node;
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
    return this.childPlaces(group).map(({ node }) => node.path);
  }

  /** As `children`, with all that is known of them. */
  childPlaces(group: GroupNode): readonly Place[] {
    const place = this.place(group.path);
    place.children ??= group.children.map((path) => this.place(path));
    return place.children;
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

  /** Makes the children of a fork whose list is known only now: `path.0`, `path.1` ...; what they need, the fork has needed. */
  makeChildren(fork: GroupNode, items: readonly Json[]): void {
    const { template, variable } = fork.forEach!;
    const copies = items.map((item, index) => {
      const path = `${fork.path}.${index}`;
      const loop = { ...template.input.loop, [variable]: item };
      return { ...template, path, parent: fork.path, input: { ...template.input, loop } };
    });
    this.place(fork.path).children = this.#putAll(copies);
  }

  /** A node and every node under it, in plan order; forks that were not unfolded have none. */
  under(path: string): readonly string[] {
    return this.placesUnder(path).map(({ node }) => node.path);
  }

  /** As `under`, with all that is known of them. */
  placesUnder(path: string): readonly Place[] {
    const found: Place[] = [];
    const pending = [this.place(path)];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      found.push(next);
      const { node } = next;
      if (node.kind === "agent") continue;
      const children = this.childPlaces(node);
      for (let index = children.length - 1; index >= 0; index--) pending.push(children[index]!);
    }
    return found;
  }

  #putAll(nodes: readonly PlanNode[]): Place[] {
    const places = nodes.map((node) => this.#put(node));
    for (let at = 1; at < places.length; at++) places[at - 1]!.next = places[at]!;
    return places;
  }

  #put(node: PlanNode): Place {
    const place: Place = {
      node,
      dependents: NOBODY,
      next: undefined,
      children: undefined,
      agent: undefined,
      group: undefined,
      work: undefined,
      timer: undefined,
      settlement: undefined,
      unsettledNeeds: node.needs.length,
      result: undefined,
      isCollected: false,
      request: undefined,
      rank: undefined,
    };
    this.#places.set(node.path, place);
    return place;
  }
}
