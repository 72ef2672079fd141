import fc from "fast-check";
import { expect, test } from "vitest";
import {
  agentLevels,
  buildNodeGraph,
  criticalPath,
  findCycle,
  ownDurationMs,
  tails,
} from "../../src/plan/node-graph.ts";
import { autoParallelism, complexityOf } from "../../src/plan/parallelism.ts";
import type { AgentNode, PlanNode } from "../../src/plan/plan.ts";
import { ResourcePool } from "../../src/plan/resource-pool.ts";
import { scheduleAgents } from "../../src/plan/schedule.ts";

type Job = { readonly durationMs: number; readonly cpu: number; readonly needs: readonly number[] };

function agentNode(index: number, { durationMs, cpu, needs }: Job): AgentNode {
  return {
    kind: "agent",
    path: `a${index}`,
    parent: null,
    needs: needs.map((need) => `a${need}`),
    children: [],
    template: null,
    step: null,
    priority: 0,
    agent: "worker",
    performer: "draft",
    input: { options: {}, scope: "", steps: {} },
    resources: { cpu, memoryMb: 0 },
    durationMs,
    timeoutMs: 1,
    retry: { attempts: 1, backoff: "none", delayMs: 0, maxDelayMs: 0 },
    approve: false,
    cache: false,
    capabilities: [],
  };
}

const jobs = fc
  .array(
    fc.record({
      durationMs: fc.integer({ min: 0, max: 50 }),
      cpu: fc.integer({ min: 0, max: 4 }),
      picks: fc.array(fc.nat(), { maxLength: 3 }),
    }),
    { maxLength: 40 },
  )
  .map((list) =>
    list.map(
      ({ durationMs, cpu, picks }, index): Job => ({
        durationMs,
        cpu,
        needs: index === 0 ? [] : [...new Set(picks.map((pick) => pick % index))],
      }),
    ),
  );
const CAPACITY = { agents: 3, cpu: 4, memoryMb: 0 };

function scheduled(list: readonly Job[]) {
  const graph = buildNodeGraph(list.map((job, index) => agentNode(index, job)));
  return { graph, schedule: scheduleAgents(graph, tails(graph, ownDurationMs), CAPACITY) };
}

test("a schedule holds every agent once, after its needs, within every limit, and wastes no start", () => {
  fc.assert(
    fc.property(jobs, (list) => {
      const { schedule } = scheduled(list);
      const entry = new Map(schedule.entries.map((found) => [found.path, found]));
      expect(entry.size).toBe(list.length);
      list.forEach((job, index) => {
        const { startMs, endMs } = entry.get(`a${index}`)!;
        expect(endMs - startMs).toBe(job.durationMs);
        for (const need of job.needs) expect(startMs).toBeGreaterThanOrEqual(entry.get(`a${need}`)!.endMs);
        const together = list.filter((_, other) => {
          const { startMs: from, endMs: to } = entry.get(`a${other}`)!;
          return from <= startMs && startMs < to;
        });
        expect(together.length).toBeLessThanOrEqual(CAPACITY.agents);
        expect(together.reduce((sum, { cpu }) => sum + cpu, 0)).toBeLessThanOrEqual(CAPACITY.cpu);
      });
      expect(schedule.makespanMs).toBe(Math.max(0, ...schedule.entries.map(({ endMs }) => endMs)));
    }),
  );
});

test("the critical path is the longest chain of needs, and no schedule is shorter", () => {
  fc.assert(
    fc.property(jobs, (list) => {
      const { graph, schedule } = scheduled(list);
      const ends: number[] = [];
      for (const job of list)
        ends.push(job.durationMs + Math.max(0, ...job.needs.map((need) => ends[need]!)));
      const path = criticalPath(graph, tails(graph, ownDurationMs), ownDurationMs);
      const length = path.reduce((sum, at) => sum + list[Number(at.slice(1))]!.durationMs, 0);
      expect(length).toBe(Math.max(0, ...ends));
      expect(schedule.makespanMs).toBeGreaterThanOrEqual(length);
      path.forEach((at, position) => {
        if (position > 0)
          expect(list[Number(at.slice(1))]!.needs).toContain(Number(path[position - 1]!.slice(1)));
      });
    }),
  );
});

test("levels say how many agents must end before one on the longest way", () => {
  fc.assert(
    fc.property(jobs, (list) => {
      const depth: number[] = [];
      for (const job of list) depth.push(Math.max(-1, ...job.needs.map((need) => depth[need]!)) + 1);
      const levels = agentLevels(buildNodeGraph(list.map((job, index) => agentNode(index, job))));
      levels.forEach((level, at) => {
        for (const path of level) expect(depth[Number(path.slice(1))]).toBe(at);
      });
      expect(levels.flat()).toHaveLength(list.length);
    }),
  );
});

