import fc from "fast-check";
import { expect, test } from "vitest";
import { Crossover } from "../../../src/plan/scheduling/crossover.ts";
import { Justifier } from "../../../src/plan/scheduling/justify.ts";
import { ParallelScheduler } from "../../../src/plan/scheduling/parallel-schedule.ts";
import { listByKeys } from "../../../src/plan/scheduling/priority-rules.ts";
import { buildProblem, type Problem } from "../../../src/plan/scheduling/problem.ts";
import { SeededRandom } from "../../../src/plan/scheduling/random.ts";
import { faultOf, type Instance } from "../../bench/support/instance.ts";
import { instances } from "../../support/schedule-instances.ts";

function keysOf(problem: Problem, seed: number): Float64Array {
  const random = new SeededRandom(seed);
  return Float64Array.from({ length: problem.size }, () => random.next());
}

function listOf(problem: Problem, keys: Float64Array): Int32Array {
  const list = new Int32Array(problem.size);
  listByKeys(problem, keys, list);
  return list;
}

function positions(list: Int32Array): number[] {
  const at: number[] = [];
  list.forEach((activity, position) => {
    at[activity] = position;
  });
  return at;
}

function keepsNeeds({ activities }: Instance, list: Int32Array): boolean {
  const at = positions(list);
  return activities.every(({ needs }, index) => needs.every((need) => at[need]! < at[index]!));
}

test("serial and parallel schedules keep every need and every capacity, whatever the order (F1)", () => {
  fc.assert(
    fc.property(instances(25), fc.integer(), (instance, seed) => {
      const problem = buildProblem(instance.activities, instance.capacity);
      const keys = keysOf(problem, seed);
      const starts = new Float64Array(problem.size);
      const serial = new Justifier(problem).build(listOf(problem, keys), starts);
      expect(faultOf(instance, [...starts], serial)).toBeUndefined();
      const parallel = new ParallelScheduler(problem).run(keys, starts);
      expect(faultOf(instance, [...starts], parallel)).toBeUndefined();
    }),
  );
});

test("a serial schedule starts each activity at the earliest time at which it fits beside those before it (F2)", () => {
  fc.assert(
    fc.property(instances(12), fc.integer(), ({ activities, capacity }, seed) => {
      const problem = buildProblem(activities, capacity);
      const list = listOf(problem, keysOf(problem, seed));
      const starts = new Float64Array(problem.size);
      new Justifier(problem).build(list, starts);
      const endOf = (activity: number): number => starts[activity]! + activities[activity]!.duration;
      const placed: number[] = [];
      for (const activity of list) {
        const { duration, demands, needs } = activities[activity]!;
        const fitsAt = (time: number): boolean =>
          [time, ...placed.map((other) => starts[other]!)]
            .filter((at) => at >= time && at < time + duration)
            .every((at) =>
              demands.every((demand, resource) => {
                const others = placed.filter((other) => starts[other]! <= at && at < endOf(other));
                const used = others.reduce(
                  (sum, other) => sum + (activities[other]!.demands[resource] ?? 0),
                  0,
                );
                return used + demand <= capacity[resource]! + 1e-9;
              }),
            );
        const from = Math.max(0, ...needs.map(endOf));
        const moments = [from, ...placed.map(endOf).filter((at) => at > from)];
        expect(starts[activity]).toBe(Math.min(...moments.filter(fitsAt)));
        placed.push(activity);
      }
    }),
  );
});

test("a parallel schedule leaves nothing waiting that fits", () => {
  fc.assert(
    fc.property(instances(20), fc.integer(), (instance, seed) => {
      const problem = buildProblem(instance.activities, instance.capacity);
      const starts = new Float64Array(problem.size);
      const makespan = new ParallelScheduler(problem).run(keysOf(problem, seed), starts);
      const endOf = (index: number): number => starts[index]! + instance.activities[index]!.duration;
      instance.activities.forEach(({ duration, demands, needs }, index) => {
        const possible = [0, ...instance.activities.map((_, at) => endOf(at))].filter(
          (now) => now < starts[index]!,
        );
        for (const now of possible) {
          if (needs.some((need) => endOf(need) > now) || duration === 0) continue;
          const fits = demands.every((amount, name) => {
            const used = instance.activities.reduce(
              (sum, other, at) => sum + (starts[at]! <= now && now < endOf(at) ? other.demands[name]! : 0),
              0,
            );
            return used + amount <= instance.capacity[name]!;
          });
          expect(fits, `activity ${index} could have started at ${now} of ${makespan}`).toBe(false);
        }
      });
    }),
  );
});

test("double justification never lengthens a schedule and keeps it sound", () => {
  fc.assert(
    fc.property(instances(25), fc.integer(), (instance, seed) => {
      const problem = buildProblem(instance.activities, instance.capacity);
      const justifier = new Justifier(problem);
      const starts = new Float64Array(problem.size);
      const before = new ParallelScheduler(problem).run(keysOf(problem, seed), starts);
      const after = justifier.justify(starts);
      expect(after).toBeLessThanOrEqual(before);
      expect(faultOf(instance, [...starts], after)).toBeUndefined();
      const list = new Int32Array(problem.size);
      justifier.orderOf(starts, list);
      expect(keepsNeeds(instance, list)).toBe(true);
    }),
  );
});

test("children of two orders hold every activity once, after its needs", () => {
  fc.assert(
    fc.property(instances(25), fc.integer(), fc.integer(), (instance, one, two) => {
      const problem = buildProblem(instance.activities, instance.capacity);
      const justifier = new Justifier(problem);
      const parents = [one, two].map((seed) => {
        const starts = new Float64Array(problem.size);
        justifier.build(listOf(problem, keysOf(problem, seed)), starts);
        const list = new Int32Array(problem.size);
        justifier.orderOf(starts, list);
        return { list, starts };
      });
      const crossover = new Crossover(problem, new SeededRandom(one ^ two));
      for (const make of ["twoPoint", "transplant"] as const) {
        const child = new Int32Array(problem.size).fill(-1);
        crossover[make](parents[0]!, parents[1]!, child);
        crossover.mutate(child, 0.5);
        expect([...child].sort((a, b) => a - b)).toEqual([...instance.activities.keys()]);
        expect(keepsNeeds(instance, child)).toBe(true);
      }
    }),
  );
});

test("what takes neither time nor resources lets those behind it start at the same moment, by rank", () => {
  const problem = buildProblem(
    [
      { duration: 0, demands: [0], needs: [] },
      { duration: 3, demands: [1], needs: [] },
      { duration: 2, demands: [1], needs: [0] },
    ],
    [1],
  );
  const starts = new Float64Array(3);
  new ParallelScheduler(problem).run(Float64Array.of(0, 2, 1), starts);
  expect([...starts]).toEqual([0, 2, 0]);
});

test("needs that form a cycle and demands beyond the capacity are broken invariants", () => {
  const activity = { duration: 1, demands: [1] };
  expect(() =>
    buildProblem(
      [
        { ...activity, needs: [1] },
        { ...activity, needs: [0] },
      ],
      [1],
    ),
  ).toThrow("cycle");
  expect(() => buildProblem([{ duration: 1, demands: [2], needs: [] }], [1])).toThrow("asks for 2 of 1");
});
