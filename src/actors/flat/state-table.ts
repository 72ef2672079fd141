import type { AnyStateMachine } from "xstate";
import type { StateNodeView, TransitionView } from "./state-node-view.ts";
import { type Guard, guardOf, type Step, stepOf } from "./steps.ts";

/** One way out of a state, or on within it. */
export type Candidate = {
  readonly guard: Guard | null;
  readonly target: FlatState | null;
  readonly steps: readonly Step[];
};

type Listener = { readonly matches: (type: string) => boolean; readonly candidates: readonly Candidate[] };

/** What can be heard in one place: by the event's whole name, then by patterns, the longest first. */
export type Listening = {
  readonly exact: ReadonlyMap<string, readonly Candidate[]>;
  readonly patterns: readonly Listener[];
};

/** A state with all that is ever looked up of it. */
export type FlatState = {
  readonly value: string;
  readonly node: StateNodeView;
  readonly nodes: readonly StateNodeView[];
  readonly tags: ReadonlySet<string>;
  readonly isFinal: boolean;
  /** The event that the machine's output hears when this is its last state. */
  readonly doneType: string;
  entry: readonly Step[];
  exit: readonly Step[];
  always: readonly Candidate[];
  own: Listening;
};

/** A flat machine's states by name. */
export type StateTable = {
  readonly states: ReadonlyMap<string, FlatState>;
  readonly initial: FlatState;
  readonly entry: readonly Step[];
  readonly everywhere: Listening;
};

const NOTHING: Listening = { exact: new Map(), patterns: [] };

/**
 * Whether the tables can stand for a machine: one level of atomic and final states; nothing invoked, delayed, remembered or
 * re-entered; nothing that leaves a final state or the machine.
 */
export function isFlat(machine: AnyStateMachine): boolean {
  const root = machine.root as unknown as StateNodeView;
  const states = Object.values(root.states);
  const waysOut = (node: StateNodeView): readonly TransitionView[] => [
    ...(node.always ?? []),
    ...[...node.transitions.values()].flat(),
  ];
  const isPlain = (node: StateNodeView): boolean =>
    node.invoke.length === 0 && node.config.after === undefined && node.config.onDone === undefined;
  return (
    root.type === "compound" &&
    [root, ...states].every(isPlain) &&
    root.exit.length === 0 &&
    (root.always ?? []).length === 0 &&
    (root.initial?.actions ?? []).length === 0 &&
    waysOut(root).every(({ target }) => target === undefined) &&
    states.every(
      (node) =>
        (node.type === "atomic" || (node.type === "final" && node.exit.length === 0)) &&
        waysOut(node).every(
          ({ target, reenter }) =>
            !reenter &&
            (target === undefined ||
              (target.length === 1 && target[0] !== node && states.includes(target[0]!))),
        ),
    )
  );
}

/** Makes the table of a flat machine; what its actions and guards are is settled here, once. */
export function tableOf(machine: AnyStateMachine): StateTable {
  const root = machine.root as unknown as StateNodeView;
  const states = new Map(
    Object.values(root.states).map((node): [string, FlatState] => [
      node.key,
      {
        value: node.key,
        node,
        nodes: [root, node],
        tags: new Set(node.tags),
        isFinal: node.type === "final",
        doneType: `xstate.done.state.${node.id}`,
        entry: node.entry.map((action) => stepOf(machine, action)),
        exit: node.exit.map((action) => stepOf(machine, action)),
        always: [],
        own: NOTHING,
      },
    ]),
  );
  const candidate = ({ guard, target, actions }: TransitionView): Candidate => ({
    guard: guard === undefined ? null : guardOf(machine, guard),
    target: target === undefined ? null : states.get(target[0]!.key)!,
    steps: actions.map((action) => stepOf(machine, action)),
  });
  for (const state of states.values()) {
    state.always = (state.node.always ?? []).map(candidate);
    state.own = listening(state.node, candidate);
  }
  return {
    states,
    initial: states.get(root.initial!.target[0]!.key)!,
    entry: root.entry.map((action) => stepOf(machine, action)),
    everywhere: listening(root, candidate),
  };
}

function listening(node: StateNodeView, candidate: (transition: TransitionView) => Candidate): Listening {
  const exact = new Map<string, readonly Candidate[]>();
  const patterns: (Listener & { readonly length: number })[] = [];
  for (const [descriptor, transitions] of node.transitions) {
    const candidates = transitions.map(candidate);
    if (!descriptor.endsWith("*")) {
      exact.set(descriptor, candidates);
      continue;
    }
    const start = descriptor.slice(0, -1);
    const matches = (type: string): boolean => type.startsWith(start) || `${type}.` === start;
    patterns.push({ matches, candidates, length: descriptor.length });
  }
  patterns.sort((a, b) => b.length - a.length);
  return { exact, patterns };
}
