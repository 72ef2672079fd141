import { countText, percentText } from "../model/wording.ts";

export type GaugeProps = {
  readonly name: string;
  readonly value: number;
  /** The capacity; 0: there is none to hold it to. */
  readonly most: number;
  readonly text?: (value: number) => string;
};

/** How much of a capacity is in use: as a bar and in figures. */
export function Gauge({ name, value, most, text = countText }: GaugeProps) {
  const share = most > 0 ? Math.min(1, value / most) : 0;
  return (
    <div class="gauge">
      <span class="gauge-name">{name}</span>
      <span class="gauge-figures">
        {text(value)}
        {most > 0 ? <span class="dim"> / {text(most)}</span> : null}
      </span>
      {most > 0 ? (
        <span
          class={share >= 1 ? "gauge-bar full" : "gauge-bar"}
          role="meter"
          aria-label={name}
          aria-valuemin={0}
          aria-valuemax={most}
          aria-valuenow={Math.min(value, most)}
          aria-valuetext={`${text(value)} of ${text(most)}, ${percentText(share)}`}
        >
          <span style={{ width: `${share * 100}%` }} />
        </span>
      ) : null}
    </div>
  );
}
