import { BudgetDesk } from "../../../src/actors/budget-desk.ts";
import type { Charge } from "../../../src/plan/outcome.ts";
import { type Mutant, replaced } from "./mutant.ts";

type Said = { readonly bound: Charge; readonly took: Charge };
const NOTHING: Charge = { tokens: 0, costMicros: 0 };

/** What may be wrong with holding calls to a budget. */
export const BUDGET_MUTANTS: readonly Mutant[] = [
  {
    name: "calls held at nothing",
    what: "a call is let go as if it could take nothing",
    patch: () =>
      replaced(
        BudgetDesk,
        "request",
        (request) =>
          function (asked: Said) {
            request.call(this, { ...asked, bound: NOTHING });
          },
      ),
  },
  {
    name: "calls settled at nothing",
    what: "what a call took is forgotten",
    patch: () =>
      replaced(
        BudgetDesk,
        "settle",
        (settle) =>
          function (told: Said) {
            return settle.call(this, { ...told, took: NOTHING });
          },
      ),
  },
  {
    name: "unsettled calls are free",
    what: "what an attempt that is over has not settled is forgotten, though it may have been taken",
    patch: () =>
      replaced(
        BudgetDesk,
        "release",
        (release) =>
          function (path: string) {
            for (let attempt = 1; attempt <= ATTEMPTS; attempt++)
              for (let call = 1; call <= CALLS; call++) this.settle({ path, attempt, call, took: NOTHING });
            release.call(this, path);
          },
      ),
  },
];

/** More than any case has. */
const ATTEMPTS = 20;
const CALLS = 2;
