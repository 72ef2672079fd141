import type { Plan } from "../../src/plan/plan.ts";
import { agent, chain, fork, plan } from "../support/plans.ts";

export const RUN_ID = "r_kill";

/** 200 agents, at most 6 at once: four forks of 49 and an agent after each. Each appends its key to `effects.log`. */
export function killPlan(performer: "command" | "append"): Plan {
  const work =
    performer === "command"
      ? {
          performer,
          options: { command: "sh", args: ["-c", 'echo "$ABYSSAL_IDEMPOTENCY_KEY" >> effects.log'] },
        }
      : { performer };
  const parts = Array.from({ length: 4 }, (_, part) =>
    chain(`part${part}`, [
      fork(
        "wide",
        Array.from({ length: 49 }, (_, index) => agent(`w${"x".repeat(index % 3)}${index}`, work)),
      ),
      agent("last", { ...work, needs: ["wide"] }),
    ]),
  );
  return plan(parts, { agents: AT_ONCE });
}

export const AGENTS = 200;
const AT_ONCE = 6;
