import type { AnyStateMachine, AnyStateNode } from "xstate";

/** A machine as it can be drawn: read from the machine itself, so that it is never out of date. */
export type MachineDiagram = {
  readonly name: string;
  readonly states: readonly DrawnState[];
  readonly transitions: readonly DrawnTransition[];
};

export type DrawnState = {
  /** Path of keys joined by `.`; the machine itself has none. */
  readonly id: string;
  readonly parent: string | null;
  readonly kind: string;
  /** Whether its parent begins with it. */
  readonly initial: boolean;
  readonly entry: readonly string[];
  readonly exit: readonly string[];
};

export type DrawnTransition = {
  readonly from: string;
  /** Absent: it stays where it is. */
  readonly to: string | null;
  /** Absent: taken as soon as its guard holds. */
  readonly event: string | null;
  readonly guard: string | null;
  readonly actions: readonly string[];
};

/** Every state and transition, in the order in which the machine defines them; the machine's own stand under the id "". */
export function machineDiagram(machine: AnyStateMachine): MachineDiagram {
  const states: DrawnState[] = [];
  const transitions: DrawnTransition[] = [];
  const visit = (node: AnyStateNode): void => {
    const initial = new Set((node.initial?.target ?? []).map((target) => target.key));
    for (const definition of [...node.transitions.values()].flat()) {
      transitions.push(drawn(node, definition.eventType, definition));
    }
    for (const definition of node.always ?? []) transitions.push(drawn(node, null, definition));
    for (const child of Object.values(node.states)) {
      states.push({
        id: idOf(child),
        parent: node.parent ? idOf(node) : null,
        kind: child.type,
        initial: initial.has(child.key),
        entry: child.entry.map(nameOf),
        exit: child.exit.map(nameOf),
      });
      visit(child);
    }
  };
  visit(machine.root);
  return { name: machine.id, states, transitions };
}

/** One arrow between two states, or back to the same one: all transitions that take it. */
export type DrawnArrow = {
  readonly from: string;
  readonly to: string;
  readonly transitions: readonly DrawnTransition[];
};

/** All that leads from one state to another is one arrow; what leads nowhere else is a loop. The machine's own are none. */
export function arrowsOf({ transitions }: Pick<MachineDiagram, "transitions">): readonly DrawnArrow[] {
  const arrows = new Map<string, DrawnArrow & { readonly transitions: DrawnTransition[] }>();
  for (const transition of transitions) {
    const { from } = transition;
    if (from === "") continue;
    const to = transition.to ?? from;
    const key = `${from}\n${to}`;
    const known = arrows.get(key);
    if (known) known.transitions.push(transition);
    else arrows.set(key, { from, to, transitions: [transition] });
  }
  return [...arrows.values()];
}

type Definition = {
  readonly target?: readonly AnyStateNode[] | undefined;
  readonly guard?: unknown;
  readonly actions: readonly unknown[];
};

function drawn(node: AnyStateNode, event: string | null, definition: Definition): DrawnTransition {
  const target = definition.target?.[0];
  return {
    from: idOf(node),
    to: target ? idOf(target) : null,
    event,
    guard: definition.guard === undefined ? null : guardName(definition.guard),
    actions: definition.actions.map(nameOf),
  };
}

function idOf(node: AnyStateNode): string {
  return node.path.join(".");
}

/** Names of guards, those within `and`, `or` and `not` too. */
function guardName(guard: unknown): string {
  if (typeof guard === "function" && "guards" in guard && Array.isArray(guard.guards)) {
    const names = guard.guards.map(guardName);
    if (guard.name === "not") return `not ${names.join("")}`;
    return names.join(` ${guard.name === "or" ? "or" : "and"} `);
  }
  return nameOf(guard);
}

function nameOf(part: unknown): string {
  if (typeof part === "string") return part;
  if (typeof part === "object" && part !== null && "type" in part) {
    const params = "params" in part && part.params !== undefined ? `(${paramsText(part.params)})` : "";
    return `${String(part.type)}${params}`;
  }
  return typeof part === "function" ? part.name : "inline";
}

function paramsText(params: unknown): string {
  return typeof params === "object" && params !== null
    ? Object.values(params).map(String).join(", ")
    : String(params);
}
