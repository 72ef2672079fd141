import { useEffect, useState } from "preact/hooks";
import type { MachineLayout } from "../../diagram/machine-layout.ts";
import { api } from "../model/api.ts";

let asked: Promise<readonly MachineLayout[]> | null = null;

/** The machines do not change while a server lives: they are asked for once. */
function useMachines(): readonly MachineLayout[] | null {
  const [machines, setMachines] = useState<readonly MachineLayout[] | null>(null);
  useEffect(() => {
    asked ??= api.machines().then((answer) => answer.machines);
    asked.then(setMachines, () => {
      asked = null;
    });
  }, []);
  return machines;
}

export type StatechartProps = { readonly machine: string; readonly active: string };

const MARGIN = 6;

/** A machine as it is defined, with the state it is in and the ways that lead out of it. */
export function Statechart({ machine, active }: StatechartProps) {
  const machines = useMachines();
  const layout = machines?.find(({ name }) => name === machine);
  if (!layout) return <div class="statechart-wait" aria-hidden="true" />;
  const leaving = layout.edges.filter(({ from }) => from === active);
  return (
    <figure class="statechart">
      <svg
        viewBox={`${-MARGIN} ${-MARGIN} ${layout.width + 2 * MARGIN} ${layout.height + 2 * MARGIN}`}
        role="img"
        aria-label={`Statechart of a ${machine}; it is ${active}`}
        style={{ maxWidth: `${layout.width + 2 * MARGIN}px` }}
      >
        {layout.edges.map(({ from, to, line, head }) => (
          <g key={`${from} ${to}`} class={from === active ? "edge leaving" : "edge"}>
            <path d={line} class="edge-line" />
            <path d={head} class="edge-head" />
          </g>
        ))}
        {layout.states.map((state) => (
          <g key={state.id} class={state.id === active ? `state active phase-${state.id}` : "state"}>
            <rect
              x={state.x - state.width / 2}
              y={state.y - state.height / 2}
              width={state.width}
              height={state.height}
              rx={state.kind === "final" ? 2 : 10}
              class={state.kind === "final" ? "final" : undefined}
            />
            <text x={state.x} y={state.y}>
              {state.id}
            </text>
          </g>
        ))}
      </svg>
      <figcaption>
        {leaving.length === 0 ? (
          <span class="dim">Final: nothing leads out of it.</span>
        ) : (
          <ul>
            {leaving.map(({ to, labels }) => (
              <li key={to}>
                <b>{to}</b> <span class="dim">{labels.join(" · ")}</span>
              </li>
            ))}
          </ul>
        )}
      </figcaption>
    </figure>
  );
}
