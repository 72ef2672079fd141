import type { AnyActorRef, InspectionEvent } from "xstate";
import type { Secrets } from "../../shared/secrets.ts";
import { bounded } from "./bounded.ts";
import { INSPECTOR_LIMITS } from "./inspector-limits.ts";

/** Of the protocol: that of @statelyai/inspect, whose receivers want a text. */
const VERSION = "0.7.2";

/** What is read of an actor; its definition is that of its machine, if it runs one. */
type ActorView = Pick<AnyActorRef, "id" | "sessionId" | "getSnapshot"> & {
  readonly _parent?: { readonly sessionId: string } | undefined;
  readonly logic?: { readonly config?: object };
};

type SnapshotView = {
  readonly status?: string;
  readonly value?: unknown;
  readonly context?: unknown;
  readonly output?: unknown;
  readonly error?: unknown;
};

/** Writes inspection events as the Stately inspector reads them: cut to size, without secrets. */
export class Frames {
  readonly #secrets: Pick<Secrets, "json">;
  readonly #definitions = new WeakMap<object, string>();

  constructor(secrets: Pick<Secrets, "json">) {
    this.#secrets = secrets;
  }

  /** An actor as it stands now: how a viewer first hears of it. */
  actor(actor: AnyActorRef, rootId: string, atMs: number): string {
    const { sessionId, _parent } = actor as unknown as ActorView;
    return this.#frame({
      type: "@xstate.actor",
      name: nameOf(actor as unknown as ActorView),
      definition: this.#definition(actor as unknown as ActorView),
      snapshot: snapshotOf(actor.getSnapshot()),
      sessionId,
      parentId: _parent?.sessionId,
      ...common(rootId, atMs),
    });
  }

  event(
    { event, sourceRef, actorRef, rootId }: Extract<InspectionEvent, { type: "@xstate.event" }>,
    atMs: number,
  ) {
    return this.#frame({
      type: "@xstate.event",
      event: bounded(event),
      sourceId: sourceRef?.sessionId,
      sessionId: actorRef.sessionId,
      ...common(rootId, atMs),
    });
  }

  snapshot(
    { event, snapshot, actorRef, rootId }: Extract<InspectionEvent, { type: "@xstate.snapshot" }>,
    atMs: number,
  ): string {
    return this.#frame({
      type: "@xstate.snapshot",
      event: bounded(event),
      snapshot: snapshotOf(snapshot),
      sessionId: actorRef.sessionId,
      ...common(rootId, atMs),
    });
  }

  /** In place of a frame that could not be written. */
  unreadable({ type, actorRef, rootId }: InspectionEvent, atMs: number, error: unknown): string {
    const note = { note: `cannot be shown: ${String(error)}` };
    return this.#secrets.json({
      type,
      sessionId: actorRef.sessionId,
      ...(type === "@xstate.actor"
        ? { name: actorRef.sessionId, definition: JSON.stringify({ id: actorRef.sessionId }) }
        : { event: { type: "unreadable", ...note } }),
      ...(type === "@xstate.event" ? {} : { snapshot: { status: "active", context: note } }),
      ...common(rootId, atMs),
    });
  }

  #frame(frame: Record<string, unknown>): string {
    const text = this.#secrets.json(frame);
    if (text.length <= INSPECTOR_LIMITS.frameCharacters) return text;
    const note = { note: `${text.length} characters, too many to show` };
    const { snapshot, event, definition: _, ...rest } = frame;
    const { status, value } = (snapshot ?? {}) as SnapshotView;
    return this.#secrets.json({
      ...rest,
      ...(event ? { event: { type: (event as { readonly type?: unknown }).type, ...note } } : {}),
      ...(snapshot ? { snapshot: { status, value, context: note } } : {}),
    });
  }

  #definition({ id, logic }: ActorView): string {
    const config = logic?.config;
    if (!config) return JSON.stringify({ id });
    const known = this.#definitions.get(config);
    if (known !== undefined) return known;
    const text = JSON.stringify(config, (_, member: unknown) =>
      typeof member === "function" ? { type: member.name } : member,
    );
    this.#definitions.set(config, text);
    return text;
  }
}

function common(rootId: string, atMs: number) {
  return { id: null, rootId, createdAt: String(atMs), _version: VERSION };
}

/** Children have local ids; who they are stands in their data. */
function nameOf(actor: ActorView): string {
  const { id, logic } = actor;
  const { context } = (actor.getSnapshot() ?? {}) as {
    readonly context?: { path?: unknown; runId?: unknown };
  };
  const machine = (logic?.config as { readonly id?: string } | undefined)?.id;
  const who = context?.path ?? context?.runId;
  if (typeof who !== "string" || who === "") return machine ?? id;
  return machine === undefined ? who : `${machine} ${who}`;
}

function snapshotOf(snapshot: SnapshotView | undefined): object {
  if (!snapshot) return { status: "active" };
  const { status, value, context, output, error } = snapshot;
  return {
    status,
    value: bounded(value),
    context: bounded(context),
    ...(output === undefined ? {} : { output: bounded(output) }),
    ...(error === undefined ? {} : { error: bounded(error) }),
  };
}
