import { AbyssalError } from "../../../shared/diagnostic.ts";
import type { CliContext } from "../cli.ts";
import { EXIT } from "../exit-codes.ts";
import { printDiagnostics } from "../faults.ts";
import { openPlans } from "../open-abyssal.ts";
import { planText } from "../plan-text.ts";
import { readProgram } from "../program-source.ts";
import { type PlanFlags, readLimits } from "../run-flags.ts";
import { paintFor } from "../style.ts";
import { printJson, wantsColour, widthFor } from "../terminal.ts";

/** `abyssal plan`: what a program would do; nothing runs and nothing is written. */
export async function planCommand(
  text: string | undefined,
  flags: PlanFlags,
  context: CliContext,
): Promise<number> {
  const { terminal, texts } = context;
  const source = await readProgram(text, flags.file, context);
  const { options, config } = readLimits(flags);
  const planner = await openPlans(context, flags, { config, learned: "folder" });
  const { plan, warnings } = planner.compile(source.text, { ...options, source: source.name });
  planner.close();
  const budgets = planner.budgetsOf(plan, options);
  const findings = [...planner.judgeBudgets(plan, options), ...planner.judge(plan)];
  const refused = findings.filter(({ severity }) => severity === "error");
  if (flags.output === "json") {
    // One document on stdout: the plan, or what forbids it.
    if (refused.length > 0) throw new AbyssalError(refused);
    const runBudget = budgets.find(({ scope }) => scope.kind === "run");
    printJson(terminal.stdout, runBudget ? { ...plan, runBudget } : plan);
  } else {
    const { stdout, env } = terminal;
    stdout.write(planText(plan, budgets, paintFor(wantsColour(stdout, env)), widthFor(stdout)));
  }
  await printDiagnostics([...warnings, ...findings], texts, terminal);
  return refused.length > 0 ? EXIT.refused : EXIT.succeeded;
}
