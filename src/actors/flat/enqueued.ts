import { assign, cancel, emit, raise, sendParent, sendTo, spawnChild, stopChild } from "xstate";
import type { ActionCode, GuardView } from "./state-node-view.ts";
import type { Args } from "./steps.ts";

type SpawnOptions = {
  readonly id?: unknown;
  readonly systemId?: unknown;
  readonly input?: unknown;
  readonly syncSnapshot?: boolean;
};

/** XState's `spawnChild` for a plain child, as data: a fork starts its children by dozens. */
export class SpawnOrder {
  readonly src: string;
  readonly id: string;
  readonly input: unknown;

  constructor(src: string, id: string, input: unknown) {
    this.src = src;
    this.id = id;
    this.input = input;
  }
}

/** One action that was enqueued. */
export type Enqueued = ActionCode | SpawnOrder;

const NOTHING: Enqueued[] = [];

/** What is being collected just now; what is enqueued at another time is lost, as with XState. */
let collecting: Enqueued[] | null = null;

function put(action: unknown): void {
  // Mostly it stays the only one, and an array that grows has room for seventeen.
  if (collecting === NOTHING) collecting = [action as Enqueued];
  else collecting?.push(action as Enqueued);
}

type Maker = (...given: never[]) => unknown;
const putting =
  (make: Maker) =>
  (...given: never[]): void =>
    put(make(...given));

/** XState's `enqueue`, made once instead of for each event. */
const enqueue = Object.assign(put, {
  assign: putting(assign as Maker),
  cancel: putting(cancel as Maker),
  raise: putting(raise as Maker),
  sendTo: putting(sendTo as Maker),
  sendParent: putting(sendParent as Maker),
  stopChild: putting(stopChild as Maker),
  emit: putting(emit as Maker),
  spawnChild: (src: unknown, options: SpawnOptions = {}): void => {
    const { id, systemId, input, syncSnapshot = false } = options;
    if (typeof src === "string" && typeof id === "string" && systemId === undefined && !syncSnapshot)
      put(new SpawnOrder(src, id, input));
    else put(spawnChild(src as never, options as never));
  },
});

/** The actions that an `enqueueActions` asks for, in order. */
export function enqueued(
  { collect }: ActionCode,
  { context, event, self, system }: Args,
  check: (guard: GuardView) => boolean,
  params: unknown,
): readonly Enqueued[] {
  const outer = collecting;
  collecting = NOTHING;
  try {
    (collect as (args: object, params: unknown) => void)(
      { context, event, self, system, enqueue, check },
      params,
    );
    return collecting;
  } finally {
    collecting = outer;
  }
}