test("a cycle is found exactly when there is one, and named along its needs", () => {
  const free = (needs: readonly number[][]): PlanNode[] =>
    needs.map((list, index) => agentNode(index, { durationMs: 1, cpu: 0, needs: list }));
  expect(findCycle(buildNodeGraph(free([[], [0], [1]])))).toBeUndefined();
  const cycle = findCycle(buildNodeGraph(free([[2], [0], [1], [0], [3]])))!;
  expect(cycle[0]).toBe(cycle.at(-1));
  expect([...new Set(cycle)].sort()).toEqual(["a0", "a1", "a2"]);
  for (const [index, path] of cycle.slice(0, -1).entries()) {
    expect(`a${[2, 0, 1][Number(path.slice(1))]}`).toBe(cycle[index + 1]);
  }
});

test("a pool never gives more than there is, and gives to the lowest rank that fits (I1, I2, I3)", () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ cpu: fc.integer({ min: 0, max: 5 }), rank: fc.integer({ min: 0, max: 9 }) }), {
        maxLength: 60,
      }),
      fc.array(fc.nat(), { maxLength: 60 }),
      (claims, releases) => {
        const pool = new ResourcePool<number>({ cpu: 5, agents: 4 });
        for (const [index, { cpu, rank }] of claims.entries())
          pool.wait(pool.shapeOf({ agents: 1, cpu }), rank, index);
        const waiting = new Set(claims.keys());
        const held: number[] = [];
        const used = (): number => held.reduce((sum, index) => sum + claims[index]!.cpu, 0);
        for (const pick of [...releases, ...claims.keys()]) {
          for (let index = pool.grant()?.item; index !== undefined; index = pool.grant()?.item) {
            const fits = [...waiting].filter(
              (other) => claims[other]!.cpu === 0 || used() + claims[other]!.cpu <= 5,
            );
            expect(claims[index]!.rank).toBe(Math.min(...fits.map((other) => claims[other]!.rank)));
            waiting.delete(index);
            held.push(index);
            expect(used()).toBeLessThanOrEqual(5);
            expect(held.length).toBeLessThanOrEqual(4);
          }
          if (held.length === 0) break;
          const [index] = held.splice(pick % held.length, 1);
          pool.release(pool.shapeOf({ agents: 1, cpu: claims[index!]!.cpu }));
        }
      },
    ),
  );
});

test("agents per node: min(cores / 2, complexity / 10), halved with dependencies, from 1 to 10 (P4)", () => {
  expect(autoParallelism(8, 40, false)).toBe(4);
  expect(autoParallelism(8, 40, true)).toBe(2);
  expect(autoParallelism(8, 30, true)).toBe(1);
  expect(autoParallelism(64, 100, false)).toBe(10);
  expect(autoParallelism(1, 100, false)).toBe(1);
  expect([
    complexityOf({ complexity: "complex" }),
    complexityOf({ complexity: 250 }),
    complexityOf({}),
  ]).toEqual([40, 100, 10]);
});

test("equals start in the order in which they were written", () => {
  const { schedule } = scheduled(Array.from({ length: 12 }, () => ({ durationMs: 10, cpu: 0, needs: [] })));
  expect(schedule.entries.map(({ path }) => path)).toEqual(
    Array.from({ length: 12 }, (_, index) => `a${index}`),
  );
});

test("the search of small plans is never worse than the two rules of large ones", () => {
  const long = (list: readonly Job[], count: number): Job[] => [
    ...list,
    ...Array.from({ length: count }, () => ({ durationMs: 0, cpu: 0, needs: [] })),
  ];
  fc.assert(
    fc.property(jobs, (list) => {
      const small = scheduled(list).schedule;
      const large = scheduled(long(list, 1_001)).schedule;
      expect(small.makespanMs).toBeLessThanOrEqual(large.makespanMs);
    }),
    { numRuns: 20 },
  );
});

test("claims that wait are ranked anew, equals in the order in which they came", () => {
  const pool = new ResourcePool<string>({ agents: 4, cpu: 2 });
  for (const [rank, item] of ["a", "b", "c", "d"].entries())
    pool.wait(pool.shapeOf({ cpu: rank % 2 === 0 ? 1 : 2 }), rank, item);
  pool.rerank((item) => (item === "d" ? 0 : 1));
  const order: (string | undefined)[] = [pool.grant()?.item];
  pool.release(pool.shapeOf({ cpu: 2 }));
  order.push(pool.grant()?.item);
  pool.release(pool.shapeOf({ cpu: 1 }));
  order.push(pool.grant()?.item);
  pool.release(pool.shapeOf({ cpu: 2 }));
  order.push(pool.grant()?.item);
  expect(order).toEqual(["d", "a", "b", "c"]);
});
