import type { Task } from "../../actors/ports.ts";
import type { AskedOutcome } from "../../plan/outcome.ts";
import type { Autonomy } from "../../shared/autonomy.ts";
import { canonicalJson } from "../../shared/canonical-json.ts";
import type { Sight } from "./border.ts";
import type { Trust } from "./reaches.ts";
import type { Toolbox } from "./toolbox.ts";

/** How tools are used here, as configured. */
export type ToolUse = {
  /** Made when a tool is first used. */
  readonly toolbox: () => Promise<Toolbox>;
  /** Of steps that do not say it. */
  readonly autonomy: Autonomy;
  /** Answers of a model in one piece of work. */
  readonly stepsMax: number;
  /** How long a person has to decide about a call, where the step does not say it; absent: without end. */
  readonly deadline?: AskedOutcome["deadline"];
  /** Hosts that anybody may name. */
  readonly hosts: readonly string[];
  /** The workspace of a run. */
  readonly folderOf: (runId: string) => string;
};

/** What of a task was said by people who may decide. */
export function trustOf(task: Task, { hosts }: Pick<ToolUse, "hosts">): Trust {
  const { prompt, options, parameters, context } = task.untainted ?? task;
  return { hosts, text: canonicalJson({ prompt, options, parameters, context }) };
}

/** What a task's calls of tools are judged by. */
export function sightOf(task: Task, use: ToolUse, autonomy: Autonomy): Sight {
  return {
    autonomy,
    isTainted: task.untainted !== undefined,
    trust: trustOf(task, use),
    folders: [use.folderOf(task.runId)],
  };
}
