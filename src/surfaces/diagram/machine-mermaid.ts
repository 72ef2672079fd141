import type { DrawnTransition, MachineDiagram } from "./machine-diagram.ts";

/** A machine as a Mermaid state diagram; transitions of the machine itself are drawn as a note. */
export function machineMermaid({ name, states, transitions }: MachineDiagram): string {
  const lines = ["---", `title: ${name}`, "---", "stateDiagram-v2"];
  const draw = (parent: string | null, indent: string): void => {
    for (const { id, kind, initial } of states.filter((state) => state.parent === parent)) {
      if (initial) lines.push(`${indent}[*] --> ${nodeId(id)}`);
      if (states.some((state) => state.parent === id)) {
        lines.push(`${indent}state ${nodeId(id)} {`);
        draw(id, `${indent}  `);
        lines.push(`${indent}}`);
      }
      if (kind === "final") lines.push(`${indent}${nodeId(id)} --> [*]`);
    }
  };
  draw(null, "  ");
  for (const transition of transitions) {
    if (transition.from === "") continue;
    const { from, to } = transition;
    lines.push(`  ${nodeId(from)} --> ${nodeId(to ?? from)}: ${label(transition)}`);
  }
  const own = transitions.filter(({ from }) => from === "");
  const first = states.find(({ parent, initial }) => parent === null && initial);
  if (own.length > 0 && first) {
    const texts = own.map(
      (transition) => `${label(transition)}${transition.to === null ? "" : ` to ${transition.to}`}`,
    );
    lines.push(
      `  note left of ${nodeId(first.id)}`,
      ...texts.map((text) => `    in every state: ${text}`),
      "  end note",
    );
  }
  return `${lines.join("\n")}\n`;
}

function nodeId(id: string): string {
  return id.replaceAll(".", "_");
}

/** `event [guard] / actions`; Mermaid ends a label at a colon or semicolon. */
function label({ event, guard, actions }: DrawnTransition): string {
  const text = [
    event ?? "at once",
    ...(guard === null ? [] : [`[${guard}]`]),
    ...(actions.length > 0 ? [`/ ${actions.join(", ")}`] : []),
  ].join(" ");
  return text.replace(/[;:]/g, " ");
}
