import { TestModel } from "@xstate/graph";
import {
  type AnyActorLogic,
  type AnyMachineSnapshot,
  type AnyStateMachine,
  type AnyStateNode,
  type AnyTransitionDefinition,
  createActor,
  type EventFromLogic,
  type EventObject,
  type InputFrom,
  type SnapshotFrom,
} from "xstate";

export type Coverage = {
  readonly covered: number;
  readonly total: number;
  readonly missing: readonly string[];
};

export type ModelCoverage = {
  readonly states: Coverage;
  readonly transitions: Coverage;
  /** How many paths were run against a real actor. */
  readonly paths: number;
};

export type ModelOptions<Machine extends AnyStateMachine> = {
  /** With every effect replaced by one that does nothing: paths are run again and again. */
  readonly machine: Machine;
  /** The machine is explored once from each. */
  readonly inputs: readonly InputFrom<Machine>[];
  /** Events worth sending, those first that shall be tried first; as a function, where they depend on the state. */
  readonly events:
    | readonly EventFromLogic<Machine>[]
    | ((snapshot: SnapshotFrom<Machine>) => readonly EventFromLogic<Machine>[]);
  /** Snapshots with one text count as one state: the value and the few context fields that guards read. */
  readonly serializeState: (snapshot: SnapshotFrom<Machine>) => string;
  /** Most steps of the exploration; beyond it an error is thrown. */
  readonly limit?: number;
};

type Path = readonly EventObject[];

/** What `getAdjacencyMap` gives, its branded keys read as the texts that they are. */
type Adjacency = Readonly<
  Record<
    string,
    { readonly transitions: Readonly<Record<string, { event: EventObject; state: AnyMachineSnapshot }>> }
  >
>;

/**
 * Explores a machine as a graph, runs a shortest path to every state and over every edge on a real actor, and tells
 * which state nodes and transitions of the machine the actor went through. Throws when actor and graph disagree.
 */
export function modelCoverage<Machine extends AnyStateMachine>(
  options: ModelOptions<Machine>,
): ModelCoverage {
  const machine: AnyStateMachine = options.machine;
  const serialize = options.serializeState as (snapshot: AnyMachineSnapshot) => string;
  const states = new Set<AnyStateNode>();
  const transitions = new Set<AnyTransitionDefinition>();
  let paths = 0;
  for (const input of options.inputs as readonly unknown[]) {
    for (const { path, expected } of edgePaths(machine, input, options as ModelOptions<AnyStateMachine>)) {
      const reached = serialize(runPath(machine, input, path, states, transitions));
      if (reached !== expected) {
        const events = path.map(({ type }) => type).join(", ");
        throw new Error(
          `after ${events || "the start"} the actor is in ${reached}, the graph says ${expected}`,
        );
      }
      paths += 1;
    }
  }
  const nodes = stateNodes(machine.root);
  return {
    states: coverage(nodes.slice(1), states, ({ id }) => id),
    transitions: coverage(nodes.flatMap(transitionsOf), transitions, transitionName),
    paths,
  };
}

/** One line for a report: `agent: 12/12 states, 31/31 transitions, 45 paths`, then what is missing. */
export function coverageLine(name: string, { states, transitions, paths }: ModelCoverage): string {
  const missing = [...states.missing, ...transitions.missing];
  return (
    `${name}: ${states.covered}/${states.total} states, ${transitions.covered}/${transitions.total} transitions, ` +
    `${paths} paths${missing.length > 0 ? `; missing ${missing.join(", ")}` : ""}`
  );
}

