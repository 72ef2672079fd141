import { nearestName } from "../../../shared/nearest-name.ts";
import { machineDiagram } from "../../diagram/machine-diagram.ts";
import { machineMermaid } from "../../diagram/machine-mermaid.ts";
import { DRAWN_MACHINES } from "../../diagram/machines.ts";
import { planMermaid } from "../../diagram/plan-mermaid.ts";
import type { CliContext } from "../cli.ts";
import { EXIT } from "../exit-codes.ts";
import { fault, refuse } from "../faults.ts";
import { openAbyssal } from "../open-abyssal.ts";
import { readProgram } from "../program-source.ts";
import { printJson } from "../terminal.ts";

type DiagramFlags = { readonly file?: string; readonly config?: string; readonly format: "mermaid" | "json" };

/** `abyssal diagram`: a machine as a state diagram, or a program's plan as a flow chart. */
export async function diagramCommand(
  subject: string | undefined,
  flags: DiagramFlags,
  context: CliContext,
): Promise<number> {
  const { terminal } = context;
  if (subject !== undefined && /^[a-z]+$/i.test(subject)) {
    const machine = DRAWN_MACHINES.get(subject);
    if (!machine) return refuseMachine(subject);
    const diagram = machineDiagram(machine);
    if (flags.format === "json") printJson(terminal.stdout, diagram);
    else terminal.stdout.write(machineMermaid(diagram));
    return EXIT.succeeded;
  }
  const source = await readProgram(subject, flags.file, context);
  const abyssal = await openAbyssal(context, flags);
  const { plan } = abyssal.compile(source.text, { source: source.name });
  if (flags.format === "json") printJson(terminal.stdout, plan);
  else terminal.stdout.write(planMermaid(plan));
  return EXIT.succeeded;
}

function refuseMachine(subject: string): never {
  const names = [...DRAWN_MACHINES.keys()];
  const near = nearestName(subject, names);
  return refuse(
    fault("DIAGRAM_UNKNOWN", "there is no machine of that name", {
      expected: `one of ${names.join(", ")}, or a program`,
      got: subject,
      ...(near === undefined ? {} : { hint: `did you mean "${near}"?` }),
    }),
  );
}
