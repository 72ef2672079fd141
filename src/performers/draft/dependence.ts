import type { Dependence, Task } from "../../actors/ports.ts";
import { isoDate } from "./dates.ts";

/** What decides about a draft beside its task. */
export type DraftRules = {
  readonly version: string;
  /** A hash of the rules' own sources, so that whoever changes a rule is not given what the old one said. */
  readonly rules: string;
};

/**
 * What a draft depends on beside its task: the software, the rules themselves, and the day that its dates begin
 * on. Loads no rules.
 */
export function draftDependence(task: Task, { version, rules }: DraftRules): Dependence {
  return { beside: { version, rules, day: isoDate(task.runStartedAtMs) } };
}
