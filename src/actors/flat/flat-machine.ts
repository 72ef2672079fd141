import type { AnyStateMachine } from "xstate";
import { FlatActor } from "./flat-actor.ts";
import type { FlatSnapshot } from "./flat-snapshot.ts";
import { Macrostep } from "./macrostep.ts";
import { isFlat, type StateTable, tableOf } from "./state-table.ts";
import type { EventView, ScopeView } from "./steps.ts";

type Logic = {
  transition(snapshot: FlatSnapshot, event: EventView, scope: ScopeView): unknown;
  getInitialSnapshot(scope: ScopeView, input: unknown): unknown;
};

/**
 * The same machine, run from tables made once instead of being interpreted at each event: same states, same actions in the same
 * order, same snapshots, same actors. It reports no microsteps and no actions to an inspector; one that is not flat is
 * given back as it is. Its actors and actions must not be changed after its first actor was made.
 */
export function flatMachine<M extends AnyStateMachine>(machine: M): M {
  if (!isFlat(machine)) return machine;
  let known: StateTable | null = null;
  const table = (): StateTable => {
    known ??= tableOf(machine);
    return known;
  };
  const { context } = machine.config as { readonly context?: object | ((given: object) => object) };
  const native = machine as unknown as Logic;
  const flat: M = Object.create(machine);
  const logic: Logic = {
    transition(snapshot, event, scope) {
      // Rare, and with rules of their own.
      if (event.type === "xstate.stop" || event.type.startsWith("xstate.error."))
        return native.transition(snapshot, event, scope);
      return new Macrostep(flat, table(), scope, event, snapshot).take(snapshot);
    },
    getInitialSnapshot(scope, input) {
      const made = typeof context === "function" ? context({ input, self: scope.self }) : (context ?? {});
      return new Macrostep(flat, table(), scope, { type: "xstate.init", input }, { context: made }).begin();
    },
  };
  FlatActor.runs(flat);
  return Object.assign(flat, logic);
}
