import { AgentDesk } from "../../../src/actors/agent-desk.ts";
import { Midway } from "../../../src/actors/midway.ts";
import { Results } from "../../../src/actors/results.ts";
import { LocalRun } from "../../../src/engine/local/local-run.ts";
import type { AgentNode } from "../../../src/plan/plan.ts";
import type { Json } from "../../../src/shared/json.ts";
import { answering, type Mutant, planned, replaced } from "./mutant.ts";

/** What may be wrong with what agents ask while they are at work, with answers that are not sure enough, and with judges. */
export const ANSWER_MUTANTS: readonly Mutant[] = [
  {
    name: "decision forgotten",
    what: "work that has asked goes on as if it had not",
    patch: () => replaced(Midway, "resumed", () => () => undefined),
  },
  {
    name: "decision inherited",
    what: "an alternative is told what the work before it has asked",
    patch: () =>
      replaced(
        Midway,
        "resumed",
        (resumed) =>
          function (path: string, alternative: number) {
            for (let at = alternative; at >= 0; at--) {
              const found = resumed.call(this, path, at);
              if (found) return found;
            }
          },
      ),
  },
  {
    name: "nobody asked",
    what: "what work asks is granted at once",
    patch: () =>
      replaced(
        LocalRun,
        "record",
        (record) =>
          function (happening: { type: string; path: string }, requestId?: number) {
            record.call(this, happening, requestId);
            if (happening.type === "agent.asked")
              record.call(this, { type: "approval.decided", path: happening.path, approved: true });
          },
      ),
  },
  {
    name: "unsure answer forgotten",
    what: "an answer that is not sure enough is not kept",
    patch: () => replaced(AgentDesk, "keepAnswer", () => () => {}),
  },
  {
    name: "any answer is enough",
    what: "an answer of little confidence ends the work",
    wiring: planned(({ minConfidence: _, ...agent }) => agent),
  },
  {
    name: "a sure answer is not enough",
    what: "another model is asked after an answer that was sure",
    wiring: planned((agent) =>
      agent.minConfidence === undefined ? agent : { ...agent, minConfidence: 0.9 },
    ),
  },
  {
    name: "answer replaced by less",
    what: "beside an answer that is kept, alternatives that ask no model are tried",
    wiring: planned((agent) => {
      const alternatives = agent.alternatives?.map((one) => ({ ...one, model: "some/other" }));
      return alternatives ? ({ ...agent, alternatives } satisfies AgentNode) : agent;
    }),
  },
  {
    name: "judge unheard",
    what: "what a judge has said is not asked for",
    patch: () => replaced(Results, "judgementOf", () => () => null),
  },
  {
    name: "judge shown the first alone",
    what: "a judge is not shown all that it is to judge",
    patch: () =>
      answering(Results, "caseOf", (made) => ({ ...made, candidates: made.candidates.slice(0, 1) })),
  },
  {
    name: "judge read otherwise than shown",
    what: "the options of a conflict are shown to its judge in another order than they are read",
    patch: () =>
      answering(Results, "caseOf", (made) => {
        const conflicts = made.conflicts.map((one) => ({
          ...one,
          options: (one.options as Json[]).toReversed(),
        }));
        return { ...made, conflicts };
      }),
  },
];
