import { expect, test } from "vitest";
import { faultOf } from "../../bench/support/instance.ts";
import { readPsplib } from "../../bench/support/psplib.ts";
import { readStg } from "../../bench/support/stg.ts";
import { readWfCommons } from "../../bench/support/wfcommons.ts";

const PSPLIB = `file with basedata            : tiny.bas
jobs (incl. supersource/sink ):  4
RESOURCES
  - renewable                 :  2   R
************************************************************************
PRECEDENCE RELATIONS:
jobnr.    #modes  #successors   successors
   1        1          2           2   3
   2        1          1           4
   3        1          1           4
   4        1          0
************************************************************************
REQUESTS/DURATIONS:
jobnr. mode duration  R 1  R 2
------------------------------------------------------------------------
  1      1     0       0    0
  2      1     3       2    1
  3      1     5       1    0
  4      1     0       0    0
************************************************************************
RESOURCEAVAILABILITIES:
  R 1  R 2
    2    4
************************************************************************
`;

test("a PSPLIB file is read: durations, demands, needs, capacities", () => {
  expect(readPsplib(PSPLIB)).toEqual({
    capacity: [2, 4],
    activities: [
      { duration: 0, demands: [0, 0], needs: [] },
      { duration: 3, demands: [2, 1], needs: [0] },
      { duration: 5, demands: [1, 0], needs: [0] },
      { duration: 0, demands: [0, 0], needs: [1, 2] },
    ],
  });
  expect(() => readPsplib("jobs (incl. supersource/sink ):  2\n")).toThrow("PRECEDENCE");
  expect(() => readPsplib(PSPLIB.replace("   2        1          1", "   2        3          1"))).toThrow(
    "modes",
  );
});

test("a standard task graph is read for a number of processors", () => {
  const text = "  2\n 0 0 0\n 1 4 1 0\n 2 6 1 0\n 3 0 2 1 2\n# a comment\n";
  expect(readStg(text, 4)).toEqual({
    capacity: [4],
    activities: [
      { duration: 0, demands: [0], needs: [] },
      { duration: 4, demands: [1], needs: [0] },
      { duration: 6, demands: [1], needs: [0] },
      { duration: 0, demands: [0], needs: [1, 2] },
    ],
  });
  expect(() => readStg("  3\n 0 0 0\n", 4)).toThrow("not a whole STG file");
});

test("a WfCommons instance is read: parents, measured times, cores", () => {
  const document = (parents: readonly string[]): string =>
    JSON.stringify({
      workflow: {
        specification: { tasks: [{ id: "a" }, { id: "b", parents }] },
        execution: {
          tasks: [
            { id: "b", runtimeInSeconds: 2.5, coreCount: 12 },
            { id: "a", runtimeInSeconds: 1 },
          ],
        },
      },
    });
  expect(readWfCommons(document(["a"]), 8)).toEqual({
    capacity: [12],
    activities: [
      { duration: 1, demands: [1], needs: [] },
      { duration: 2.5, demands: [12], needs: [0] },
    ],
  });
  expect(() => readWfCommons(document(["x"]), 8)).toThrow("unknown parent x");
  expect(() => readWfCommons("{}", 8)).toThrow("not a WfCommons instance");
});

test("the checker names a broken need, an overbooked resource, a wrong makespan, a start that is missing", () => {
  const instance = readPsplib(PSPLIB);
  expect(faultOf(instance, [0, 0, 3, 8], 8)).toBeUndefined();
  expect(faultOf(instance, [0, 0, 3, 7], 8)).toContain("activity 3 starts before 2 ends");
  expect(faultOf(instance, [0, 0, 0, 5], 5)).toContain("resource 0 is used 3 of 2 at 0");
  expect(faultOf(instance, [0, 0, 3, 8], 7)).toContain("ends at 8");
  expect(faultOf(instance, [0, 0, 3], 8)).toContain("3 starts for 4");
  expect(faultOf(instance, [0, Number.NaN, 3, 8], 8)).toContain("starts at NaN");
});
