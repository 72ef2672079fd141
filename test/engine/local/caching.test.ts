import { expect, test } from "vitest";
import type { Dependence } from "../../../src/actors/ports.ts";
import { LocalEngine } from "../../../src/engine/local/local-engine.ts";
import { MemoryCache } from "../../../src/engine/memory/memory-cache.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { agent, plan } from "../../support/plans.ts";
import { completed, ScriptedPerformer } from "../../support/scripted-performer.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

class SurePerformer extends ScriptedPerformer {
  dependence(): Dependence {
    return { beside: null };
  }
}

const PLAN = plan([
  agent("a", { performer: "sure", cache: true }),
  agent("b", { performer: "sure", cache: true, needs: ["a"], prompt: "{{ steps.a.output }}" }),
]);

/** An engine over a folder, with a performer of its own; `cache` is shared by those who are to share it. */
function open(folder: string, cache: MemoryCache) {
  const sure = new SurePerformer("sure");
  const engine = new LocalEngine({
    folder,
    clock: new ManualClock(),
    performers: new Map([["sure", sure]]),
    cache,
  });
  return { engine, sure };
}

const roomy = (): MemoryCache => new MemoryCache({ maxBytes: 1024 * 1024 });

/** A run that was let go while its second agent was at work; `cache`: as the run was started. */
async function interrupted(folder: string, shared: MemoryCache, cache?: boolean): Promise<void> {
  const { engine, sure } = open(folder, shared);
  sure.script("b", "hold");
  const { ended } = engine.start(PLAN, {
    runId: "r_1",
    timeoutMs: 60_000,
    ...(cache === undefined ? {} : { cache }),
  });
  ended.catch(() => {});
  await sure.called("b");
  engine.close();
}

test("a run that was answered from the cache is replayed and resumed after the cache has gone", async () => {
  const folder = temporaryFolder();
  const cache = roomy();
  const first = open(temporaryFolder(), cache);
  first.sure.script("a", completed("once"));
  await first.engine.start(plan([agent("a", { performer: "sure", cache: true })]), {
    runId: "r_0",
    timeoutMs: 60_000,
  }).ended;
  first.engine.close();
  await interrupted(folder, cache);
  cache.clear();
  const { engine, sure } = open(folder, roomy());
  const end = await engine.resume("r_1").ended;
  expect(sure.calls.map(({ task }) => task.prompt)).toEqual(["once"]);
  expect(end.answer!.results.map(({ path, cached }) => [path, cached])).toEqual([
    ["a", true],
    ["b", false],
  ]);
  expect(engine.ended("r_1").faithful).toBe(true);
  engine.close();
});

test.each<[string, boolean | undefined, number]>([
  ["uses what others have kept in the meantime", undefined, 0],
  ["keeps to doing its work itself, when it was started so", false, 1],
])("a run that is resumed %s", async (_, started, calls) => {
  const folder = temporaryFolder();
  const cache = roomy();
  await interrupted(folder, cache, started);
  const other = open(temporaryFolder(), cache);
  await other.engine.start(PLAN, { runId: "r_2", timeoutMs: 60_000 }).ended;
  other.engine.close();
  const { engine, sure } = open(folder, cache);
  await engine.resume("r_1").ended;
  expect(sure.calls).toHaveLength(calls);
  engine.close();
});
