import { isWhole } from "../plan/compile-plan.ts";
import type { Plan } from "../plan/plan.ts";
import { AbyssalError } from "../shared/diagnostic.ts";
import type { ExecuteOptions } from "./abyssal.ts";
import { checkOptions } from "./check-options.ts";

/** Plans that were compiled in this process, or looked at once. */
const known = new WeakSet<object>();

/** The same plan, which need not be looked at when it is started. */
export function vouched(plan: Plan): Plan {
  known.add(plan);
  return plan;
}

/** What is to be run, as far as nothing else looks at it. Throws AbyssalError OPTION_INVALID, PLAN_ALTERED. */
export function checkStart(program: string | Plan, options: ExecuteOptions): void {
  checkOptions(options);
  if (typeof program === "string" || known.has(program)) return;
  if (typeof program !== "object" || program === null)
    throw new AbyssalError([
      {
        code: "OPTION_INVALID",
        severity: "error",
        place: "program",
        message: "this is nothing that could be run",
        expected: "the text of a program, or a plan",
        got: String(program),
      },
    ]);
  if (!isAsCompiled(program))
    throw new AbyssalError([
      {
        code: "PLAN_ALTERED",
        severity: "error",
        place: typeof program.id === "string" ? program.id : "plan",
        message: "this plan is not what was compiled",
        expected: "a plan whose content has the hash that it bears",
        got: `hash ${String(program.hash).slice(0, 64)}`,
        hint: "change the program or its templates, and compile it anew",
      },
    ]);
  known.add(program);
}

function isAsCompiled(plan: Plan): boolean {
  try {
    return isWhole(plan);
  } catch {
    return false;
  }
}
