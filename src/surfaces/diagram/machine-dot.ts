import { type Colours, dotEdge, dotHead, dotNode, html, LOOK, quoted, small } from "./dot.ts";
import { arrowsOf, type DrawnState, type DrawnTransition, type MachineDiagram } from "./machine-diagram.ts";

/** How ends are coloured, by what they mean. */
const ENDS: Readonly<Record<string, Colours>> = {
  succeeded: LOOK.good,
  done: LOOK.good,
  failed: LOOK.bad,
  degraded: LOOK.weak,
  partial: LOOK.weak,
};

/** A machine as a graph for Graphviz: states with their entry actions, one arrow for all that leads from one to another. */
export function machineDot({ name, states, transitions }: MachineDiagram): string {
  const lines = dotHead(name, "TB");
  const draw = (parent: string | null, indent: string): void => {
    for (const state of states.filter((one) => one.parent === parent)) {
      if (state.initial) lines.push(...start(state, indent));
      if (states.some((one) => one.parent === state.id)) {
        lines.push(`${indent}subgraph ${quoted(`cluster ${state.id}`)} {`);
        lines.push(
          `${indent}  graph [label=${quoted(keyOf(state))}, style="rounded", color="${LOOK.group.line}"]`,
        );
        draw(state.id, `${indent}  `);
        lines.push(`${indent}}`);
      } else lines.push(`${indent}${dotNode(state.id, look(state))}`);
    }
  };
  draw(null, "  ");
  lines.push(...arrows({ transitions, states }));
  const everywhere = transitions.filter(({ from }) => from === "");
  if (everywhere.length > 0) {
    const rows = everywhere.map(
      (one) => `${words(one)}${one.to === null ? "" : html(` → ${one.to}`)}&#160;&#160;`,
    );
    const label = `<b>in every state</b><br align="left"/>${rows.join('<br align="left"/>')}<br align="left"/>`;
    const note = `class=note, shape=note, style=filled, fillcolor="#fffbeb", color="#fbbf24", label=<${label}>`;
    lines.push(`  ${dotNode("every state", note)}`);
  }
  return `${lines.join("\n")}\n}\n`;
}

function start({ id }: DrawnState, indent: string): string[] {
  const dot = `start ${id}`;
  const { ink } = LOOK;
  const round = `shape=circle, style=filled, fillcolor="${ink}", color="${ink}", label="", width=0.14, height=0.14, fixedsize=true`;
  return [`${indent}${dotNode(dot, round)}`, `${indent}${dotEdge(dot, id)}`];
}

function look(state: DrawnState): string {
  const actions = [
    ...state.entry.map((action) => small(`entry / ${action}`)),
    ...state.exit.map((action) => small(`exit / ${action}`)),
  ];
  const label = `label=<<b>${html(keyOf(state))}</b>${actions.map((action) => `<br/>${action}`).join("")}>`;
  if (state.kind !== "final") return label;
  const { fill, line } = ENDS[keyOf(state)] ?? LOOK.none;
  return `${label}, peripheries=2, fillcolor="${fill}", color="${line}"`;
}

/** Into a group leads what leads to its first state. */
function arrows({ transitions, states }: Pick<MachineDiagram, "transitions" | "states">): string[] {
  const inside = (id: string): string => {
    const first = states.find(({ parent, initial }) => parent === id && initial);
    return first ? inside(first.id) : id;
  };
  return arrowsOf({ transitions }).map(({ from, to, transitions }) => {
    const label = transitions.map((one) => `&#160;${words(one)}&#160;&#160;<br align="left"/>`).join("");
    return `  ${dotEdge(inside(from), inside(to), `label=<${label}>`)}`;
  });
}

/** `event [guard] / actions`. */
function words({ event, guard, actions }: DrawnTransition): string {
  return [
    event === null ? `<i>at once</i>` : html(event),
    ...(guard === null ? [] : [`<font color="#7c3aed">[${html(guard)}]</font>`]),
    ...(actions.length > 0 ? [small(`/ ${actions.join(", ")}`)] : []),
  ].join(" ");
}

function keyOf({ id }: DrawnState): string {
  return id.slice(id.lastIndexOf(".") + 1);
}
