import { isWhole } from "../plan/compile-plan.ts";
import type { Plan } from "../plan/plan.ts";
import { AbyssalError } from "../shared/diagnostic.ts";
import { isJsonObject } from "../shared/json.ts";
import { checkOptions, wrongInput, wrongOption } from "./check-options.ts";
import type { ExecuteOptions } from "./execute-options.ts";

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
  if (typeof program === "string") return;
  if (!isPlan(program))
    throw new AbyssalError([wrongInput("program", "the text of a program, or a plan", program)]);
  checkPlan(program);
  const { agents } = program.capacity;
  const { maxConcurrency = agents } = options;
  if (maxConcurrency !== agents)
    throw new AbyssalError([
      {
        ...wrongOption("maxConcurrency", `${agents}, for which this plan was made`, maxConcurrency),
        hint: "plan the program with it: its schedule and its bounds are other ones then",
      },
    ]);
}

/** What is to be read. Throws AbyssalError OPTION_INVALID. */
export function checkText(program: string, options: ExecuteOptions): void {
  checkOptions(options);
  if (typeof program === "string") return;
  const hint =
    isJsonObject(program) && "nodes" in program ? { hint: "a plan has its text in `program`" } : {};
  throw new AbyssalError([{ ...wrongInput("program", "the text of a program", program), ...hint }]);
}

/** Throws AbyssalError OPTION_INVALID when it is none, PLAN_ALTERED when it is not what was compiled. */
export function checkPlan(plan: Plan): void {
  if (known.has(plan)) return;
  if (!isPlan(plan)) throw new AbyssalError([wrongInput("plan", "a plan", plan)]);
  if (!isAsCompiled(plan))
    throw new AbyssalError([
      {
        code: "PLAN_ALTERED",
        severity: "error",
        place: typeof plan.id === "string" ? plan.id : "plan",
        message: "this plan is not what was compiled",
        expected: "a plan whose content has the hash that it bears",
        got: `hash ${plan.hash.slice(0, 64)}`,
        hint: "change the program or its templates, and compile it anew",
      },
    ]);
  known.add(plan);
}

/** Whether it has what every plan has, true or not. */
function isPlan(value: unknown): value is Plan {
  return isJsonObject(value) && typeof value.hash === "string" && Array.isArray(value.nodes);
}

function isAsCompiled(plan: Plan): boolean {
  try {
    return isWhole(plan);
  } catch {
    return false;
  }
}
