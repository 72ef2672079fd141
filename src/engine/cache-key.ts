import type { Performer, Task, TaskInput } from "../actors/ports.ts";
import { hashJson } from "../shared/hash.ts";

/** Raised when the form of keys or entries changes: older entries are then never found again. */
const FORM = 1;

const ALL_INPUTS: readonly TaskInput[] = [
  "template",
  "step",
  "agent",
  "prompt",
  "options",
  "parameters",
  "context",
  "steps",
  "previous",
  "outputSchema",
];

/**
 * SHA3-256 of everything that determines the result of a task, or null when its results are not to be used again: the step
 * does not allow it, or the performer cannot tell what they depend on. Left out is what only says who, when and how often:
 * run, path, attempt, idempotency key, timeout, start of the run. Never throws.
 */
export async function cacheKey(task: Task, performer: Performer): Promise<string | null> {
  const { contentHash, replica } = task;
  if (contentHash === null || !performer.dependence) return null;
  try {
    const dependence = await performer.dependence(task);
    if (!dependence) return null;
    const { beside, inputs = ALL_INPUTS } = dependence;
    const read = Object.fromEntries(inputs.map((name) => [name, task[name]]));
    return hashJson({ form: FORM, performer: performer.name, beside, contentHash, replica, task: read });
  } catch {
    // What cannot be told, or not be written as JSON, is not cached; whatever is wrong with it, the performer will say.
    return null;
  }
}
