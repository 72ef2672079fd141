import { answererKey } from "../../plan/calibration.ts";
import { experienceKey } from "../../plan/routing/experience.ts";
import type { Clock } from "../../shared/clock.ts";
import { inTransaction } from "../../shared/in-transaction.ts";
import {
  addAnswers,
  addObservations,
  type ExperienceBook,
  type Known,
  type Lessons,
} from "../experience-book.ts";
import { troubleOf } from "./cache-database.ts";
import {
  changeAnswers,
  changeExperience,
  type ExperienceDatabase,
  experienceExists,
  openExperience,
  readAnswers,
  readExperience,
  removeExperience,
  versionOf,
} from "./experience-database.ts";

/** How long observations wait to be written together, ms; how many may; and how often a locked file is tried. */
const WRITE_AFTER_MS = 100;
const WAITING_MAX = 100_000;
const WRITE_TRIES = 50;
/** How long it is taken for granted that there is no file yet, ms. */
const LOOK_AFTER_MS = 1_000;
/** How long the last write waits for another process, ms. */
const CLOSING_WAIT_MS = 250;

const NO_LESSONS: Lessons = { work: [], answers: [] };

export type SqliteExperienceOptions = {
  /** Where `routing.db` is, or will be at the first observation. */
  readonly folder: string;
  readonly halfLifeMs: number;
  readonly clock: Clock;
};

/**
 * Purpose: keep experience in a file beside the journal, for later processes and for others at the same time.
 * Owns: `routing.db`, and what is to be written to it. Does not own: anything that would be missed.
 * Invariants:
 * E1 no method throws or waits: a locked file is read as it was known last, what cannot be written is forgotten.
 * E2 what this process has seen it knows at once, written or not; what others have written it knows when it asks, or
 *    `LOOK_AFTER_MS` later where there was no file.
 * E3 a damaged file is removed, once; a second one, or one of something else, is left alone and not used.
 */
export class SqliteExperience implements ExperienceBook {
  readonly #options: SqliteExperienceOptions;
  #opened: ExperienceDatabase | null = null;
  #waiting: Lessons = NO_LESSONS;
  #read: Omit<Known, "version"> = { experience: [], answers: [] };
  /** SQLite's number for what `#read` holds; null when this process has written since, or has read nothing. */
  #readVersion: number | null = null;
  #version = 0;
  /** Of this version. */
  #known: Known | null = null;
  #lookedAtMs = Number.NEGATIVE_INFINITY;
  #tries = 0;
  #disarm: (() => void) | null = null;
  #wasRemoved = false;
  #isOff = false;

  constructor(options: SqliteExperienceOptions) {
    this.#options = options;
  }

  note({ work, answers }: Lessons): void {
    if (this.#isOff || (work.length === 0 && answers.length === 0)) return;
    this.#waiting = {
      work: [...this.#waiting.work, ...work].slice(-WAITING_MAX),
      answers: [...this.#waiting.answers, ...answers].slice(-WAITING_MAX),
    };
    this.#version++;
    this.#arm();
  }

  known(): Known {
    if (!this.#isOff && (this.#opened || this.#isThere()))
      this.#tried((database) => this.#readAgain(database));
    if (this.#known?.version !== this.#version) this.#known = this.#together();
    return this.#known;
  }

  /** What was read, and what waits to be written. */
  #together(): Known {
    const { halfLifeMs } = this.#options;
    const known = new Map(this.#read.experience.map((one) => [experienceKey(one), one]));
    addObservations(known, this.#waiting.work, halfLifeMs);
    const answers = new Map(this.#read.answers.map((one) => [answererKey(one), one]));
    addAnswers(answers, this.#waiting.answers, halfLifeMs);
    return { experience: [...known.values()], answers: [...answers.values()], version: this.#version };
  }

  close(): void {
    if (this.#isOff) return;
    if (this.#waiting !== NO_LESSONS) {
      this.#tried(({ db }) => db.exec(`PRAGMA busy_timeout = ${CLOSING_WAIT_MS}`));
      this.#write();
    }
    this.#turnOff();
  }

  /** Whether there is a file, as far as was looked lately: plans ask for each of themselves. */
  #isThere(): boolean {
    const { folder, clock } = this.#options;
    const nowMs = clock.nowMs();
    if (Math.abs(nowMs - this.#lookedAtMs) < LOOK_AFTER_MS) return false;
    const isThere = experienceExists(folder);
    this.#lookedAtMs = isThere ? Number.NEGATIVE_INFINITY : nowMs;
    return isThere;
  }

  #readAgain(database: ExperienceDatabase): void {
    const version = versionOf(database);
    if (version === this.#readVersion) return;
    // Read before it is taken for known: a failure leaves what was known before.
    const read = { experience: readExperience(database), answers: readAnswers(database) };
    this.#version++;
    this.#read = read;
    this.#readVersion = version;
  }

  #arm(): void {
    const { clock } = this.#options;
    this.#disarm ??= clock.at(clock.nowMs() + WRITE_AFTER_MS, () => {
      this.#disarm = null;
      this.#write();
    });
  }

  #write(): void {
    const { halfLifeMs } = this.#options;
    const { work, answers } = this.#waiting;
    const written = this.#tried((database) =>
      inTransaction(database.db, () => {
        changeExperience(database, oneOfEach(work, experienceKey), (found) => {
          const known = new Map(found.map((one) => [experienceKey(one), one]));
          addObservations(known, work, halfLifeMs);
          return known.values();
        });
        changeAnswers(database, oneOfEach(answers, answererKey), (found) => {
          const known = new Map(found.map((one) => [answererKey(one), one]));
          addAnswers(known, answers, halfLifeMs);
          return known.values();
        });
        return true;
      }),
    );
    if (written === undefined && !this.#isOff && ++this.#tries < WRITE_TRIES) {
      this.#arm();
      return;
    }
    this.#waiting = NO_LESSONS;
    this.#tries = 0;
    this.#disarm?.();
    this.#disarm = null;
    // What was waiting is in the file now, and is read from there.
    this.#readVersion = null;
  }

  /** Undefined when the file is busy or cannot be used (E1, E3). */
  #tried<T>(work: (database: ExperienceDatabase) => T): T | undefined {
    try {
      this.#opened ??= openExperience(this.#options.folder);
      if (this.#opened) return work(this.#opened);
      this.#turnOff();
    } catch (error) {
      const trouble = troubleOf(error);
      if (trouble === "damaged" && !this.#wasRemoved) this.#remove();
      else if (trouble !== "busy") this.#turnOff();
    }
    return undefined;
  }

  #remove(): void {
    this.#wasRemoved = true;
    this.#letGo();
    try {
      removeExperience(this.#options.folder);
    } catch {
      this.#turnOff();
    }
  }

  #turnOff(): void {
    this.#isOff = true;
    this.#waiting = NO_LESSONS;
    this.#known = null;
    this.#disarm?.();
    this.#disarm = null;
    this.#letGo();
  }

  #letGo(): void {
    try {
      this.#opened?.db.close();
    } catch {
      // Nothing in it is worth more than the run.
    }
    this.#opened = null;
    this.#readVersion = null;
  }
}

function oneOfEach<T>(all: readonly T[], keyOf: (one: T) => string): readonly T[] {
  return [...new Map(all.map((one) => [keyOf(one), one])).values()];
}