/** The start, and for every edge of the graph a shortest path to its source with that edge at the end. */
function edgePaths(
  machine: AnyStateMachine,
  input: unknown,
  { events, serializeState, limit = 20_000 }: ModelOptions<AnyStateMachine>,
): { path: Path; expected: string }[] {
  // TestModel itself, because createTestModel refuses machines with invocations or delays.
  const model = new TestModel<AnyMachineSnapshot, EventObject, unknown>(machine as unknown as AnyActorLogic, {
    input,
    limit,
    serializeState,
    stopWhen: ({ status }) => status !== "active",
    events: (snapshot) => {
      const given = typeof events === "function" ? events(snapshot) : events;
      return [...given, ...ownEvents(snapshot, given)].filter((event) => snapshot.can(event));
    },
  });
  const found: { path: Path; expected: string }[] = [];
  const prefixes = new Map<string, Path>();
  // The map is in breadth-first order, so the first path to a state is a shortest one.
  for (const [source, { transitions }] of Object.entries(model.getAdjacencyMap() as unknown as Adjacency)) {
    const prefix = prefixes.get(source);
    if (prefix === undefined) found.push({ path: [], expected: source });
    for (const { event, state } of Object.values(transitions)) {
      const path = [...(prefix ?? []), event];
      const expected = serializeState(state);
      if (!prefixes.has(expected)) prefixes.set(expected, path);
      found.push({ path, expected });
    }
    if (prefix === undefined) prefixes.set(source, []);
  }
  return found;
}

/** What the runtime itself would send in this state: elapsed delays, ends of children. */
function ownEvents(snapshot: AnyMachineSnapshot, given: readonly EventObject[]): EventObject[] {
  return (snapshot._nodes as readonly AnyStateNode[])
    .flatMap((node) => [...node.transitions.keys()])
    .filter((type) => /^xstate\.(after|done\.actor|error\.actor)\.[^*]+$/.test(type))
    .filter((type) => !given.some((event) => event.type === type))
    .map((type) =>
      type.startsWith("xstate.error.") ? { type, error: new Error(type) } : { type, output: undefined },
    );
}

/** Runs events on a real actor, noting the state nodes and transitions that it goes through. */
function runPath(
  machine: AnyStateMachine,
  input: unknown,
  path: Path,
  states: Set<AnyStateNode>,
  transitions: Set<AnyTransitionDefinition>,
): AnyMachineSnapshot {
  const actor = createActor(machine, {
    input,
    // No delay elapses by itself: the graph sends `xstate.after.*` where it wants one.
    clock: { setTimeout: () => 0, clearTimeout: () => undefined },
    inspect(event) {
      if (event.type !== "@xstate.microstep" || event.actorRef.sessionId !== event.rootId) return;
      for (const node of (event.snapshot as AnyMachineSnapshot)._nodes) states.add(node);
      for (const transition of event._transitions) {
        transitions.add(transition);
        // A state that is left at once stands in no snapshot; that it was left proves that it was entered.
        for (let node: AnyStateNode | undefined = transition.source; node; node = node.parent)
          states.add(node);
      }
    },
  });
  let failure: unknown;
  actor.subscribe({ error: (error) => (failure = error) });
  actor.start();
  for (const event of path) actor.send(event);
  const snapshot: AnyMachineSnapshot = actor.getSnapshot();
  actor.stop();
  if (failure !== undefined) throw failure;
  for (const node of snapshot._nodes) states.add(node);
  return snapshot;
}

/** The node and everything below it; a history node is a way to a state, not a state. */
function stateNodes(node: AnyStateNode): AnyStateNode[] {
  return node.type === "history" ? [] : [node, ...Object.values(node.states).flatMap(stateNodes)];
}

function transitionsOf(node: AnyStateNode): AnyTransitionDefinition[] {
  return [...[...node.transitions.values()].flat(), ...(node.always ?? [])];
}

function coverage<T>(all: readonly T[], seen: ReadonlySet<T>, name: (item: T) => string): Coverage {
  const missing = all.filter((item) => !seen.has(item)).map(name);
  return { covered: all.length - missing.length, total: all.length, missing };
}

/** `source -- event [guard] -> target`. */
function transitionName({ source, eventType, guard, target }: AnyTransitionDefinition): string {
  const condition = guard === undefined ? "" : ` [${guardName(guard)}]`;
  const targets = target?.map(({ id }) => id).join(" & ") ?? "itself";
  return `${source.id} -- ${eventType || "always"}${condition} -> ${targets}`;
}

function guardName(guard: unknown): string {
  if (typeof guard === "string") return guard;
  const { type, name } = guard as { readonly type?: string; readonly name?: string };
  return type ?? name ?? "guard";
}
