import type { BoardAccess } from "../../src/actors/ports.ts";

/** A blackboard for work that uses none: nothing stands on it, and writing fails. */
export const NO_BOARD: BoardAccess = {
  get: async () => null,
  put: async () => {
    throw new Error("this test has no blackboard");
  },
};
