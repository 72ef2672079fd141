import { type Colours, dotHead, html, LOOK, quoted, small } from "./dot.ts";
import type { DrawnState, DrawnTransition, MachineDiagram } from "./machine-diagram.ts";

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
      } else lines.push(`${indent}${quoted(state.id)} [${look(state)}]`);
    }
  };
  draw(null, "  ");
  lines.push(...arrows(transitions, states));
  const everywhere = transitions.filter(({ from }) => from === "");
  if (everywhere.length > 0) {
    const rows = everywhere.map((one) => `${words(one)}${one.to === null ? "" : html(` → ${one.to}`)}`);
    const label = `<b>in every state</b><br align="left"/>${rows.join('<br align="left"/>')}<br align="left"/>`;
    lines.push(
      `  "every state" [shape=note, style=filled, fillcolor="#fffbeb", color="#fbbf24", label=<${label}>]`,
    );
  }
  return `${lines.join("\n")}\n}\n`;
}

function start({ id }: DrawnState, indent: string): string[] {
  const dot = quoted(`start ${id}`);
  return [
    `${indent}${dot} [shape=circle, style=filled, fillcolor="${LOOK.ink}", color="${LOOK.ink}", label="", width=0.14, height=0.14, fixedsize=true]`,
    `${indent}${dot} -> ${quoted(id)}`,
  ];
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

/** All that leads from one state to another is one arrow; what leads nowhere else is a loop. */
function arrows(transitions: readonly DrawnTransition[], states: readonly DrawnState[]): string[] {
  const inside = (id: string): string => {
    const first = states.find(({ parent, initial }) => parent === id && initial);
    return first ? inside(first.id) : id;
  };
  const between = new Map<string, { readonly from: string; readonly to: string; readonly rows: string[] }>();
  for (const transition of transitions) {
    if (transition.from === "") continue;
    const { from, to } = transition;
    const key = `${from}\n${to ?? from}`;
    const known = between.get(key) ?? { from, to: to ?? from, rows: [] };
    known.rows.push(words(transition));
    between.set(key, known);
  }
  return [...between.values()].map(({ from, to, rows }) => {
    const label = rows.map((row) => `${row}<br align="left"/>`).join("");
    return `  ${quoted(inside(from))} -> ${quoted(inside(to))} [label=<${label}>]`;
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
