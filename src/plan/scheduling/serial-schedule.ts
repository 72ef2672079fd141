import type { Problem } from "./problem.ts";
import { ResourceProfile } from "./resource-profile.ts";

/**
 * Serial schedule generation (Kelley 1963): takes the activities in the order of a list and starts each as early as its
 * needs and the resources allow. Yields active schedules, among which there is always a shortest one.
 */
export class SerialScheduler {
  readonly #problem: Problem;
  readonly #profile: ResourceProfile;
  readonly #endEvent: Int32Array;

  constructor(problem: Problem) {
    this.#problem = problem;
    this.#profile = new ResourceProfile(problem.claims, problem.capacity, problem.duration);
    this.#endEvent = new Int32Array(problem.size);
  }

  /** Writes the start of every activity into `starts`; `list` holds each after its needs. The makespan. */
  run(list: Int32Array, starts: Float64Array): number {
    const { size, before } = this.#problem;
    const { from, to } = before;
    const profile = this.#profile;
    const ends = this.#endEvent;
    let makespan = 0;
    profile.clear();
    for (let position = 0; position < size; position++) {
      const activity = list[position]!;
      let earliest = 0;
      let earliestTime = 0;
      for (let link = from[activity]!; link < from[activity + 1]!; link++) {
        const event = ends[to[link]!]!;
        const time = profile.timeOf(event);
        if (time > earliestTime) {
          earliestTime = time;
          earliest = event;
        }
      }
      const end = profile.place(activity, earliest);
      const endTime = profile.timeOf(end);
      ends[activity] = end;
      starts[activity] = profile.placedAt;
      if (endTime > makespan) makespan = endTime;
    }
    return makespan;
  }
}
