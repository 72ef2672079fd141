import fc from "fast-check";
import type { Instance } from "../bench/support/instance.ts";

/** Small random instances: up to `most` activities, two or three resources, some activities of no length or no demand. */
export function instances(most: number): fc.Arbitrary<Instance> {
  return fc
    .record({
      capacity: fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 2, maxLength: 3 }),
      jobs: fc.array(
        fc.record({
          duration: fc.oneof(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 1, max: 50 }).map(quarter)),
          demands: fc.tuple(fc.nat(), fc.nat(), fc.nat()),
          needs: fc.array(fc.nat(), { maxLength: 3 }),
        }),
        { maxLength: most },
      ),
    })
    .map(({ capacity, jobs }) => ({
      capacity,
      activities: jobs.map(({ duration, demands, needs }, index) => ({
        duration,
        demands: capacity.map((amount, name) => demands[name]! % (amount + 1)),
        needs: index === 0 ? [] : [...new Set(needs.map((need) => need % index))],
      })),
    }));
}

function quarter(value: number): number {
  return value / 4;
}
