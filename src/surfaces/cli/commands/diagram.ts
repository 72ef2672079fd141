import type { Plan } from "../../../plan/plan.ts";
import { nearestName } from "../../../shared/nearest-name.ts";
import { drawSvg } from "../../diagram/dot.ts";
import { machineDiagram } from "../../diagram/machine-diagram.ts";
import { machineDot } from "../../diagram/machine-dot.ts";
import { machineMermaid } from "../../diagram/machine-mermaid.ts";
import { DRAWN_MACHINES } from "../../diagram/machines.ts";
import { type NodeStates, planDot } from "../../diagram/plan-dot.ts";
import { planMermaid } from "../../diagram/plan-mermaid.ts";
import { machineStately, planStately } from "../../diagram/stately.ts";
import { recordedHistory } from "../../explain-run.ts";
import type { CliContext } from "../cli.ts";
import { EXIT } from "../exit-codes.ts";
import { fault, refuse } from "../faults.ts";
import { openPlans } from "../open-abyssal.ts";
import { readProgram } from "../program-source.ts";
import { withRecords } from "../run-records.ts";

export type DiagramFlags = {
  readonly file?: string;
  readonly config?: string;
  readonly format: "mermaid" | "svg" | "stately" | "json";
};

/** `abyssal diagram`: a machine as a state diagram, a program's plan as a flow chart, or a run's with how its nodes stand. */
export async function diagramCommand(
  subject: string | undefined,
  flags: DiagramFlags,
  context: CliContext,
): Promise<number> {
  const drawing = await draw(subject, flags, context);
  context.terminal.stdout.write(drawing.endsWith("\n") ? drawing : `${drawing}\n`);
  return EXIT.succeeded;
}

async function draw(subject: string | undefined, flags: DiagramFlags, context: CliContext): Promise<string> {
  const { format } = flags;
  // With a file, readProgram refuses a subject of whatever kind.
  const named = flags.file === undefined ? (subject ?? "") : "";
  if (/^[a-z]+$/i.test(named)) return drawMachine(named, format);
  if (/^r_[\w-]+$/.test(named)) {
    const history = await withRecords(context.terminal, (records) => recordedHistory(records, named));
    const { plan, status } = history.recorded;
    const states = new Map(plan.nodes.map(({ path }) => [path, history.stateOf(path)]));
    return drawPlan(plan, `run ${named}: ${status}`, format, states);
  }
  const source = await readProgram(subject, flags.file, context);
  const planner = await openPlans(context, flags);
  const { plan } = planner.compile(source.text, { source: source.name });
  return drawPlan(plan, `plan ${plan.id}`, format);
}

function drawMachine(subject: string, format: DiagramFlags["format"]): string | Promise<string> {
  const machine = DRAWN_MACHINES.get(subject);
  if (!machine) return refuseMachine(subject);
  const diagram = machineDiagram(machine);
  switch (format) {
    case "json":
      return JSON.stringify(diagram);
    case "stately":
      return machineStately(machine);
    case "svg":
      return drawSvg(machineDot(diagram));
    case "mermaid":
      return machineMermaid(diagram);
  }
}

function drawPlan(
  plan: Plan,
  title: string,
  format: DiagramFlags["format"],
  states?: NodeStates,
): string | Promise<string> {
  switch (format) {
    case "json":
      return JSON.stringify(states ? { plan, states: Object.fromEntries(states) } : plan);
    case "stately":
      return planStately(plan);
    case "svg":
      return drawSvg(planDot(plan, title, states));
    case "mermaid":
      return planMermaid(plan, states);
  }
}

function refuseMachine(subject: string): never {
  const names = [...DRAWN_MACHINES.keys()];
  const near = nearestName(subject, names);
  return refuse(
    fault("DIAGRAM_UNKNOWN", "there is no machine of that name", {
      expected: `one of ${names.join(", ")}, a run id, or a program`,
      got: subject,
      ...(near === undefined ? {} : { hint: `did you mean "${near}"?` }),
    }),
  );
}
