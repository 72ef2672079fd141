import { describe, expect, test } from "vitest";
import type { Performer } from "../../src/actors/ports.ts";
import type { Json } from "../../src/shared/json.ts";
import type { MergeRule } from "../../src/templates/template.ts";
import { agent, chain, type Draft, fork, plan } from "../support/plans.ts";
import { type Call, completed, ScriptedPerformer } from "../support/scripted-performer.ts";
import { type MakeEngine, resultOf, statusesOf, World } from "./world.ts";

const withRules = (roots: readonly Draft[], blackboard: Readonly<Record<string, MergeRule>>) => ({
  ...plan(roots),
  blackboard,
});

/** What the agents of a run share. */
export function blackboardConformance(makeEngine: MakeEngine): void {
  describe("the blackboard", () => {
    test("of two agents that write on the same version exactly one wins, and the other is told what stands there", async () => {
      const world = new World(makeEngine);
      world.work.script("f/a", "hold").script("f/b", "hold");
      const { handle, ended } = world.start(plan([fork("f", [agent("a"), agent("b")])]));
      const calls = await Promise.all([world.work.called("f/a"), world.work.called("f/b")]);
      expect(await calls[0].board.get("leader")).toBeNull();
      const receipts = await Promise.all(
        calls.map(({ board, task }) => board.put({ key: "leader", value: task.path, ifVersion: 0 })),
      );
      const winner = { value: "f/a", version: 1, by: "f/a" };
      expect(receipts).toEqual([
        { kind: "written", entry: winner },
        { kind: "conflict", entry: winner, reason: "leader has version 1, not 0" },
      ]);
      expect(await calls[1].board.get("leader")).toEqual(winner);
      expect(handle.board).toEqual({ leader: winner });
      for (const call of calls) call.end(completed());
      expect((await ended).board).toEqual({ leader: winner });
    });

    test("agents that count with compare-and-set lose no increment, however they interleave", async () => {
      const world = new World(makeEngine);
      const names = ["a", "b", "c", "d"];
      for (const name of names) world.work.script(`f/${name}`, "hold");
      const { ended } = world.start(
        plan([
          fork(
            "f",
            names.map((name) => agent(name)),
          ),
        ]),
      );
      const calls = await Promise.all(names.map((name) => world.work.called(`f/${name}`)));
      await Promise.all(
        calls.map(async (call) => {
          for (let round = 0; round < 5; round++) await increment(call);
          call.end(completed());
        }),
      );
      expect((await ended).board).toMatchObject({ count: { value: 20, version: 20 } });
    });

    test("writes are merged by the declared rules, a function of the user's among them", async () => {
      const sum = (present: Json, written: Json): Json => Number(present) + Number(written);
      const world = new World(makeEngine, [], { sum });
      const publish = { best: "{{ data.score }}", tags: "{{ data.tags }}", total: "{{ data.score }}" };
      world.work
        .script("f/a", completed("", { data: { score: 3, tags: ["x", "y"] } }))
        .script("f/b", completed("", { data: { score: 5, tags: ["y", "z"] } }));
      const rules = { best: "max", tags: "union", total: { function: "sum" } } as const;
      const end = await world.run(
        withRules([fork("f", [agent("a", { publish }), agent("b", { publish })])], rules),
      );
      expect(end.board).toMatchObject({
        best: { value: 5 },
        tags: { value: ["x", "y", "z"] },
        total: { value: 8, version: 2 },
      });
    });

    test("a step that needs another sees in its prompt and its condition what that one has published", async () => {
      const world = new World(makeEngine);
      world.work.script("c/first", completed("", { data: { risk: 7 } }));
      const end = await world.run(
        plan([
          chain("c", [
            agent("first", { publish: { risk: "{{ data.risk }}" } }),
            agent("warn", { needs: ["first"], when: "board.risk > 5", prompt: "Risk {{ board.risk }}." }),
            agent("praise", { needs: ["first"], when: "board.risk <= 5" }),
          ]),
        ]),
      );
      expect((await world.work.called("c/warn")).task.prompt).toBe("Risk 7.");
      expect(statusesOf(end)).toMatchObject({ "c/warn": "succeeded", "c/praise": "skipped" });
      expect(end.board).toEqual({ risk: { value: 7, version: 1, by: "c/first" } });
    });

    test("what cannot be published fails the attempt and leaves the board alone; the next attempt may do better", async () => {
      const world = new World(makeEngine);
      world.work.script(
        "a",
        completed("", { data: { score: "high" } }),
        completed("", { data: { score: 4 } }),
      );
      const publish = { note: "seen", score: "{{ data.score }}" };
      const { watch, ended } = world.start(
        withRules([agent("a", { attempts: 2, backoff: "none", publish })], { score: "max" }),
      );
      const end = await ended;
      expect(watch.of("agent.backingOff")[0]?.failure).toMatchObject({
        code: "BOARD_REFUSED",
        message: "what the step publishes cannot be written: board.score: max takes numbers, got a string",
      });
      expect(resultOf(end, "a")).toMatchObject({ status: "succeeded", attempts: 2 });
      expect(watch.of("board.changed").map(({ key, version }) => [key, version])).toEqual([
        ["note", 1],
        ["score", 1],
      ]);
    });

    test("after its timeout an attempt writes no more, and a write under way ends with an error", async () => {
      const world = new World(makeEngine);
      world.work.script("a", "deaf", completed());
      const { watch, ended } = world.start(
        plan([agent("a", { attempts: 2, backoff: "none", timeoutMs: 1_000 })]),
      );
      const call = await world.work.called("a");
      await call.board.put({ key: "k", value: 1 });
      const backingOff = watch.next("agent.backingOff");
      world.clock.advance(1_000);
      await backingOff;
      await expect(call.board.put({ key: "k", value: 2 })).rejects.toThrow("timeout");
      await expect(call.board.get("k")).rejects.toThrow("timeout");
      call.end(completed());
      world.clock.advance(1);
      expect((await ended).board).toEqual({ k: { value: 1, version: 1, by: "a" } });
    });

    test("once its performer has returned an attempt writes no more, though the run goes on", async () => {
      const world = new World(makeEngine);
      world.work.script("b", "hold");
      const { watch, ended } = world.start(plan([agent("a"), agent("b")]));
      const aEnded = watch.next("agent.ended", "a");
      const [a, b] = [await world.work.called("a"), await world.work.called("b")];
      await aEnded;
      await expect(a.board.put({ key: "k", value: 1 })).rejects.toThrow("a: this attempt is over");
      await expect(a.board.get("k")).rejects.toThrow("a: this attempt is over");
      b.end(completed());
      expect((await ended).board).toEqual({});
    });

    test("a value that JSON cannot hold is refused, and what an agent got is a copy", async () => {
      const world = new World(makeEngine);
      world.work.script("a", "hold");
      const { ended } = world.start(plan([agent("a")]));
      const { board, end } = await callOf(world, "a");
      await expect(board.put({ key: "k", value: undefined as unknown as Json })).rejects.toThrow(TypeError);
      const list = [1];
      const receipt = await board.put({ key: "k", value: list });
      list.push(2);
      (receipt.entry!.value as number[]).push(3);
      ((await board.get("k"))!.value as number[]).push(4);
      expect(await board.get("k")).toEqual({ value: [1], version: 1, by: "a" });
      expect(await board.put({ key: "__proto__", value: 1 })).toMatchObject({ kind: "conflict" });
      end();
      expect((await ended).board).toEqual({ k: { value: [1], version: 1, by: "a" } });
    });

    test("a result whose agent has used the board is not used again in another run", async () => {
      let calls = 0;
      const sure: Performer = {
        name: "sure",
        dependence: () => ({ beside: null }),
        perform: async (_, { board }) => {
          calls++;
          await board.get("k");
          return completed();
        },
      };
      const world = new World(makeEngine, [sure]);
      const cached = plan([agent("a", { performer: "sure", prompt: "Do it.", cache: true })]);
      for (const runId of ["r_1", "r_2"]) await world.start(cached, { runId }).ended;
      expect(calls).toBe(2);
    });

    test("a result from the cache is published as one that was worked for", async () => {
      const sure = Object.assign(new ScriptedPerformer("sure"), { dependence: () => ({ beside: null }) });
      sure.script("a", completed("", { data: 7 }));
      const world = new World(makeEngine, [sure]);
      const options = { performer: "sure", prompt: "Do it.", cache: true, publish: { k: "{{ data }}" } };
      const ends = [await world.run(plan([agent("a", options)]))];
      ends.push(await world.start(plan([agent("a", options)]), { runId: "r_2" }).ended);
      expect(ends.map(({ board }) => board.k?.value)).toEqual([7, 7]);
      expect(sure.performed).toEqual(["a#1"]);
    });

    test("another run begins with an empty board", async () => {
      const world = new World(makeEngine);
      await world.run(plan([agent("a", { publish: { k: 1 } })]));
      const { handle, ended } = world.start(plan([agent("a", { prompt: "[{{ board.k }}]" })]), {
        runId: "r_2",
      });
      expect(handle.board).toEqual({});
      await ended;
      expect(world.work.calls[1]?.task.prompt).toBe("[]");
    });
  });
}

async function increment({ board }: Call): Promise<void> {
  for (;;) {
    const entry = await board.get("count");
    const value = ((entry?.value as number | undefined) ?? 0) + 1;
    const receipt = await board.put({ key: "count", value, ifVersion: entry?.version ?? 0 });
    if (receipt.kind === "written") return;
  }
}

async function callOf(world: World, path: string) {
  const call = await world.work.called(path);
  return { board: call.board, end: () => call.end(completed()) };
}
