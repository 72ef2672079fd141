import type { AnyActorRef, InspectionEvent } from "xstate";

/** The machines' actors, unlike subscriptions, have children and a context. */
type Snapshot = {
  readonly status: string;
  readonly children?: Readonly<Record<string, AnyActorRef | undefined>>;
  readonly context?: { readonly path?: string };
};

/**
 * Purpose: know every actor that was ever made for a run, whoever else knows of it.
 * Invariant: X1 an actor that is alive stands among the children of one that is alive, up to the root.
 */
export class ActorWatch {
  #live = new Set<AnyActorRef>();
  /** All that were ever made. */
  made = 0;

  readonly inspect = (event: InspectionEvent): void => {
    if (event.type !== "@xstate.actor") return;
    this.made++;
    this.#live.add(event.actorRef as AnyActorRef);
  };

  /** What is wrong with those that are alive; `ended`: no run is under way, so nobody may be. */
  problems(ended: boolean, settled: ReadonlySet<string>): string[] {
    const problems: string[] = [];
    for (const actor of this.#live) {
      const { status, context } = actor.getSnapshot() as Snapshot;
      if (status !== "active") {
        this.#live.delete(actor);
        continue;
      }
      const name = context?.path ?? actor.id;
      const parent = (actor as { readonly _parent?: AnyActorRef })._parent;
      if (ended) problems.push(`${name} is alive after the end`);
      else if (parent && !isChildOf(actor, parent)) problems.push(`${name} is alive and nobody's child`);
      else if (context?.path !== undefined && context.path !== "" && settled.has(context.path))
        problems.push(`${name} is alive after its end`);
    }
    return problems;
  }
}

function isChildOf(actor: AnyActorRef, parent: AnyActorRef): boolean {
  const { status, children } = parent.getSnapshot() as Snapshot;
  return status === "active" && Object.values(children ?? {}).includes(actor);
}
