import type { Task } from "../../actors/ports.ts";

/** What a command step calls: the program by its name, whatever its arguments. */
export function commandResources({ options: { command } }: Task): readonly string[] {
  return typeof command === "string" ? [`command:${command}`] : [];
}
