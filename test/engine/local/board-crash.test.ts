import { expect, test } from "vitest";
import type { Performer } from "../../../src/actors/ports.ts";
import { LocalEngine } from "../../../src/engine/local/local-engine.ts";
import type { Plan } from "../../../src/plan/plan.ts";
import type { Json } from "../../../src/shared/json.ts";
import { agent, chain, fork, plan } from "../../support/plans.ts";
import { completed } from "../../support/scripted-performer.ts";
import { MortalProcesses } from "./mortal-processes.ts";

const NAMES = ["a", "b", "c"];
const SHARED: Plan = {
  ...plan([
    chain("c", [
      fork(
        "f",
        NAMES.map((name) => agent(name, { publish: { seen: "{{ output }}" } })),
      ),
      agent("last", {
        needs: ["f"],
        prompt: "{{ board.count }} {{ board.log }}",
        publish: { told: "{{ output }}" },
      }),
    ]),
  ]),
  blackboard: { seen: "union", log: { function: "append" } },
};
const merges = { append: (present: Json, written: Json): Json => [present, written].flat() };

/** Counts to two with compare-and-set and writes a line, as often as it is begun. */
const counting: Performer["perform"] = async (task, { board }) => {
  if (task.path.endsWith("last")) return completed(task.prompt!);
  for (let done = 0; done < 2; ) {
    const entry = await board.get("count");
    const value = ((entry?.value as number | undefined) ?? 0) + 1;
    const receipt = await board.put({ key: "count", value, ifVersion: entry?.version ?? 0 });
    if (receipt.kind === "written") done++;
  }
  await board.put({ key: "log", value: [task.path] });
  return completed(task.path);
};

test.each(["before", "after"] as const)(
  "a process that dies just %s any commit: after the resume every write has counted once",
  async (when) => {
    const whole = new MortalProcesses(SHARED, counting, merges);
    const end = await whole.run(null);
    expect(end.board).toMatchObject({
      count: { value: 6, version: 6 },
      seen: { value: NAMES.map((name) => `c/f/${name}`), version: 3 },
      told: { version: 1 },
    });
    expect(whole.commits).toBeGreaterThan(8);
    for (let at = 1; at <= whole.commits; at++) {
      const world = new MortalProcesses(SHARED, counting, merges);
      const { board, status } = await world.run({ at, when });
      expect(world.crashes, `commit ${at}`).toBe(1);
      expect(status, `commit ${at}`).toBe("succeeded");
      expect(board.count, `commit ${at}`).toMatchObject({ value: 6, version: 6 });
      expect(board.seen, `commit ${at}`).toEqual({ ...end.board.seen, by: board.seen!.by });
      expect([...(board.log!.value as string[])].sort(), `commit ${at}`).toEqual(
        NAMES.map((name) => `c/f/${name}`),
      );
    }
  },
);

test("an engine without a merge function that a run needs refuses to read or resume it, and lists it", async () => {
  const world = new MortalProcesses(SHARED, counting, merges);
  await world.run(null);
  const poor = new LocalEngine({ folder: world.folder, clock: world.clock, performers: new Map() });
  expect(() => poor.ended("r_1")).toThrow("BOARD_MERGE_UNKNOWN");
  expect(poor.list()).toHaveLength(1);
  poor.close();
});
