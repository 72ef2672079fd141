import type { Instance } from "./instance.ts";

/** Reads a Standard Task Graph file (`.stg`) for `processors` equal processors, each task on one of them. Throws on another form. */
export function readStg(text: string, processors: number): Instance {
  const rows = text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => line.split(/\s+/).map(Number));
  const count = rows[0]?.[0];
  const tasks = rows.slice(1);
  // The count leaves out the two dummies, the entry and the exit.
  if (count === undefined || tasks.length !== count + 2) throw new Error("not a whole STG file");
  const activities = tasks.map(([task, duration, predecessors, ...needs], index) => {
    if (task !== index || needs.length !== predecessors)
      throw new Error(`STG: task ${index} is not in order`);
    return { duration: duration!, demands: [duration === 0 ? 0 : 1], needs };
  });
  return { activities, capacity: [processors] };
}
