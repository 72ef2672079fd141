import { addWorkdays, isoDate } from "./dates.ts";

export type WorkItem = {
  readonly id: string;
  readonly phase: string;
  readonly title: string;
  readonly owner: string;
  readonly dependsOn: readonly string[];
  readonly start: string;
  readonly end: string;
  readonly doneWhen: string;
};

export type Phase = {
  readonly id: string;
  readonly name: string;
  readonly start: string;
  readonly end: string;
  readonly dependsOn: readonly string[];
  readonly exit: string;
  readonly items: readonly WorkItem[];
};

export type PhaseSketch = {
  readonly name: string;
  /** Share of the whole time; the shares are normalised. */
  readonly share: number;
  readonly exit: string;
  readonly items: readonly { readonly title: string; readonly doneWhen: string }[];
};

/**
 * Lays phases on working days from `firstMs`: in each phase the first item opens it, the others follow side by side in as many lanes as there
 * are owners (all at once without owners), the next phase waits for all of them. `totalDays` working days are shared out; every item
 * takes at least one day.
 */
export function schedulePhases(
  sketches: readonly PhaseSketch[],
  owners: readonly string[],
  firstMs: number,
  totalDays: number,
): readonly Phase[] {
  const shares = sketches.reduce((sum, sketch) => sum + sketch.share, 0);
  const date = (offset: number): string => isoDate(addWorkdays(firstMs, offset));
  const phases: Phase[] = [];
  let offset = 0;
  let gate: readonly string[] = [];
  sketches.forEach((sketch, index) => {
    const id = `P${index + 1}`;
    const days = Math.max(1, Math.floor((totalDays * sketch.share) / shares));
    const followers = sketch.items.length - 1;
    const lanes = Math.max(1, Math.min(owners.length || followers, followers));
    const rounds = Math.ceil(followers / lanes);
    const opening = followers > 0 ? Math.max(1, Math.floor(days * 0.3)) : days;
    const perRound = rounds > 0 ? Math.max(1, Math.floor((days - opening) / rounds)) : 0;
    const items = sketch.items.map((item, position): WorkItem => {
      const follower = position - 1;
      const round = position === 0 ? -1 : Math.floor(follower / lanes);
      const start = position === 0 ? offset : offset + opening + round * perRound;
      const end = position === 0 ? offset + opening - 1 : start + perRound - 1;
      const before =
        position === 0 ? gate : [`${id}.1`, ...(round > 0 ? [`${id}.${position + 1 - lanes}`] : [])];
      const owner =
        owners.length === 0 ? "to be named" : owners[(Math.max(0, follower) % lanes) % owners.length]!;
      return {
        id: `${id}.${position + 1}`,
        phase: id,
        title: item.title,
        owner,
        dependsOn: before,
        start: date(start),
        end: date(end),
        doneWhen: item.doneWhen,
      };
    });
    const length = opening + rounds * perRound;
    phases.push({
      id,
      name: sketch.name,
      start: date(offset),
      end: date(offset + length - 1),
      dependsOn: index === 0 ? [] : [`P${index}`],
      exit: sketch.exit,
      items,
    });
    offset += length;
    gate = items.map((item) => item.id);
  });
  return phases;
}

/** The ids of items that begin before something they depend on has ended, or that depend on something unknown; empty when all is well. */
export function orderViolations(phases: readonly Phase[]): readonly string[] {
  const items = phases.flatMap((phase) => phase.items);
  const ends = new Map(items.map((item) => [item.id, item.end]));
  return items
    .filter((item) => item.end < item.start || item.dependsOn.some((id) => !(ends.get(id)! < item.start)))
    .map((item) => item.id);
}
