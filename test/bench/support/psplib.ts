import type { Instance } from "./instance.ts";

/** Reads a single-mode PSPLIB file (`.sm`): jobs, their successors, durations, four renewable resources. Throws on another form. */
export function readPsplib(text: string): Instance {
  const jobs = Number(/jobs \(incl[^:]*:\s*(\d+)/.exec(text)?.[1]);
  if (!Number.isInteger(jobs)) throw new Error("not a PSPLIB file: it does not say how many jobs there are");
  const needs: number[][] = Array.from({ length: jobs }, () => []);
  for (const [job, modes, count, ...successors] of rowsAfter(text, /^PRECEDENCE RELATIONS:.*\n.*\n/m)) {
    if (modes !== 1) throw new Error(`job ${job} has ${modes} modes, only one is supported`);
    if (successors.length !== count) throw new Error(`job ${job} announces ${count} successors`);
    for (const next of successors) needs[next - 1]!.push(job! - 1);
  }
  const activities = rowsAfter(text, /^REQUESTS\/DURATIONS:.*\n.*\n-+.*\n/m).map(
    ([job, , duration, ...demands]) => ({
      duration: duration!,
      demands,
      needs: needs[job! - 1]!,
    }),
  );
  const [capacity] = rowsAfter(text, /^RESOURCEAVAILABILITIES:.*\n.*\n/m);
  if (activities.length !== jobs || !capacity) throw new Error("not a whole PSPLIB file");
  return { activities, capacity };
}

/** The lines of numbers that follow a heading, until a line of another kind. */
function rowsAfter(text: string, heading: RegExp): number[][] {
  const found = heading.exec(text);
  if (!found) throw new Error(`not a PSPLIB file: ${heading.source} is missing`);
  const rows: number[][] = [];
  for (const line of text.slice(found.index + found[0].length).split("\n")) {
    if (!/^[\s\d]+$/.test(line) || line.trim() === "") break;
    rows.push(line.trim().split(/\s+/).map(Number));
  }
  return rows;
}
