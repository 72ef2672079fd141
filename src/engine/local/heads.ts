import {
  closeSync,
  constants,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { sha3 } from "../../shared/hash.ts";
import type { Head } from "../journal.ts";

/** A slot: 12 digits, the hash, the first 16 digits of the check sum, each followed by one separator. */
const SLOT_BYTES = 12 + 1 + 64 + 1 + 16 + 1;

type OpenHead = { readonly fd: number; slot: number };

/** In place of a run's id: how many runs were taken on, and the first hash of the last one. No run can have this id. */
export const ALL_RUNS = ".runs";

/**
 * Purpose: keep how far each run's records go outside the database, so that records lost from it are missed.
 * Owns: one small file for each run that was driven, and one for all that were taken on. Does not own: the records.
 * Invariants:
 * H1 a head is written after its commit and so never ahead of the database.
 * H2 its two slots are written in turn: one torn by a crash leaves the one before it.
 */
export class Heads {
  readonly #folder: string;
  readonly #open = new Map<string, OpenHead>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  write(runId: string, head: Head): void {
    const open = this.#open.get(runId) ?? this.#openFile(runId);
    writeSync(open.fd, slotText(runId, head), open.slot * SLOT_BYTES, "latin1");
    open.slot = 1 - open.slot;
  }

  /** The furthest head of a run; null when none can be read. */
  read(runId: string): Head | null {
    const path = join(this.#folder, runId);
    // A run that waits has none yet, and to make an error of that takes several times as long.
    if (!statSync(path, { throwIfNoEntry: false })) return null;
    const text = readFileSync(path, "latin1");
    const [first, second] = slots(runId, text);
    if (!first || !second) return first ?? second ?? null;
    return first.count >= second.count ? first : second;
  }

  /** The runs that have a head. */
  list(): readonly string[] {
    try {
      return readdirSync(this.#folder).filter((name) => name !== ALL_RUNS);
    } catch {
      return [];
    }
  }

  close(runId: string): void {
    const open = this.#open.get(runId);
    if (!open) return;
    this.#open.delete(runId);
    closeSync(open.fd);
  }

  closeAll(): void {
    for (const runId of [...this.#open.keys()]) this.close(runId);
  }

  #openFile(runId: string): OpenHead {
    mkdirSync(this.#folder, { recursive: true });
    const fd = openSync(join(this.#folder, runId), constants.O_RDWR | constants.O_CREAT);
    const [first, second] = slots(runId, readFileSync(fd, "latin1"));
    // The slot that may be lost: an unreadable one, else the older one.
    const slot = !first ? 0 : !second || first.count >= second.count ? 1 : 0;
    const open = { fd, slot };
    this.#open.set(runId, open);
    return open;
  }
}

function slotText(runId: string, { count, hash }: Head): string {
  const text = `${String(count).padStart(12, "0")} ${hash}`;
  return `${text} ${sumOf(runId, text)}\n`;
}

function slots(runId: string, file: string): readonly [Head | null, Head | null] {
  return [slotOf(runId, file.slice(0, SLOT_BYTES)), slotOf(runId, file.slice(SLOT_BYTES, 2 * SLOT_BYTES))];
}

function slotOf(runId: string, slot: string): Head | null {
  const match = /^((\d{12}) ([0-9a-f]{64})) ([0-9a-f]{16})\n$/.exec(slot);
  if (!match || sumOf(runId, match[1]!) !== match[4]) return null;
  return { count: Number(match[2]), hash: match[3]! };
}

function sumOf(runId: string, text: string): string {
  return sha3(`${runId} ${text}`).slice(0, 16);
}
