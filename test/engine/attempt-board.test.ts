import { describe, expect, test } from "vitest";
import type { BoardEntry } from "../../src/actors/blackboard.ts";
import { AttemptBoard, type BoardPort } from "../../src/engine/attempt-board.ts";
import { LIMITS } from "../../src/shared/limits.ts";

type Recorded = Parameters<BoardPort["record"]>[0];

const ENTRY: BoardEntry = { value: 1, version: 1, by: "a" };

function boardOf(entry?: BoardEntry) {
  const recorded: Recorded[] = [];
  const controller = new AbortController();
  const port = { entry: () => entry, record: (written: Recorded) => void recorded.push(written) };
  return {
    board: new AttemptBoard(port, { path: "a", attempt: 2 }, controller.signal),
    recorded,
    controller,
  };
}

describe("the board of an attempt", () => {
  test("numbers its writes, and gives each its own receipt, in whatever order they come (T1)", async () => {
    const { board, recorded } = boardOf();
    const first = board.put({ key: "k", value: 1, ifVersion: 0 });
    const second = board.put({ key: "k", value: [2] });
    expect(recorded).toEqual([
      { path: "a", attempt: 2, write: 1, key: "k", value: 1, ifVersion: 0 },
      { path: "a", attempt: 2, write: 2, key: "k", value: [2] },
    ]);
    board.answer(2, { kind: "conflict", entry: null, reason: "no" });
    board.answer(1, { kind: "written", entry: ENTRY });
    expect(await first).toEqual({ kind: "written", entry: ENTRY });
    expect(await second).toMatchObject({ kind: "conflict" });
  });

  test("told to stop, its open writes end with why, and nothing more is recorded (T1, T2)", async () => {
    const { board, recorded, controller } = boardOf(ENTRY);
    const open = board.put({ key: "k", value: 1 });
    controller.abort(new Error("too long"));
    await expect(open).rejects.toThrow("too long");
    await expect(board.put({ key: "k", value: 2 })).rejects.toThrow("too long");
    await expect(board.get("k")).rejects.toThrow("too long");
    board.answer(1, { kind: "written", entry: ENTRY });
    expect(recorded).toHaveLength(1);
  });

  test("once its performer has returned nothing more is recorded, and who does not wait is not ended by it (T2)", async () => {
    const { board, recorded } = boardOf();
    void board.put({ key: "k", value: 1 });
    board.close(new Error("over"));
    await expect(board.put({ key: "k", value: 2 })).rejects.toThrow("a: this attempt is over");
    expect(recorded).toHaveLength(1);
  });

  test("too many writes, and too large a value, are conflicts that are not even recorded", async () => {
    const { board, recorded } = boardOf(ENTRY);
    const large = "x".repeat(LIMITS.boardValueCharacters);
    expect(await board.put({ key: "k", value: large })).toMatchObject({ kind: "conflict", entry: ENTRY });
    for (let count = 0; count < LIMITS.boardWritesOfAttempt; count++) void board.put({ key: "k", value: 1 });
    expect(await board.put({ key: "k", value: 1 })).toEqual({
      kind: "conflict",
      entry: ENTRY,
      reason: `an attempt may write at most ${LIMITS.boardWritesOfAttempt} times`,
    });
    expect(recorded).toHaveLength(LIMITS.boardWritesOfAttempt);
  });

  test("knows whether it was used: to look is enough", async () => {
    const { board } = boardOf();
    expect(board.isUsed).toBe(false);
    expect(await board.get("k")).toBeNull();
    expect(board.isUsed).toBe(true);
  });
});
