import type { Conflict } from "../../../src/actors/synthesis/answer.ts";
import type { Json } from "../../../src/shared/json.ts";
import type { Draft } from "../../support/plans.ts";
import type { Deed } from "./answer-of.ts";

/** A situation whose right answer was worked out by hand. */
export type Case = {
  readonly title: string;
  readonly plan: readonly Draft[];
  readonly deeds: Readonly<Record<string, Deed>>;
  readonly expect: {
    /** The text of the first part. */
    readonly output?: string;
    readonly data?: Json;
    /** Of every file of the answer its content. */
    readonly files?: Readonly<Record<string, string>>;
    /** Of every conflict: its subject, what decided, how many values there were. */
    readonly conflicts: readonly (readonly [string, Conflict["resolution"]["by"], number])[];
  };
};
