import { expect, test } from "vitest";
import { agentOf, linksOf, runOf, runOn, stretchInShort } from "../../support/explained-run.ts";
import { agent, fork, plan } from "../../support/plans.ts";

const CRASH = { code: "PERFORMER_CRASHED" };

test("an agent that its supervisor starts again says so, and how it came to rest before", () => {
  const made = plan([fork("f", [agent("a"), agent("b")], { supervision: { strategy: "one_for_all" } })]);
  const history = runOn(made, (run) =>
    run.fail("f/a", 1, CRASH).stopped("f/b").complete("f/a", 2).complete("f/b", 2),
  );
  expect(linksOf(history, "f/a")).toEqual([
    "ready @1",
    "attempt 1 @1-2 failed",
    "held @2",
    "ready after restart @3",
    "attempt 2 @3-4 completed",
    "succeeded: completed @4",
  ]);
  expect(linksOf(history, "f/b")).toEqual([
    "ready @1",
    "attempt 1 @1-2 stopped",
    "stopping after f/a @2",
    "held @3",
    "ready after restart @3",
    "attempt 2 @3-5 completed",
    "succeeded: completed @5",
  ]);
  expect(runOf(history).timePath.map(stretchInShort)).toEqual([
    "start: f/a work 1 1s-2s",
    "crash: f/b stopping 1 2s-3s",
    "restart: f/b work 2 3s-5s",
  ]);
});

test("an agent at rest waits on the one that is still being stopped", () => {
  const made = plan([fork("f", [agent("a"), agent("b")], { supervision: { strategy: "one_for_all" } })]);
  const history = runOn(made, (run) => run.fail("f/a", 1, CRASH));
  expect(agentOf(history, "f/a").state).toBe("held");
  expect(runOf(history)).toMatchObject({
    agents: { held: 1, stopping: 1 },
    waitsOn: [
      { path: "f/b", state: "stopping" },
      { path: "f/a", state: "held" },
    ],
  });
});

test("agents that fail with their supervisor name its failure", () => {
  const made = plan([fork("f", [agent("a"), agent("b")], { supervision: { restartsMax: 0 } })]);
  const history = runOn(made, (run) => run.fail("f/a", 1, CRASH).stopped("f/b"));
  const failure = { code: "SUPERVISION_EXCEEDED" };
  for (const path of ["f/a", "f/b"])
    expect(agentOf(history, path).links.at(-1)).toMatchObject({
      status: "failed",
      reason: { failure, origin: path },
    });
  expect(runOf(history).causes).toMatchObject([{ reason: { failure } }, { reason: { failure } }]);
});
