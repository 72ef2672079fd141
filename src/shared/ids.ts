import { customAlphabet } from "nanoid";
import { systemClock } from "./clock.ts";

/** The one door to random identifiers. */
export interface Ids {
  /** A new run id: `r_` and 20 characters of a-z, 0-9; the first 8 the time (ms), so that ids that are made together stand together. */
  runId(): string;
  /** What tells one owner of leases from every other, for as long as it lives. */
  ownerId(): string;
}

const ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz";
const owner = customAlphabet(ALPHABET, 16);
/** 62 bits for each millisecond. */
const chance = customAlphabet(ALPHABET, 12);

/**
 * Identifiers from the operating system's source of chance. Run ids are keys of the journal's trees: made by chance alone, each new
 * run would change leaves of its own all over them, and each leaf is written twice, to the log and to the file.
 */
export const randomIds: Ids = {
  runId: () => `r_${systemClock.nowMs().toString(36).padStart(8, "0")}${chance()}`,
  ownerId: () => owner(),
};
