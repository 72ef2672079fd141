import { AgentDesk } from "../../../src/actors/agent-desk.ts";
import { Dispatcher } from "../../../src/actors/dispatcher.ts";
import { Nodes } from "../../../src/actors/nodes.ts";
import type { Fact } from "../../../src/actors/ports.ts";
import type { Timer } from "../../../src/actors/timer.ts";
import { type Entry, GroupCommit } from "../../../src/engine/local/group-commit.ts";
import { LocalDriver } from "../../../src/engine/local/local-driver.ts";
import { type Happening, LocalRun } from "../../../src/engine/local/local-run.ts";
import { PendingEffects } from "../../../src/engine/replay.ts";
import { TimerQueue } from "../../../src/engine/timer-queue.ts";
import { Workers } from "../../../src/engine/workers.ts";
import { ResourcePool } from "../../../src/plan/resource-pool.ts";
import { type Mutant, replaced } from "./mutant.ts";
import { strayActor } from "./stray-actor.ts";

const isEnd = ({ type }: { readonly type: string }): boolean =>
  type === "agent.completed" || type === "agent.failed";

/** What may be wrong with the engine's own classes. */
export const ENGINE_MUTANTS: readonly Mutant[] = [
  {
    name: "applied before the commit",
    what: "a fact reaches the run when it happens, not when it is durable",
    patch: () =>
      replaced(
        GroupCommit,
        "add",
        (add) =>
          function (entry: Entry) {
            if (entry.kind === "fact") entry.committed();
            add.call(this, entry.kind === "fact" ? { ...entry, committed: () => {} } : entry);
          },
      ),
  },
  {
    name: "result recorded twice",
    what: "the result of an attempt is recorded twice",
    patch: () =>
      replaced(
        GroupCommit,
        "add",
        (add) =>
          function (entry: Entry) {
            add.call(this, entry);
            if (entry.body.startsWith('{"type":"agent.completed"'))
              add.call(this, { ...entry, committed: () => {} });
          },
      ),
  },
  {
    name: "fact delivered twice",
    what: "every committed fact reaches the run twice",
    patch: () =>
      replaced(
        LocalDriver,
        "deliver",
        (deliver) =>
          function (fact: Fact) {
            deliver.call(this, fact);
            deliver.call(this, fact);
          },
      ),
  },
  {
    name: "facts swapped",
    what: "of two facts of one commit the second reaches the run first",
    patch: () => {
      const kept = new WeakMap<object, Fact>();
      return replaced(
        LocalDriver,
        "deliver",
        (deliver) =>
          function (fact: Fact) {
            const before = kept.get(this);
            if (before) {
              kept.delete(this);
              deliver.call(this, fact);
              deliver.call(this, before);
              return;
            }
            if (!isEnd(fact)) return deliver.call(this, fact);
            kept.set(this, fact);
            queueMicrotask(() => {
              if (kept.get(this) !== fact) return;
              kept.delete(this);
              deliver.call(this, fact);
            });
          },
      );
    },
  },
  {
    name: "result lost",
    what: "the first result of every run in a process is not recorded",
    patch: () => {
      const lost = new WeakSet<object>();
      return replaced(
        LocalRun,
        "record",
        (record) =>
          function (happening: Happening, requestId?: number) {
            if (isEnd(happening) && !lost.has(this)) return void lost.add(this);
            record.call(this, happening, requestId);
          },
      );
    },
  },
  {
    name: "approval decision lost",
    what: "what people decide is not recorded",
    patch: () =>
      replaced(
        LocalRun,
        "record",
        (record) =>
          function (happening: Happening, requestId?: number) {
            if (happening.type !== "approval.decided") record.call(this, happening, requestId);
          },
      ),
  },
  {
    name: "result of an older attempt accepted",
    what: "an answer that comes after its attempt's timeout counts for the next attempt",
    patch: () => {
      const newest = new Map<string, number>();
      const undo = [
        replaced(Workers, "cancel", () => () => {}),
        replaced(
          Workers,
          "dispatch",
          (dispatch) =>
            function (task: { path: string; attempt: number }) {
              newest.set(task.path, task.attempt);
              dispatch.call(this, task);
            },
        ),
        replaced(
          LocalRun,
          "record",
          (record) =>
            function (happening: Happening, requestId?: number) {
              const made = isEnd(happening)
                ? { ...happening, attempt: newest.get((happening as { path: string }).path)! }
                : happening;
              record.call(this, made, requestId);
            },
        ),
      ];
      return () => {
        for (const back of undo) back();
      };
    },
  },
  {
    name: "late answer heard",
    what: "an attempt that was given up is heard all the same",
    patch: () => replaced(Workers, "cancel", () => () => {}),
  },
  {
    name: "recorded work dispatched again",
    what: "a resumed run dispatches what has a recorded result",
    patch: () => replaced(PendingEffects, "settle", () => () => true),
  },
  {
    name: "timers lost on resume",
    what: "a resumed run sets no timer that was open",
    patch: () =>
      replaced(
        PendingEffects,
        "goLive",
        (goLive) =>
          function (port: { setTimer: unknown }, nowMs: number) {
            let isLive = false;
            const original = port.setTimer as (...all: unknown[]) => void;
            const deaf = { ...port, setTimer: (...all: unknown[]) => isLive && original(...all) };
            goLive.call(this, deaf, nowMs);
            isLive = true;
          },
      ),
  },
  {
    name: "work under way lost on resume",
    what: "a resumed run does not begin again what was under way",
    patch: () =>
      replaced(
        PendingEffects,
        "goLive",
        (goLive) =>
          function (port: { dispatch: unknown; setTimer: unknown }, nowMs: number) {
            let isLive = false;
            const { dispatch, setTimer } = port as {
              dispatch: (task: unknown) => void;
              setTimer: (...all: unknown[]) => void;
            };
            const deaf = {
              ...port,
              dispatch: (task: unknown) => isLive && dispatch(task),
              setTimer: (timer: Timer, atMs: number) =>
                (isLive || timer.purpose !== "timeout") && setTimer(timer, atMs),
            };
            goLive.call(this, deaf, nowMs);
            isLive = true;
          },
      ),
  },
  {
    name: "timer fires early",
    what: "a timeout fires after half its time",
    patch: () =>
      replaced(
        TimerQueue,
        "set",
        (set) =>
          function (timer: Timer, atMs: number) {
            set.call(this, timer, timer.purpose === "timeout" ? atMs - 190 : atMs);
          },
      ),
  },
  {
    name: "no pause before a retry",
    what: "a backoff is over at once",
    patch: () =>
      replaced(
        TimerQueue,
        "set",
        (set) =>
          function (timer: Timer, atMs: number) {
            set.call(this, timer, timer.purpose === "backoff" ? 0 : atMs);
          },
      ),
  },
  {
    name: "deadline lost",
    what: "the deadline of a run is never set",
    patch: () =>
      replaced(
        TimerQueue,
        "set",
        (set) =>
          function (timer: Timer, atMs: number) {
            if (timer.purpose !== "deadline") set.call(this, timer, atMs);
          },
      ),
  },
  {
    name: "slot not released",
    what: "who has worked keeps the slot",
    patch: () => replaced(Dispatcher, "release", () => () => {}),
  },
  {
    name: "slots over-granted",
    what: "a claim takes nothing",
    patch: () =>
      replaced(
        ResourcePool,
        "wait",
        (wait) =>
          function (_amounts: object, rank: number, item: { claim: object }) {
            wait.call(this, {}, rank, Object.assign(item, { claim: {} }));
          },
      ),
  },
  {
    name: "cancel not forwarded",
    what: "a run that is cancelled does not tell its performers",
    patch: () => {
      const undo = [
        replaced(Workers, "cancel", () => () => {}),
        replaced(Workers, "cancelAll", () => () => {}),
      ];
      return () => {
        for (const back of undo) back();
      };
    },
  },
  {
    name: "dispatched after the stop",
    what: "a cancelled agent's task is dispatched once more",
    patch: () =>
      replaced(
        AgentDesk,
        "cancelTask",
        (cancelTask) =>
          function (path: string) {
            cancelTask.call(this, path);
            this.dispatch(path, 9, () => {});
          },
      ),
  },
  {
    name: "let go, but not quiet",
    what: "a run that is let go keeps its performers at work",
    patch: () => replaced(Workers, "cancelAll", () => () => {}),
  },
  {
    name: "orphan actor",
    what: "an actor is made that nobody stops",
    patch: () =>
      replaced(
        Nodes,
        "enlistAgent",
        (enlist) =>
          function (path: string, ref: unknown) {
            enlist.call(this, path, ref);
            strayActor(ref);
          },
      ),
  },
];
