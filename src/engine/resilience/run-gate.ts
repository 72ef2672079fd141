import type { GuardAccess, PerformContext, Performer, Task } from "../../actors/ports.ts";
import type { Failure, Outcome } from "../../plan/outcome.ts";
import type { Clock } from "../../shared/clock.ts";
import { formedOutcome } from "../formed-outcome.ts";
import type { ResilienceEvent } from "./events.ts";
import type { Gate } from "./gate.ts";
import type { Guard } from "./guard.ts";
import { ABORTED, GuardedCall } from "./guarded-call.ts";
import { RetryBudget } from "./retry-budget.ts";

export type RunGatePorts = {
  readonly runId: string;
  readonly clock: Clock;
  readonly guardOf: (resource: string) => Guard;
  readonly notify: (event: ResilienceEvent) => void;
};

/**
 * Purpose: let the calls of one run through the guards of their resources.
 * Owns: the run's retry budgets. Does not own: the guards, which all runs share; whether a refused attempt is tried again.
 * Invariants:
 * G1 a performer is called at most once for an attempt, and not after its signal was aborted.
 * G2 an attempt that is refused has failed with a typed failure, and no performer was called.
 * G3 of each resource, at most offered + max(`reserve`, `ratio` x offered) calls are made (offered: attempts that no failure
 *    led to, or none that this resource could have been part of, as an alternative's first one; one that a supervisor begins
 *    anew for another's crash is as good as a first one).
 * G4 a call within an attempt passes the same guards, retry budgets aside: it waits with the attempt's own places in hand, and whoever
 *    has a place of such a call waits for nothing, so nobody waits for each other.
 */
export class RunGate implements Gate {
  readonly #ports: RunGatePorts;
  readonly #budgets = new Map<string, RetryBudget>();
  readonly #spent = new Set<string>();
  /** Resources that an agent with alternatives has been offered to, by path; until its work is done. */
  readonly #offered = new Map<string, Set<string>>();

  constructor(ports: RunGatePorts) {
    this.#ports = ports;
  }

  async perform(performer: Performer, task: Task, given: PerformContext): Promise<Outcome> {
    const context = task.tools ? { ...given, guards: this.#within(given.signal) } : given;
    const guards = this.#guards(performer, task);
    if (guards.length === 0) return performer.perform(task, context);
    const refusal = this.#refusal(guards, task);
    if (refusal) return { kind: "failed", failure: refusal };
    const call = new GuardedCall(guards, context.signal, this.#ports.clock);
    const entered = call.enter();
    const refused = entered instanceof Promise ? await entered : entered;
    const failure = refused ?? (call.begin() ? null : ABORTED);
    if (failure) {
      call.abandon();
      this.#giveBack(guards);
      return { kind: "failed", failure };
    }
    let outcome: Outcome | null = null;
    try {
      outcome = formedOutcome(await performer.perform(task, context));
      if (outcome.kind === "completed") this.#offered.delete(task.path);
      return outcome;
    } finally {
      call.end(outcome);
    }
  }

  #guards(performer: Performer, task: Task): readonly Guard[] {
    return this.#guardsOf(performer.resources?.(task) ?? [`performer:${performer.name}`]);
  }

  #guardsOf(resources: readonly string[]): readonly Guard[] {
    const { guardOf } = this.#ports;
    if (resources.length <= 1) return resources.map(guardOf);
    return [...new Set(resources)].sort().map(guardOf);
  }

  /** The guards of the calls that one attempt makes on its way. */
  #within(signal: AbortSignal): GuardAccess {
    return {
      enter: async (resources) => {
        const call = new GuardedCall(this.#guardsOf(resources), signal, this.#ports.clock);
        const refusal = (await call.enter()) ?? (call.begin() ? null : ABORTED);
        if (!refusal) return { leave: (failure) => call.end(failure ? { kind: "failed", failure } : DONE) };
        call.abandon();
        return refusal;
      },
    };
  }

  /** Why an attempt is not even made to wait; null when it was admitted to every budget. */
  #refusal(guards: readonly Guard[], task: Task): Failure | null {
    const retried = this.#retried(guards, task);
    const open = openFailure(guards);
    if (retried.length > 0 && open) return open;
    const spent = retried.find((guard) => this.#budget(guard)?.hasRoom === false);
    if (spent) return this.#spentFailure(spent, task);
    for (const guard of guards) {
      const isRetry = retried.includes(guard);
      this.#budget(guard)?.admit(isRetry);
      if (isRetry) guard.counts.retries++;
    }
    // A first attempt was offered all the same: the one after it is not counted as a retry.
    if (open) this.#giveBack(guards);
    return open;
  }

  /** Of which resources an attempt is a retry: after a failure of all, but an alternative's only of those called before. */
  #retried(guards: readonly Guard[], { path, previousFailure, alternative }: Task): readonly Guard[] {
    if (!alternative) return previousFailure ? guards : [];
    const before = this.#offered.get(path) ?? new Set<string>();
    const retried = previousFailure ? guards.filter(({ resource }) => before.has(resource)) : [];
    this.#offered.set(path, new Set([...before, ...guards.map(({ resource }) => resource)]));
    return retried;
  }

  #giveBack(guards: readonly Guard[]): void {
    for (const guard of guards) this.#budget(guard)?.giveBack();
  }

  #budget({ resource, settings }: Guard): RetryBudget | null {
    if (!settings.retries) return null;
    let budget = this.#budgets.get(resource);
    if (!budget) {
      budget = new RetryBudget(settings.retries);
      this.#budgets.set(resource, budget);
    }
    return budget;
  }

  #spentFailure(guard: Guard, { previousFailure }: Task): Failure {
    const { resource } = guard;
    const { offered, retries } = this.#budget(guard)!;
    guard.counts.refused.retries++;
    if (!this.#spent.has(resource)) {
      this.#spent.add(resource);
      const { runId, clock, notify } = this.#ports;
      notify({ type: "retries.spent", resource, runId, atMs: clock.nowMs(), offered, retries });
    }
    const { code, message } = previousFailure!;
    return {
      code: "RETRY_BUDGET_SPENT",
      message: `${message}; not tried again: ${retries} retries of ${offered} calls to ${resource} were made`,
      retryable: false,
      hint: "mend the failure, or raise `retries` of the resource (resilience.rules)",
      detail: {
        resource,
        offered,
        retries,
        cause: { code, message },
      },
    };
  }
}

/** What a call that went well is to its guards. */
const DONE: Outcome = { kind: "completed", output: "", confidence: { value: 1, source: "declared" } };

function openFailure(guards: readonly Guard[]): Failure | null {
  for (const { circuit, counts } of guards) {
    const failure = circuit?.refusal();
    if (!failure) continue;
    counts.refused.breaker++;
    return failure;
  }
  return null;
}
