import { expect, test } from "vitest";
import { observationsOf } from "../../src/surfaces/observations.ts";
import { HandDrivenRun } from "../support/hand-driven-run.ts";
import { agent, forEach, plan } from "../support/plans.ts";

test("what an alternative has done is a failure of those who were to do it, and nothing for who did", () => {
  const alternatives = [{ agent: "stand_in", performer: "other" }];
  const made = plan([agent("a", { alternatives }), agent("b"), forEach("c", "item", [1], { alternatives })]);
  const it = new HandDrivenRun(made)
    .start()
    .fail("a", 1, { retryable: false })
    .complete("a", 2)
    .complete("b");
  it.fail("c.0", 1, { retryable: false }).complete("c.0", 2);
  const seen = observationsOf({ answer: it.run.answer, plan: made }, 0);
  expect(seen.map(({ agent: who, performer, succeeded }) => [who, performer, succeeded])).toEqual([
    ["worker", "scripted", false],
    ["worker", "scripted", true],
    ["worker", "scripted", false],
  ]);
});
