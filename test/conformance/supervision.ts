import { describe, expect, test } from "vitest";
import { agent, fork, plan } from "../support/plans.ts";
import { completed } from "../support/scripted-performer.ts";
import { type MakeEngine, resultOf, statusesOf, World } from "./world.ts";

const BUG = new Error("a bug");

/** Performers that crash under a supervisor. */
export function supervisionConformance(makeEngine: MakeEngine): void {
  describe("supervision", () => {
    test("a performer that throws is called again, with a key of its own, though its step has one attempt", async () => {
      const world = new World(makeEngine);
      world.work.script("f/a", BUG, completed("at last"));
      const end = await world.run(plan([fork("f", [agent("a")], { supervision: {} })]));
      expect(resultOf(end, "f/a")).toMatchObject({ status: "succeeded", output: "at last", attempts: 2 });
      const keys = world.work.calls.map(({ task }) => task.idempotencyKey);
      expect(keys).toEqual(["r_1/f/a#1", "r_1/f/a#2"]);
    });

    test("siblings are stopped, and start again only when every one of them has returned", async () => {
      const world = new World(makeEngine);
      world.work
        .script("f/a", "hold", completed())
        .script("f/b", "deaf", completed())
        .script("f/c", "hold", completed());
      const supervision = { strategy: "one_for_all" } as const;
      const { ended } = world.start(plan([fork("f", [agent("a"), agent("b"), agent("c")], { supervision })]));
      const [a, b, c] = await Promise.all(["f/a", "f/b", "f/c"].map((path) => world.work.called(path)));
      c!.crash(BUG);
      await Promise.all([a!.aborted, b!.aborted]);
      expect(world.work.performed).toEqual(["f/a#1", "f/b#1", "f/c#1"]);
      b!.end(completed("too late"));
      const end = await ended;
      expect(statusesOf(end)).toEqual({ "f/a": "succeeded", "f/b": "succeeded", "f/c": "succeeded" });
      expect(world.work.performed.slice(3)).toEqual(["f/a#2", "f/b#2", "f/c#2"]);
      expect(resultOf(end, "f/b").output).toBe("done");
    });

    test("one that ignores the signal is left behind when its grace is over, and heard no more", async () => {
      const world = new World(makeEngine);
      world.work.script("f/a", "deaf", completed("anew")).script("f/b", "deaf", completed());
      const supervision = { strategy: "one_for_all", graceMs: 2_000 } as const;
      const { watch, ended } = world.start(plan([fork("f", [agent("a"), agent("b")], { supervision })]));
      const [a, b] = await Promise.all([world.work.called("f/a"), world.work.called("f/b")]);
      b!.crash(BUG);
      await watch.next("agent.stopping", "f/a");
      world.clock.advance(2_000);
      await world.work.called("f/a", 2);
      a!.end(completed("from behind"));
      expect(resultOf(await ended, "f/a").output).toBe("anew");
    });

    test("beyond its restarts the supervisor fails and the run answers with the rest", async () => {
      const world = new World(makeEngine);
      world.work.script("f/a", BUG).script("f/b", "hold");
      const supervision = { restartsMax: 2 } as const;
      const end = await world.run(plan([fork("f", [agent("a"), agent("b")], { supervision }), agent("c")]));
      expect(statusesOf(end)).toEqual({ "f/a": "failed", "f/b": "failed", c: "succeeded" });
      expect(resultOf(end, "f/b").failure!.code).toBe("SUPERVISION_EXCEEDED");
      expect(end.status).toBe("partial");
      expect(world.work.performed.filter((key) => key.startsWith("f/a"))).toEqual([
        "f/a#1",
        "f/a#2",
        "f/a#3",
      ]);
    });
  });
}
