import { customAlphabet } from "nanoid";

/** The one door to random identifiers. */
export interface Ids {
  /** A new run id: `r_` and 16 characters of a-z, 0-9 (82 bits). */
  runId(): string;
  /** What tells one owner of leases from every other, for as long as it lives. */
  ownerId(): string;
}

const suffix = customAlphabet("0123456789abcdefghijklmnopqrstuvwxyz", 16);

/** Random identifiers from the operating system's source. */
export const randomIds: Ids = { runId: () => `r_${suffix()}`, ownerId: () => suffix() };
