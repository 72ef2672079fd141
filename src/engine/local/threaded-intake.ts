import { AbyssalError } from "../../shared/diagnostic.ts";
import { Thread } from "../../shared/thread.ts";
import type { Draft } from "../journal.ts";
import type { Enrolled } from "./intake-thread.ts";

/** Takes runs on by a thread of its own, which has the journal open as another process would (`intake-thread.ts`). */
export class ThreadedIntake {
  readonly #thread: Thread<readonly Draft[], Enrolled>;

  constructor(folder: string) {
    this.#thread = new Thread("engine/local/intake-thread", folder);
  }

  /** As `Journal.enrol`, but that a lock is waited for. */
  async enrol(drafts: readonly Draft[]): Promise<readonly Draft[]> {
    const enrolled = await this.#thread.ask(drafts);
    if ("diagnostics" in enrolled) throw new AbyssalError(enrolled.diagnostics);
    return enrolled.known.map((place) => drafts[place]!);
  }

  close(error: unknown): void {
    this.#thread.close(error);
  }
}
