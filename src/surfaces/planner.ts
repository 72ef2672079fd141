import type { Engine } from "../engine/engine.ts";
import type { Abyssal } from "./abyssal.ts";

/** What reads programs and templates, and runs nothing. */
export type Planner = Pick<
  Abyssal,
  "check" | "close" | "compile" | "budgetsOf" | "judge" | "judgeBudgets" | "templates" | "listTemplates"
>;

/** Stands where a planner's runs would be. */
export const NO_RUNS = { engineOf: (): Engine => ({ start: runsNothing }), readRules: runsNothing };

function runsNothing(): never {
  throw new Error("a planner runs nothing");
}
