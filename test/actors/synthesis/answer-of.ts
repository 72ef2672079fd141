import type { Task } from "../../../src/actors/ports.ts";
import type { Answer } from "../../../src/actors/synthesis/answer.ts";
import type { CompletedOutcome } from "../../../src/plan/outcome.ts";
import type { Json } from "../../../src/shared/json.ts";
import { HandDrivenRun } from "../../support/hand-driven-run.ts";
import { type Draft, plan } from "../../support/plans.ts";
import { completed } from "../../support/scripted-performer.ts";
import { textFile } from "./a-result.ts";

/** What an agent does, or how it reads its task; null: it fails. */
export type Deed = CompletedOutcome | ((task: Task) => CompletedOutcome) | null;

/** The answer of a run in which every agent does what the table says, and `output of PATH` where it says nothing. */
export function answerOf(roots: readonly Draft[], deeds: Readonly<Record<string, Deed>> = {}): Answer {
  const it = new HandDrivenRun(plan(roots)).start();
  for (let next = 0; next < it.effects.commands.length; next++) {
    const command = it.effects.commands[next]!;
    if (command.type !== "dispatch") continue;
    const { task } = command;
    const deed = Object.hasOwn(deeds, task.path) ? deeds[task.path]! : completed(`output of ${task.path}`);
    if (deed === null) it.fail(task.path, task.attempt);
    else it.complete(task.path, task.attempt, typeof deed === "function" ? deed(task) : deed);
  }
  if (!it.run.answer) throw new Error(`the run ended as ${it.run.status} without an answer`);
  return it.run.answer;
}

/** Says a text, as sure as that, with more beside it. */
export function says(output: string, sure = 0.5, more: Partial<CompletedOutcome> = {}): CompletedOutcome {
  return completed(output, { confidence: { value: sure, source: "declared" }, ...more });
}

/** Gives data, and a text that says nothing of them. */
export function gives(data: Json, sure = 0.5): CompletedOutcome {
  return says("see the data", sure, { data });
}

/** Claims that a subject has a value. */
export function claims(subject: string, value: Json, sure = 0.5): CompletedOutcome {
  return says(`${subject} is ${JSON.stringify(value)}`, sure, { claims: [{ subject, value }] });
}

/** Writes files: path, content, path, content ... */
export function writes(files: Readonly<Record<string, string>>, sure = 0.5): CompletedOutcome {
  const artifacts = Object.entries(files).map(([path, content]) => textFile(path, content));
  return says(`wrote ${Object.keys(files).join(", ")}`, sure, { artifacts });
}
