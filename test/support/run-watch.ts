import type { RunEvent } from "../../src/actors/run-events.ts";
import type { RunHandle } from "../../src/engine/engine.ts";

type Waiting = {
  readonly type: RunEvent["type"];
  readonly path: string | undefined;
  readonly resolve: (event: RunEvent) => void;
};

/** What a run has told so far, and a way to wait for what it tells next. */
export class RunWatch {
  readonly events: RunEvent[] = [];
  #waiting: Waiting[] = [];

  constructor(handle: Pick<RunHandle, "events$">) {
    handle.events$.subscribe((event) => {
      this.events.push(event);
      const due = this.#waiting.filter(({ type, path }) => matches(event, type, path));
      this.#waiting = this.#waiting.filter((one) => !due.includes(one));
      for (const { resolve } of due) resolve(event);
    });
  }

  /** Resolves with the next event of a type (and of a path), those already told left out. */
  next(type: RunEvent["type"], path?: string): Promise<RunEvent> {
    return new Promise((resolve) => this.#waiting.push({ type, path, resolve }));
  }

  /** The events of one type, in order. */
  of<T extends RunEvent["type"]>(type: T): readonly Extract<RunEvent, { type: T }>[] {
    return this.events.filter((event): event is Extract<RunEvent, { type: T }> => event.type === type);
  }
}

function matches(event: RunEvent, type: RunEvent["type"], path: string | undefined): boolean {
  return event.type === type && (path === undefined || ("path" in event && event.path === path));
}
