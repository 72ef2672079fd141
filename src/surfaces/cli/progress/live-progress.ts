import { createLogUpdate } from "log-update";
import type { Signal } from "../../../actors/ports.ts";
import type { RunEvent } from "../../../actors/run-events.ts";
import { systemClock } from "../../../shared/clock.ts";
import type { LiveRun } from "../../live-run.ts";
import { paintFor } from "../style.ts";
import { type Terminal, wantsColour } from "../terminal.ts";
import { drawTree } from "./draw-tree.ts";
import type { Progress } from "./progress.ts";
import { RunTree } from "./run-tree.ts";

const FRAME_EVERY_MS = 100;

/**
 * Purpose: a tree on the terminal that redraws itself in place while a run goes on.
 * Owns: the lines that it has drawn last, its timer. Does not own: what it shows (run-tree.ts), its look (draw-tree.ts).
 * Invariants:
 * L1 nothing is drawn while something else is written or asked, nor after the end.
 * L2 a frame is never higher or wider than the terminal: what scrolled away could not be redrawn.
 */
export class LiveProgress implements Progress {
  readonly #run: LiveRun;
  readonly #terminal: Terminal;
  readonly #tree: RunTree;
  readonly #log: ReturnType<typeof createLogUpdate>;
  #timer: NodeJS.Timeout | undefined;
  #tick = 0;
  #aside = 0;
  #ended = false;

  constructor(run: LiveRun, terminal: Terminal) {
    this.#run = run;
    this.#terminal = terminal;
    this.#tree = new RunTree(run.plan);
    for (const event of run.past) this.#tree.apply(event);
    this.#log = createLogUpdate(terminal.stderr.stream!);
    this.#timer = setInterval(() => this.#draw(), FRAME_EVERY_MS);
    this.#timer.unref();
  }

  event(event: RunEvent): void {
    this.#tree.apply(event);
  }

  signal(path: string, signal: Signal): void {
    if (signal.type === "progress") this.#tree.say(path, signal.message);
  }

  note<T>(write: () => T): T {
    this.#aside++;
    this.#log.clear();
    const written = write();
    if (written instanceof Promise) void written.finally(() => this.#aside--);
    else this.#aside--;
    return written;
  }

  end(): void {
    if (this.#ended) return;
    clearInterval(this.#timer);
    this.#aside = 0;
    this.#draw();
    this.#ended = true;
    this.#log.done();
  }

  #draw(): void {
    if (this.#aside > 0 || this.#ended) return;
    const { stderr, env } = this.#terminal;
    const { columns = 80, rows = 24 } = stderr.stream!;
    const frame = drawTree(this.#tree, this.#run.runId, {
      nowMs: systemClock.nowMs(),
      tick: this.#tick++,
      // The last column and row are left free: writing there would make some terminals scroll.
      columns: columns - 1,
      rows: Math.max(2, rows - 2),
      paint: paintFor(wantsColour(stderr, env)),
    });
    this.#log(stderr.clean?.(frame) ?? frame);
  }
}
