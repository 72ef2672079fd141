import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { EXPERIENCE_KEPT, type ExperienceBook } from "../../src/engine/experience-book.ts";
import { SqliteExperience } from "../../src/engine/local/sqlite-experience.ts";
import { MemoryExperience } from "../../src/engine/memory/memory-experience.ts";
import type { Observation } from "../../src/plan/routing/experience.ts";
import { ManualClock } from "../support/manual-clock.ts";

const HOUR_MS = 3_600_000;

let folder: string;
let clock: ManualClock;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "abyssal-experience-"));
  clock = new ManualClock();
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const file = (): string => join(folder, "routing.db");
const open = (): SqliteExperience => new SqliteExperience({ folder, halfLifeMs: HOUR_MS, clock });

function seen(agent: string, more: Partial<Observation> = {}): Observation {
  const shape = { agent, performer: "p", template: "T@1.0.0", step: "s" };
  return { ...shape, succeeded: true, durationMs: 1_000, atMs: clock.nowMs(), ...more };
}

const figures = (book: ExperienceBook): readonly (readonly [string, number, number])[] =>
  book.known().experience.map(({ agent, successes, failures }) => [agent, successes, failures] as const);

describe.each<[string, () => ExperienceBook]>([
  ["in memory", () => new MemoryExperience({ halfLifeMs: HOUR_MS })],
  ["in a file", open],
])("experience %s", (_, make) => {
  test("is known at once, fades, and says whenever it has changed", () => {
    const book = make();
    const before = book.known().version;
    book.note([seen("a"), seen("a", { succeeded: false }), seen("b")]);
    expect(figures(book)).toEqual([
      ["a", 1, 1],
      ["b", 1, 0],
    ]);
    const { version } = book.known();
    expect(version).not.toBe(before);
    expect(book.known().version).toBe(version);
    clock.advance(HOUR_MS);
    book.note([seen("a")]);
    expect(figures(book)).toContainEqual(["a", 1.5, 0.5]);
    expect(book.known().version).not.toBe(version);
    book.close();
  });

  test("keeps the newest of too many", () => {
    const book = make();
    book.note(
      Array.from({ length: EXPERIENCE_KEPT }, (_, index) => seen(`agent_${index}`, { atMs: 1 + index })),
    );
    book.note([seen("newest", { atMs: HOUR_MS })]);
    clock.advance(1_000);
    const known = new Set(book.known().experience.map(({ agent }) => agent));
    expect(known.size).toBe(EXPERIENCE_KEPT);
    expect(known.has("newest")).toBe(true);
    expect(known.has("agent_0")).toBe(false);
    book.close();
  });
});

describe("experience in a file", () => {
  test("makes no file until something is learned", () => {
    const book = open();
    expect(book.known().experience).toEqual([]);
    book.close();
    expect(existsSync(file())).toBe(false);
  });

  test("outlives its process, and what several learn adds up", () => {
    const [one, two] = [open(), open()];
    one.note([seen("a")]);
    two.note([seen("a", { succeeded: false })]);
    one.close();
    two.close();
    expect(figures(open())).toEqual([["a", 1, 1]]);
  });

  test("that others write is known at the next question (E2)", () => {
    const [one, two] = [open(), open()];
    one.note([seen("a")]);
    clock.advance(1_000);
    expect(figures(two)).toEqual([["a", 1, 0]]);
    const { version } = two.known();
    one.note([seen("a")]);
    clock.advance(1_000);
    // The second one came a second later.
    expect(figures(two)).toEqual([["a", 1 + 0.5 ** (1_000 / HOUR_MS), 0]]);
    expect(two.known().version).not.toBe(version);
    one.close();
    two.close();
  });

  test("waits for nobody: E1 what a locked file does not take is tried again, and known meanwhile", () => {
    const first = open();
    first.note([seen("a")]);
    first.close();
    const other = new DatabaseSync(file());
    other.exec("BEGIN IMMEDIATE");
    const book = open();
    book.note([seen("b")]);
    clock.advance(1_000);
    expect(figures(book)).toEqual([
      ["a", 1, 0],
      ["b", 1, 0],
    ]);
    other.exec("COMMIT");
    other.close();
    clock.advance(1_000);
    book.close();
    expect(figures(open())).toEqual([
      ["a", 1, 0],
      ["b", 1, 0],
    ]);
  });

  test("that is damaged is begun anew: E3", async () => {
    await writeFile(
      file(),
      "this is no database, though it is long enough to be looked at as one".repeat(100),
    );
    const book = open();
    expect(book.known().experience).toEqual([]);
    book.note([seen("a")]);
    book.close();
    expect(figures(open())).toEqual([["a", 1, 0]]);
  });

  test("of something else, or of another form, is left as it is: E3", () => {
    const theirs = new DatabaseSync(file());
    theirs.exec("CREATE TABLE notes(text TEXT); INSERT INTO notes VALUES ('mine')");
    theirs.close();
    const book = open();
    book.note([seen("a")]);
    clock.advance(1_000);
    expect(book.known().experience).toEqual([]);
    book.close();
    const again = new DatabaseSync(file());
    expect(again.prepare("SELECT text FROM notes").get()).toEqual({ text: "mine" });
    again.exec("DROP TABLE notes; PRAGMA application_id = 0x41425952; PRAGMA user_version = 2");
    again.close();
    const newer = open();
    newer.note([seen("a")]);
    newer.close();
    const kept = new DatabaseSync(file());
    expect(kept.prepare("SELECT count(*) AS n FROM sqlite_schema").get()).toEqual({ n: 0 });
    kept.close();
  });
});
