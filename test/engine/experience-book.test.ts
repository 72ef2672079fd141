import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { EXPERIENCE_KEPT, type ExperienceBook, type Lessons } from "../../src/engine/experience-book.ts";
import { SqliteExperience } from "../../src/engine/local/sqlite-experience.ts";
import { MemoryExperience } from "../../src/engine/memory/memory-experience.ts";
import type { CheckedAnswer } from "../../src/plan/calibration.ts";
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

const lessons = (work: readonly Observation[], answers: readonly CheckedAnswer[] = []): Lessons => ({
  work,
  answers,
});

function answered(agent: string, more: Partial<CheckedAnswer> = {}): CheckedAnswer {
  const answerer = { source: "declared", agent, performer: "model" } as const;
  return { ...answerer, said: 0.8, told: 0.8, right: 1, atMs: clock.nowMs(), ...more };
}

const answersOf = (book: ExperienceBook): readonly (readonly unknown[])[] =>
  book.known().answers.map(({ agent, model, count, said, right }) => [agent, model, count, said, right]);

const figures = (book: ExperienceBook): readonly (readonly [string, number, number])[] =>
  book.known().experience.map(({ agent, successes, failures }) => [agent, successes, failures] as const);

describe.each<[string, () => ExperienceBook]>([
  ["in memory", () => new MemoryExperience({ halfLifeMs: HOUR_MS })],
  ["in a file", open],
])("experience %s", (_, make) => {
  test("is known at once, fades, and says whenever it has changed", () => {
    const book = make();
    const before = book.known().version;
    book.note(lessons([seen("a"), seen("a", { succeeded: false }), seen("b")]));
    expect(figures(book)).toEqual([
      ["a", 1, 1],
      ["b", 1, 0],
    ]);
    const { version } = book.known();
    expect(version).not.toBe(before);
    expect(book.known().version).toBe(version);
    clock.advance(HOUR_MS);
    book.note(lessons([seen("a")]));
    expect(figures(book)).toContainEqual(["a", 1.5, 0.5]);
    expect(book.known().version).not.toBe(version);
    book.close();
  });

  test("knows what came of answers, by who gave them, fading the same way", () => {
    const book = make();
    const before = book.known().version;
    book.note(lessons([], [answered("a"), answered("a", { right: 0 }), answered("a", { model: "m/x" })]));
    expect(book.known().version).not.toBe(before);
    expect(answersOf(book)).toEqual([
      ["a", undefined, 2, 1.6, 1],
      ["a", "m/x", 1, 0.8, 1],
    ]);
    clock.advance(HOUR_MS);
    book.note(lessons([], [answered("a")]));
    expect(answersOf(book)).toContainEqual(["a", undefined, 2, 1.6, 1.5]);
    expect(book.known().experience).toEqual([]);
    book.close();
  });

  test("keeps the newest of too many", () => {
    const book = make();
    book.note(
      lessons(
        Array.from({ length: EXPERIENCE_KEPT }, (_, index) => seen(`agent_${index}`, { atMs: 1 + index })),
      ),
    );
    book.note(lessons([seen("newest", { atMs: HOUR_MS })]));
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

  test("of answers outlives its process too, and a file from before they were checked takes them", () => {
    const old = new DatabaseSync(file());
    old.exec(`CREATE TABLE experience(
      agent TEXT NOT NULL, performer TEXT NOT NULL, template TEXT NOT NULL, step TEXT NOT NULL,
      successes REAL NOT NULL, failures REAL NOT NULL, log_ms REAL NOT NULL, at_ms REAL NOT NULL,
      PRIMARY KEY(agent, performer, template, step)) STRICT, WITHOUT ROWID;
      INSERT INTO experience VALUES ('old', 'p', 'T@1.0.0', 's', 1, 0, 7, 0);
      PRAGMA application_id = ${0x41425952}; PRAGMA user_version = 1;`);
    old.close();
    const [one, two] = [open(), open()];
    one.note(lessons([], [answered("a", { model: "m/x" })]));
    two.note(lessons([], [answered("a", { model: "m/x", right: 0 })]));
    one.close();
    two.close();
    const later = open();
    expect(answersOf(later)).toEqual([["a", "m/x", 2, 1.6, 1]]);
    expect(figures(later)).toEqual([["old", 1, 0]]);
    later.close();
  });

  test("outlives its process, and what several learn adds up", () => {
    const [one, two] = [open(), open()];
    one.note(lessons([seen("a")]));
    two.note(lessons([seen("a", { succeeded: false })]));
    one.close();
    two.close();
    expect(figures(open())).toEqual([["a", 1, 1]]);
  });

  test("that others write is known at the next question (E2)", () => {
    const [one, two] = [open(), open()];
    one.note(lessons([seen("a")]));
    clock.advance(1_000);
    expect(figures(two)).toEqual([["a", 1, 0]]);
    const { version } = two.known();
    one.note(lessons([seen("a")]));
    clock.advance(1_000);
    // The second one came a second later.
    expect(figures(two)).toEqual([["a", 1 + 0.5 ** (1_000 / HOUR_MS), 0]]);
    expect(two.known().version).not.toBe(version);
    one.close();
    two.close();
  });

  test("is not looked for at each question while there is none: others' is known a second later (E2)", () => {
    const [one, two] = [open(), open()];
    expect(figures(two)).toEqual([]);
    one.note(lessons([seen("a")]));
    clock.advance(500);
    expect(figures(two)).toEqual([]);
    clock.advance(500);
    expect(figures(two)).toEqual([["a", 1, 0]]);
    expect(two.known()).toBe(two.known());
    one.close();
    two.close();
  });

  test("waits for nobody: E1 what a locked file does not take is tried again, and known meanwhile", () => {
    const first = open();
    first.note(lessons([seen("a")]));
    first.close();
    const other = new DatabaseSync(file());
    other.exec("BEGIN IMMEDIATE");
    const book = open();
    book.note(lessons([seen("b")]));
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
    book.note(lessons([seen("a")]));
    book.close();
    expect(figures(open())).toEqual([["a", 1, 0]]);
  });

  test("of something else, or of another form, is left as it is: E3", () => {
    const theirs = new DatabaseSync(file());
    theirs.exec("CREATE TABLE notes(text TEXT); INSERT INTO notes VALUES ('mine')");
    theirs.close();
    const book = open();
    book.note(lessons([seen("a")]));
    clock.advance(1_000);
    expect(book.known().experience).toEqual([]);
    book.close();
    const again = new DatabaseSync(file());
    expect(again.prepare("SELECT text FROM notes").get()).toEqual({ text: "mine" });
    again.exec("DROP TABLE notes; PRAGMA application_id = 0x41425952; PRAGMA user_version = 2");
    again.close();
    const newer = open();
    newer.note(lessons([seen("a")]));
    newer.close();
    const kept = new DatabaseSync(file());
    expect(kept.prepare("SELECT count(*) AS n FROM sqlite_schema").get()).toEqual({ n: 0 });
    kept.close();
  });
});
