import { describe, expect, test } from "vitest";
import type { Performer } from "../../../src/actors/ports.ts";
import type { RunEnd } from "../../../src/engine/engine.ts";
import { agent, chain, fork, plan } from "../../support/plans.ts";
import { completed } from "../../support/scripted-performer.ts";
import { MortalProcesses } from "./mortal-processes.ts";

const PLAN = plan([
  chain("c", [
    agent("first"),
    fork("f", [agent("x"), agent("flaky", { attempts: 3, backoff: "none" }), agent("bug"), agent("y")], {
      needs: ["first"],
      supervision: {},
    }),
    agent("asks", { needs: ["f"] }),
    agent("last", { needs: ["asks"] }),
    agent("unsure", {
      needs: ["last"],
      model: "m/cheap",
      minConfidence: 0.7,
      calibration: { declared: { bias: -0.2, answers: 9 } },
      alternatives: [{ model: "m/dear" }],
    }),
  ]),
]);

const perform: Performer["perform"] = async ({ path, attempt, model, resumed }) => {
  if (path.endsWith("flaky") && attempt < 3)
    return { kind: "failed", failure: { code: "FLAKY", message: "not yet", retryable: true } };
  // Nobody is there: the default holds at once, and what is recorded of the question outlives the process.
  if (path.endsWith("asks") && !resumed)
    return {
      kind: "asks",
      question: "May it?",
      state: { step: 3 },
      deadline: { withinMs: 0, default: "reject" },
    };
  if (path.endsWith("asks")) return completed(`resumed ${JSON.stringify(resumed)}`);
  if (path.endsWith("unsure"))
    return completed(`said by ${model}`, { confidence: { value: 0.8, source: "declared" } });
  if (path.endsWith("bug") && attempt === 1) throw new Error("a bug");
  return completed(`did ${path}`);
};

/** What an answer says, times left out: an interrupted run takes longer. */
function saidBy(end: RunEnd): unknown {
  return {
    status: end.status,
    results: end.answer!.results.map(({ path, status, output, attempts, confidence, provenance }) => ({
      path,
      status,
      output,
      attempts,
      confidence,
      provenance,
    })),
  };
}

describe("a process that dies at a commit", () => {
  test.each(["before", "after"] as const)(
    "just %s it: the run ends as if it had not (W2, J1)",
    async (when) => {
      const whole = new MortalProcesses(PLAN, perform);
      const end = await whole.run(null);
      expect(whole.commits).toBeGreaterThan(6);
      expect(end.answer!.results.at(-1)).toMatchObject({ output: "said by m/dear", attempts: 2 });
      expect(whole.begun.length).toBe(13);
      expect(new Set(whole.begun).size).toBe(13);
      for (let at = 1; at <= whole.commits; at++) {
        const world = new MortalProcesses(PLAN, perform);
        const after = await world.run({ at, when });
        expect(world.crashes, `commit ${at}`).toBe(1);
        expect(saidBy(after), `commit ${at}`).toEqual(saidBy(end));
        // What was begun twice was in flight, and has the key that it had.
        expect(new Set(world.begun), `commit ${at}`).toEqual(new Set(whole.begun));
        expect(world.problems(), `commit ${at}`).toEqual([]);
      }
    },
  );
});
