import { ANSWER_MUTANTS } from "./mutants/answer-mutants.ts";
import { BUDGET_MUTANTS } from "./mutants/budget-mutants.ts";
import { ENGINE_MUTANTS } from "./mutants/engine-mutants.ts";
import type { Mutant } from "./mutants/mutant.ts";
import { STORE_MUTANTS } from "./mutants/store-mutants.ts";
import { SUPERVISION_MUTANTS } from "./mutants/supervision-mutants.ts";
import { WORK_MUTANTS } from "./mutants/work-mutants.ts";

/** Every planted bug; each must be found. */
export const MUTANTS: readonly Mutant[] = [
  ...STORE_MUTANTS,
  ...ENGINE_MUTANTS,
  ...WORK_MUTANTS,
  ...SUPERVISION_MUTANTS,
  ...BUDGET_MUTANTS,
  ...ANSWER_MUTANTS,
];

/** Does something while a mutant is on. */
export async function withMutant<T>({ patch }: Mutant, work: () => Promise<T>): Promise<T> {
  const undo = patch?.();
  try {
    return await work();
  } finally {
    undo?.();
  }
}
