import { systemClock } from "../../../shared/clock.ts";
import { type Paint, paintFor } from "../style.ts";
import { canRedraw, type Terminal, wantsColour } from "../terminal.ts";

export type ScreenFrame = {
  readonly nowMs: number;
  readonly tick: number;
  readonly columns: number;
  readonly rows: number;
  readonly paint: Paint;
};

/** Where a monitor draws: in place on a terminal. */
export type Screen = {
  draw(frame: (frame: ScreenFrame) => string): void;
  /** Leaves the last frame where it is. */
  done(): void;
};

/** Lines and columns where nobody knows them. */
const COLUMNS = 120;
const ROWS = 10_000;

/** A display that redraws itself on standard output; undefined where that makes no sense. */
export async function openScreen({ stdout, env }: Terminal): Promise<Screen | undefined> {
  if (!canRedraw(stdout, env)) return undefined;
  const { createLogUpdate } = await import("log-update");
  const log = createLogUpdate(stdout.stream!);
  let tick = 0;
  return {
    draw: (frame) => {
      const { columns = 80, rows = 24 } = stdout.stream!;
      // The last column and row are left free: writing there would make some terminals scroll.
      const size = { columns: columns - 1, rows: Math.max(2, rows - 2) };
      const text = frame({
        ...size,
        nowMs: systemClock.nowMs(),
        tick: tick++,
        paint: paintFor(wantsColour(stdout, env)),
      });
      log(stdout.clean?.(text) ?? text);
    },
    done: () => log.done(),
  };
}

/** A frame for what is printed once, as wide as the terminal, if there is one. */
export function stillFrame({ stdout, env }: Terminal): ScreenFrame {
  return {
    nowMs: systemClock.nowMs(),
    tick: 0,
    columns: stdout.stream?.columns ?? COLUMNS,
    rows: ROWS,
    paint: paintFor(wantsColour(stdout, env)),
  };
}
