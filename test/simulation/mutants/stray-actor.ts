import { type AnyActorRef, createActor, createMachine } from "xstate";

const idle = createMachine({ id: "idle", initial: "idle", states: { idle: {} } });

/** Makes an actor beside another one, known to its parent's system, but among nobody's children. */
export function strayActor(sibling: unknown): void {
  const parent = (sibling as { readonly _parent?: AnyActorRef })._parent;
  createActor(idle, parent ? { parent } : {}).start();
}
