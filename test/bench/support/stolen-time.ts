import { readFileSync } from "node:fs";

/**
 * What this machine's processors were given and what they were kept from, since it started: the first line of Linux' `/proc/stat` (proc(5)), in its own ticks.
 * `stolen`: while something wanted to run, the host of this virtual machine ran another one. Both 0 where there is no such file.
 */
export type ProcessorTime = { readonly all: number; readonly stolen: number };

export function processorTime(): ProcessorTime {
  let line: string;
  try {
    line = readFileSync("/proc/stat", "utf8").split("\n", 1)[0]!;
  } catch {
    return { all: 0, stolen: 0 };
  }
  // user, nice, system, idle, iowait, irq, softirq, steal; what guests took stands in `user` already.
  const ticks = line.split(/\s+/).slice(1, 9).map(Number);
  return { all: ticks.reduce((sum, each) => sum + each, 0), stolen: ticks[7] ?? 0 };
}

/** The share of the time between two readings that was stolen, from 0 to 1; null where that is not told. */
export function stolenShare(before: ProcessorTime, after: ProcessorTime): number | null {
  const all = after.all - before.all;
  return all > 0 ? (after.stolen - before.stolen) / all : null;
}
