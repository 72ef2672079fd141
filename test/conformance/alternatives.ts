import { describe, expect, test } from "vitest";
import { agent, fork, plan } from "../support/plans.ts";
import { completed, failed, ScriptedPerformer } from "../support/scripted-performer.ts";
import { type MakeEngine, resultOf, World } from "./world.ts";

const REFUSED = failed("REFUSED", { retryable: false });

/** What is done in place of work that has failed for good. */
export function alternativesConformance(makeEngine: MakeEngine): void {
  describe("alternatives", () => {
    test("are tried in order, each with its own attempts; what one does is degraded and says who did it", async () => {
      const other = new ScriptedPerformer("other");
      const world = new World(makeEngine, [other]);
      world.work.script("a", failed(), REFUSED, REFUSED);
      const confidence = { value: 0.7, source: "declared" } as const;
      other.script("a", failed(), failed(), failed(), failed(), completed("other's", { confidence }));
      const alternatives = [{}, { agent: "stand_in", performer: "other", attempts: 2 }];
      const made = [agent("a", { attempts: 2, backoff: "none", alternatives }), agent("b", { needs: ["a"] })];
      const { ended, clock } = { ...world.start(plan(made)), clock: world.clock };
      await other.called("a", 4);
      clock.advance(1_000);
      const end = await ended;
      expect(end.status).toBe("succeeded");
      expect(resultOf(end, "a")).toMatchObject({
        status: "degraded",
        output: "other's",
        confidence,
        attempts: 5,
        failure: { code: "REFUSED" },
        provenance: { agent: "stand_in", performer: "other", alternative: 2 },
      });
      expect(world.work.performed).toEqual(["a#1", "a#2", "a#3", "b#1"]);
      expect(other.calls.map(({ task }) => task.idempotencyKey)).toEqual(["r_1/a#4", "r_1/a#5"]);
      expect(other.calls.map(({ task }) => task.alternative)).toEqual(Array(2).fill({ index: 2, of: 2 }));
      expect(resultOf(end, "b").status).toBe("succeeded");
    });

    test("are given prompts and options rendered with what the step sees, and times of their own", async () => {
      const world = new World(makeEngine);
      world.work.script("b", REFUSED, REFUSED, "hold");
      const alternatives = [
        { prompt: "say {{ steps.a.output }} again" },
        { options: { args: ["{{ steps.a.output }}"] }, timeoutMs: 7_000 },
      ];
      const b = agent("b", { needs: ["a"], prompt: "say {{ steps.a.output }}", alternatives });
      const { ended } = world.start(plan([agent("a"), b]));
      const last = await world.work.called("b", 3);
      expect(last.task).toMatchObject({ options: { args: ["output of a"] }, timeoutMs: 7_000 });
      const prompts = world.work.calls.flatMap(({ task }) => (task.path === "b" ? [task.prompt] : []));
      expect(prompts.slice(0, 2)).toEqual(["say output of a", "say output of a again"]);
      world.clock.advance(7_000);
      const end = await ended;
      expect(resultOf(end, "b")).toMatchObject({ status: "failed", failure: { code: "TIMEOUT" } });
      expect(resultOf(end, "b").provenance).not.toHaveProperty("alternative");
    });

    test("take over from an attempt that has run into its timeout, and that attempt is cancelled", async () => {
      const { work, clock, start } = open(makeEngine);
      work.script("a", "hold", completed("instead"));
      const { ended } = start(plan([agent("a", { timeoutMs: 5_000, alternatives: [{}] })]));
      const first = await work.called("a", 1);
      clock.advance(5_000);
      const end = await ended;
      expect(first.signal.aborted).toBe(true);
      expect(resultOf(end, "a")).toMatchObject({ status: "degraded", output: "instead", attempts: 2 });
    });

    test("wait for a slot like any other attempt", async () => {
      const { work, start } = open(makeEngine);
      work.script("a", REFUSED, completed("instead")).script("b", "hold");
      const made = [agent("a", { alternatives: [{}] }), agent("b")];
      const { ended, watch } = start(plan(made, { agents: 1 }));
      (await work.called("b")).end(completed());
      await ended;
      expect(watch.of("agent.running").map(({ path, attempt }) => `${path}#${attempt}`)).toHaveLength(3);
      expect(watch.of("agent.ready").find(({ instead }) => instead)).toMatchObject({
        path: "a",
        instead: { alternative: 1, failure: { code: "REFUSED" } },
      });
    });

    test("are not waited before when what is called is shut, and the constant speaks when all have failed", async () => {
      const { work, run } = open(makeEngine);
      work.script("a", failed("BREAKER_OPEN"), REFUSED);
      const fallback = { output: "nothing" };
      const end = await run(plan([agent("a", { attempts: 3, alternatives: [{}], fallback })]));
      expect(work.performed).toEqual(["a#1", "a#2"]);
      expect(resultOf(end, "a")).toMatchObject({ status: "degraded", output: "nothing", confidence: null });
      expect(resultOf(end, "a").provenance).toMatchObject({ agent: "worker", performer: "scripted" });
    });

    test("are not tried after a person's no, nor for agents that their supervisor gives up", async () => {
      const { work, start } = open(makeEngine);
      work.script("f/b", new Error("crash"));
      const supervised = fork("f", [agent("b", { alternatives: [{}] })], { supervision: { restartsMax: 0 } });
      const made = plan([agent("a", { approve: true, alternatives: [{}] }), supervised]);
      const { handle, ended, watch } = start(made);
      await watch.next("agent.awaitingApproval", "a");
      handle.decide("a", { approved: false });
      const end = await ended;
      expect(resultOf(end, "a")).toMatchObject({ status: "failed", failure: { code: "APPROVAL_REJECTED" } });
      expect(resultOf(end, "f/b").failure!.code).toBe("SUPERVISION_EXCEEDED");
      expect(work.performed).toEqual(["f/b#1"]);
    });

    test("publish what they have done, and take their results from the cache under their own key", async () => {
      const other: ScriptedPerformer = Object.assign(new ScriptedPerformer("other"), {
        dependence: () => ({ beside: null }),
      });
      other.script("a", completed("other's"));
      const world = new World(makeEngine, [other]);
      world.work.script("a", REFUSED);
      const alternatives = [{ performer: "other", contentHash: "0".repeat(64) }];
      const publish = { said: "{{ output }}" };
      const made = plan([agent("a", { cache: true, alternatives, publish })]);
      await world.run(made);
      const end = await world.start(made, { runId: "r_2" }).ended;
      expect(other.calls).toHaveLength(1);
      expect(resultOf(end, "a")).toMatchObject({ status: "degraded", output: "other's", cached: true });
      expect(end.board.said?.value).toBe("other's");
    });
  });
}

function open(makeEngine: MakeEngine) {
  const world = new World(makeEngine);
  return { clock: world.clock, work: world.work, start: world.start.bind(world), run: world.run.bind(world) };
}
