import type { Plan } from "../../plan/plan.ts";
import { columns, fitted, type Paint } from "./style.ts";

const COMMANDS = 20;

/** The phases of a plan's commands, one after the other, with the steps of each; nothing where no template has any. */
export function phases(plan: Plan, paint: Paint): readonly string[] {
  const commands = new Map<string, Map<string, string[]>>();
  for (const { path, phase, step } of plan.nodes) {
    if (phase === undefined || step === null) continue;
    // Below the command stands its step, whatever the step is made of.
    const command = path.slice(0, path.lastIndexOf(`/${step}`));
    const known = commands.get(command) ?? new Map<string, string[]>();
    const steps = known.get(phase) ?? [];
    if (!steps.includes(step)) steps.push(step);
    commands.set(command, known.set(phase, steps));
  }
  if (commands.size === 0) return [];
  const rows = [...commands]
    .slice(0, COMMANDS)
    .flatMap(([command, known]) =>
      [...known].map(([phase, steps], index) => [
        index === 0 ? command : "",
        `${index + 1}. ${phase}`,
        fitted(steps.join(", "), 80),
      ]),
    );
  const more = commands.size > COMMANDS ? `\n  ... and ${commands.size - COMMANDS} more commands` : "";
  return [`${paint("bold", "Phases")}\n${columns(rows, { indent: "  " })}${more}`];
}
