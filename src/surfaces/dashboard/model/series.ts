/** Points that a series may hold before it is thinned out. */
const POINTS_MAX = 800;

/**
 * Purpose: what was in use over the time of a run, in bounded memory.
 * Owns: the points. Does not own: when they are taken.
 * Invariants:
 * S1 it never holds more than POINTS_MAX points: when it would, every second one goes and the least gap doubles.
 * S2 times only grow; the last point is always the newest state.
 */
export class Series {
  readonly times: number[] = [];
  readonly columns: readonly number[][];
  #gapMs: number;

  constructor(columns: number, gapMs = 20) {
    this.columns = Array.from({ length: columns }, () => []);
    this.#gapMs = gapMs;
  }

  /** Notes the state at a moment; within the least gap it takes the place of the last one. */
  add(atMs: number, values: readonly number[]): void {
    const { times, columns } = this;
    const last = times.length - 1;
    const isClose = last > 0 && atMs - times[last - 1]! < this.#gapMs;
    const at = isClose ? last : last + 1;
    times[at] = Math.max(atMs, times[at - 1] ?? atMs);
    columns.forEach((column, index) => {
      column[at] = values[index] ?? 0;
    });
    if (times.length > POINTS_MAX) this.#thin();
  }

  #thin(): void {
    this.#gapMs *= 2;
    const isKept = (_: number, index: number): boolean => index % 2 === 0;
    for (const list of [this.times, ...this.columns]) list.splice(0, list.length, ...list.filter(isKept));
  }
}
