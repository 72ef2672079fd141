import { type Mutant, planned } from "./mutant.ts";

/** What may be wrong with the way to the performers, with the clock, or with the plan that is run. */
export const WORK_MUTANTS: readonly Mutant[] = [
  {
    name: "key changed on a re-run",
    what: "the idempotency key names the process",
    wiring: {
      performer: (performer, process) => ({
        ...performer,
        perform: (task, context) =>
          performer.perform(task, {
            ...context,
            idempotencyKey: (process?.pid ?? 1) > 1 ? `${context.idempotencyKey}+` : context.idempotencyKey,
          }),
      }),
    },
  },
  {
    name: "performer called after cancel",
    what: "work that is cancelled is begun once more",
    wiring: {
      performer: (performer) => ({
        ...performer,
        perform: (task, context) => {
          context.signal.addEventListener("abort", () => void performer.perform(task, context), {
            once: true,
          });
          return performer.perform(task, context);
        },
      }),
    },
  },
  {
    name: "work begun twice",
    what: "every performer is called twice",
    wiring: {
      performer: (performer) => ({
        ...performer,
        perform: (task, context) => {
          void performer.perform(task, context);
          return performer.perform(task, context);
        },
      }),
    },
  },
  {
    name: "one attempt too many",
    what: "a step is tried once more than its plan allows",
    wiring: planned((agent) => ({ ...agent, retry: { ...agent.retry, attempts: agent.retry.attempts + 1 } })),
  },
  {
    name: "needs ignored",
    what: "nothing waits for anything",
    wiring: { plan: (plan) => ({ ...plan, nodes: plan.nodes.map((node) => ({ ...node, needs: [] })) }) },
  },
  {
    name: "capacity doubled",
    what: "the dispatcher believes in twice the cores",
    wiring: { plan: (plan) => ({ ...plan, capacity: { ...plan.capacity, cpu: 2 * plan.capacity.cpu } }) },
  },
  {
    name: "clock wakes early",
    what: "the clock shows the time that a timer was set for when half of it has passed",
    wiring: {
      clock: (clock) => {
        let aheadMs = 0;
        return {
          ...clock,
          nowMs: () => clock.nowMs() + aheadMs,
          elapsedMs: () => clock.elapsedMs!() + aheadMs,
          at: (atMs, wake) => {
            const halfMs = Math.floor((atMs - clock.nowMs() - aheadMs) / 2);
            return clock.at(atMs - aheadMs - Math.max(0, halfMs), () => {
              aheadMs += Math.max(0, halfMs);
              wake();
            });
          },
        };
      },
    },
  },
];
