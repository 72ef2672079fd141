import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from "xstate";

/** A flat machine as a Mermaid state diagram; what the root answers in every state is left out. */
export function mermaidOf({ root }: AnyStateMachine): string {
  const states = Object.values(root.states) as AnyStateNode[];
  const initial = root.initial.target[0]!.key;
  const lines = states.flatMap((state) => [
    ...transitionsOf(state).map((one) =>
      `  ${state.key} --> ${one.target?.[0]?.key ?? state.key}: ${labelOf(one)}`.replace(/: $/, ""),
    ),
    ...(state.type === "final" ? [`  ${state.key} --> [*]`] : []),
  ]);
  return ["stateDiagram-v2", `  [*] --> ${initial}`, ...lines].join("\n");
}

/** Names of all events that a machine answers, sorted. */
export function eventsOf({ root }: AnyStateMachine): string[] {
  const nodes = [root as AnyStateNode, ...(Object.values(root.states) as AnyStateNode[])];
  return [...new Set(nodes.flatMap((node) => [...node.transitions.keys()]))].sort();
}

function transitionsOf(state: AnyStateNode): AnyTransitionDefinition[] {
  return [...(state.always ?? []), ...[...state.transitions.values()].flat()];
}

function labelOf({ eventType, guard }: AnyTransitionDefinition): string {
  const names = guardNames(guard).join(" and ");
  return [eventType, names === "" ? "" : `[${names}]`].filter((part) => part !== "").join(" ");
}

function guardNames(guard: unknown): readonly string[] {
  if (guard === undefined || guard === null) return [];
  if (typeof guard === "string") return [guard];
  const { guards, type } = guard as { readonly guards?: readonly unknown[]; readonly type?: string };
  return guards ? guards.flatMap(guardNames) : [type ?? "guard"];
}
