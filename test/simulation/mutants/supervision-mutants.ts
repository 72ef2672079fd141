import type { Timer } from "../../../src/actors/timer.ts";
import { LocalRun } from "../../../src/engine/local/local-run.ts";
import { TimerQueue } from "../../../src/engine/timer-queue.ts";
import { Workers } from "../../../src/engine/workers.ts";
import type { SupervisionPolicy } from "../../../src/templates/template.ts";
import { failed } from "../../support/scripted-performer.ts";
import { type Mutant, replaced } from "./mutant.ts";

/** Gives the engine other supervisors than those that are judged by. */
function supervised(change: Partial<SupervisionPolicy>): Mutant["wiring"] {
  return {
    plan: (plan) => ({
      ...plan,
      nodes: plan.nodes.map((node) =>
        node.kind !== "agent" && node.supervision
          ? { ...node, supervision: { ...node.supervision, ...change } }
          : node,
      ),
    }),
  };
}

/** What may be wrong with stops and restarts below a supervisor. */
export const SUPERVISION_MUTANTS: readonly Mutant[] = [
  {
    name: "stop not recorded",
    what: "nobody hears that a performer that was stopped has returned",
    patch: () =>
      replaced(
        LocalRun,
        "record",
        (record) =>
          function (happening: { type: string }, requestId?: number) {
            if (happening.type !== "agent.stopped") record.call(this, happening, requestId);
          },
      ),
  },
  {
    name: "stop not forwarded",
    what: "an agent that is to stop goes on",
    patch: () => replaced(Workers, "stop", () => () => {}),
  },
  {
    name: "stopped told too early",
    what: "a performer that was stopped is not waited for",
    patch: () =>
      replaced(
        Workers,
        "stop",
        (stop) =>
          function (path: string, attempt: number) {
            this.cancel(path);
            // Nothing of the task is under way any more, so it is told soon.
            stop.call(this, path, attempt);
          },
      ),
  },
  {
    name: "grace lost",
    what: "who does not stop is waited for without end",
    patch: () =>
      replaced(
        TimerQueue,
        "set",
        (set) =>
          function (timer: Timer, atMs: number) {
            if (timer.purpose !== "grace") set.call(this, timer, atMs);
          },
      ),
  },
  {
    name: "no grace",
    what: "who is stopped is left behind at once",
    patch: () =>
      replaced(
        TimerQueue,
        "set",
        (set) =>
          function (timer: Timer, atMs: number) {
            set.call(this, timer, timer.purpose === "grace" ? 0 : atMs);
          },
      ),
  },
  {
    name: "crashes never counted",
    what: "every crash is met by a restart",
    wiring: supervised({ restartsMax: 1_000 }),
  },
  {
    name: "crashes never forgotten",
    what: "crashes count for ever",
    wiring: supervised({ withinMs: 3_600_000 }),
  },
  {
    name: "crash taken for a failure",
    what: "a performer that throws has failed as expected",
    wiring: {
      performer: (performer) => ({
        ...performer,
        perform: (task, context) => performer.perform(task, context).catch(() => failed("SCRIPTED")),
      }),
    },
  },
];
