import type { Instance } from "./instance.ts";

type Task = { readonly id: string; readonly parents?: readonly string[] };
type Measured = { readonly id: string; readonly runtimeInSeconds: number; readonly coreCount?: number };
type Document = {
  readonly workflow?: {
    readonly specification?: { readonly tasks?: readonly Task[] };
    readonly execution?: { readonly tasks?: readonly Measured[] };
  };
};

/**
 * Reads a WfCommons instance (WfFormat 1.5): tasks, their parents, measured times in seconds, cores where stated (else one
 * each). There are `cores` of them, or as many as the widest task needs. Throws on another form.
 */
export function readWfCommons(text: string, cores: number): Instance {
  const { workflow } = JSON.parse(text) as Document;
  const tasks = workflow?.specification?.tasks;
  const measured = new Map(workflow?.execution?.tasks?.map((task) => [task.id, task]));
  if (!tasks || measured.size === 0)
    throw new Error("not a WfCommons instance: no workflow.specification.tasks");
  const indexOf = new Map(tasks.map(({ id }, index) => [id, index]));
  const activities = tasks.map(({ id, parents }) => {
    const run = measured.get(id);
    if (!run) throw new Error(`WfCommons: task ${id} was never measured`);
    const needs = (parents ?? []).map((parent) => {
      const index = indexOf.get(parent);
      if (index === undefined) throw new Error(`WfCommons: task ${id} names an unknown parent ${parent}`);
      return index;
    });
    return { duration: run.runtimeInSeconds, demands: [run.coreCount ?? 1], needs };
  });
  return { activities, capacity: [Math.max(cores, ...activities.map(({ demands }) => demands[0]!))] };
}
