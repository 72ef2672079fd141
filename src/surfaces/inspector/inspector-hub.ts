import type { AnyActorRef, InspectionEvent } from "xstate";
import type { Clock } from "../../shared/clock.ts";
import type { Secrets } from "../../shared/secrets.ts";
import { Frames } from "./frames.ts";
import { INSPECTOR_LIMITS } from "./inspector-limits.ts";

/** Somebody who watches; `false`: it is too slow and must be let go. */
export type Viewer = { send(frame: string): boolean; leave(): void };

type Shown = Extract<
  InspectionEvent,
  { readonly type: "@xstate.actor" | "@xstate.event" | "@xstate.snapshot" }
>;

type LiveActor = { readonly ref: AnyActorRef; readonly rootId: string };

/**
 * Purpose: show living machines to whoever watches, as the Stately inspector's protocol has it.
 * Owns: which actors live, the viewers, what waits to be sent. Does not own: the machines, the connections.
 * Invariants:
 * H1 nothing is read, copied or written while nobody watches; of actors their references are kept, until they end.
 * H2 who comes late is told of every live actor first, parents before children.
 * H3 what waits is bounded: beyond it viewers hear of every live actor anew in place of what was dropped, and a viewer that
 *    does not take what it is sent is let go.
 * H4 everything that is sent is cut to size and without secrets.
 */
export class InspectorHub {
  readonly #frames: Frames;
  readonly #clock: Pick<Clock, "nowMs" | "nextTurn">;
  readonly #actors = new Map<string, LiveActor>();
  readonly #viewers = new Set<Viewer>();
  #pending: { readonly shown: Shown; readonly atMs: number }[] = [];
  #dropped = false;
  #disarm: (() => void) | null = null;

  constructor(secrets: Pick<Secrets, "json">, clock: Pick<Clock, "nowMs" | "nextTurn">) {
    this.#frames = new Frames(secrets);
    this.#clock = clock;
  }

  /** How many actors live. */
  get actors(): number {
    return this.#actors.size;
  }

  get viewers(): number {
    return this.#viewers.size;
  }

  /** The observer that machines are created with. */
  readonly inspect = (event: InspectionEvent): void => {
    if (event.type === "@xstate.actor") {
      const { actorRef, rootId } = event;
      this.#actors.set(actorRef.sessionId, { ref: actorRef as AnyActorRef, rootId });
    } else if (event.type === "@xstate.snapshot") {
      // A root that has ended leaves nobody behind.
      if (event.snapshot.status !== "active") this.#forget(event.actorRef.sessionId, event.rootId);
    } else if (event.type !== "@xstate.event") return;
    if (this.#viewers.size > 0) this.#show(event);
  };

  /** Begins to show everything to a viewer. */
  join(viewer: Viewer): void {
    this.flush();
    this.#viewers.add(viewer);
    this.#tellOfActors([viewer]);
  }

  leave(viewer: Viewer): void {
    this.#viewers.delete(viewer);
    if (this.#viewers.size > 0) return;
    this.#pending = [];
    this.#dropped = false;
  }

  /** Sends what waits. */
  flush(): void {
    this.#disarm?.();
    this.#disarm = null;
    const pending = this.#pending;
    this.#pending = [];
    if (this.#dropped) {
      this.#dropped = false;
      this.#tellOfActors([...this.#viewers]);
      return;
    }
    for (const { shown, atMs } of pending) this.#send(this.#frameOf(shown, atMs), this.#viewers);
  }

  /** Sends what waits and lets every viewer go. */
  close(): void {
    this.flush();
    for (const viewer of [...this.#viewers]) viewer.leave();
    this.#viewers.clear();
    this.#actors.clear();
  }

  /** An actor is announced before it has a snapshot, and machines must not wait for viewers: what is shown is written later. */
  #show(shown: Shown): void {
    if (this.#dropped) return;
    if (this.#pending.length >= INSPECTOR_LIMITS.pendingEvents) {
      this.#pending = [];
      this.#dropped = true;
    } else this.#pending.push({ shown, atMs: this.#clock.nowMs() });
    this.#disarm ??= this.#clock.nextTurn(() => this.flush());
  }

  /** A context may hold what cannot be read: that must cost its frame, not the run. */
  #frameOf(shown: Shown, atMs: number): string {
    try {
      return this.#written(shown, atMs);
    } catch (error) {
      return this.#frames.unreadable(shown, atMs, error);
    }
  }

  #written(shown: Shown, atMs: number): string {
    if (shown.type === "@xstate.actor")
      return this.#frames.actor(shown.actorRef as AnyActorRef, shown.rootId, atMs);
    return shown.type === "@xstate.event"
      ? this.#frames.event(shown, atMs)
      : this.#frames.snapshot(shown, atMs);
  }

  #tellOfActors(viewers: readonly Viewer[]): void {
    const atMs = this.#clock.nowMs();
    for (const { ref, rootId } of this.#actors.values())
      this.#send(this.#frameOf({ type: "@xstate.actor", actorRef: ref, rootId }, atMs), viewers);
  }

  #send(frame: string, viewers: Iterable<Viewer>): void {
    for (const viewer of viewers) {
      if (viewer.send(frame)) continue;
      this.leave(viewer);
      viewer.leave();
    }
  }

  #forget(sessionId: string, rootId: string): void {
    this.#actors.delete(sessionId);
    if (sessionId !== rootId) return;
    for (const [id, actor] of this.#actors) if (actor.rootId === rootId) this.#actors.delete(id);
  }
}
