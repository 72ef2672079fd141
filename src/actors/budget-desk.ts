import { type BudgetLimits, type BudgetScope, type BudgetStatus, scopeWords } from "../plan/budget.ts";
import {
  addUsage,
  type Charge,
  chargeOf,
  type Failure,
  NO_USAGE,
  type Usage,
  untoldUsage,
} from "../plan/outcome.ts";
import { type PlanIndex, ROOT_PATH } from "./plan-index.ts";
import type { EffectPort, Fact } from "./ports.ts";

/** The fact that an attempt wants to make a call, which may take so much at most. */
export type CallRequested = Extract<Fact, { readonly type: "call.requested" }>;
/** The fact that a call is over, and what it took. */
export type CallSettled = Extract<Fact, { readonly type: "call.settled" }>;

export type BudgetDeskPorts = {
  readonly index: PlanIndex;
  readonly budgets: readonly { readonly scope: BudgetScope; readonly limits: BudgetLimits }[];
  readonly effects: Pick<EffectPort, "answerCall">;
};

type Account = {
  readonly scope: BudgetScope;
  readonly limits: BudgetLimits;
  /** By calls that are over, and by those under way at their bounds. */
  readonly spent: { tokens: number; costMicros: number };
  readonly held: { tokens: number; costMicros: number };
};

/** What an attempt has asked for, and what came of it. */
type Attempt = {
  /** Calls under way or waiting. */
  readonly calls: Map<number, Call>;
  /** By its calls that are over. */
  usage: Usage;
  /** By calls from before a crash, after which it began anew. */
  lost: Usage;
};

type Call = {
  readonly path: string;
  readonly attempt: number;
  readonly call: number;
  readonly bound: Charge;
  readonly accounts: readonly Account[];
  isGranted: boolean;
};

/**
 * Purpose: count the calls of models, and let them begin only where every budget that they belong to has room for the most that they may take.
 * Owns: what was spent of each budget, what calls under way hold of it, who waits. Does not own: what a call takes (its performer's).
 * Invariants:
 * B1 of no budget is more spent and held than its limit, unless a call has taken more than the most that was said of it.
 * B2 a call waits only while others hold room that they may give back; one that can never fit is refused.
 * B3 what lacks room is given to who has waited longest for it.
 * B4 a call counts until it is settled: at what it took, or at its bound when its attempt is over before it said.
 * B5 a call that may have been made is in the usage of its agent, whatever became of the attempt: as its outcome tells, else as its calls told.
 */
export class BudgetDesk {
  readonly #ports: BudgetDeskPorts;
  readonly #accounts: readonly Account[];
  readonly #governing = new Map<string, readonly Account[]>();
  /** By path, of one attempt each. */
  readonly #attempts = new Map<string, Attempt>();
  /** The one that has waited longest first. */
  readonly #waiting = new Set<Call>();

  constructor(ports: BudgetDeskPorts) {
    this.#ports = ports;
    this.#accounts = ports.budgets.map(({ scope, limits }) => ({
      scope,
      limits,
      spent: { tokens: 0, costMicros: 0 },
      held: { tokens: 0, costMicros: 0 },
    }));
  }

  /** Whether calls of an agent must be asked for. */
  governs(path: string): boolean {
    return this.#accountsOf(path).length > 0;
  }

  /** Every budget as it stands, in the plan's order; what is held counts as spent. */
  get status(): readonly BudgetStatus[] {
    return this.#accounts.map(({ scope, limits, spent, held }) => ({
      scope,
      limits,
      tokens: spent.tokens + held.tokens,
      costMicros: spent.costMicros + held.costMicros,
    }));
  }

  request({ path, attempt, call, bound }: CallRequested): void {
    const of = this.#attempts.get(path) ?? {
      calls: new Map<number, Call>(),
      usage: NO_USAGE,
      lost: NO_USAGE,
    };
    this.#attempts.set(path, of);
    const asked = { path, attempt, call, bound, accounts: this.#accountsOf(path), isGranted: false };
    of.calls.set(call, asked);
    this.#waiting.add(asked);
    this.#admit();
  }

  /** Calls under way or waiting. */
  get underWay(): number {
    let count = 0;
    for (const { calls } of this.#attempts.values()) count += calls.size;
    return count;
  }

  /** Whoever made the calls under way is gone: what they took will not be told. */
  lose(): void {
    for (const attempt of this.#attempts.values()) {
      this.#closeAll(attempt);
      attempt.lost = addUsage(attempt.lost, attempt.usage);
      attempt.usage = NO_USAGE;
    }
    this.#admit();
  }

  /** False when no such call is under way. */
  settle({ path, attempt, call: number, took }: CallSettled): boolean {
    const of = this.#attempts.get(path);
    const call = of?.calls.get(number);
    if (!of || !call?.isGranted || call.attempt !== attempt) return false;
    this.#close(of, call, "calls" in took ? took : usageOf(took));
    this.#admit();
    return true;
  }

  /** An attempt is over: nobody settles its calls any more. Gives what its agent has used since it began; `told`: as its outcome tells. */
  release(path: string, told: Usage | undefined): Usage | undefined {
    const attempt = this.#attempts.get(path);
    if (!attempt) return told;
    this.#closeAll(attempt);
    this.#attempts.delete(path);
    this.#admit();
    return addUsage(attempt.lost, told ?? attempt.usage);
  }

  #closeAll(attempt: Attempt): void {
    for (const call of attempt.calls.values()) this.#close(attempt, call, untoldUsage(call.bound));
  }

  #close(attempt: Attempt, call: Call, took: Usage): void {
    this.#waiting.delete(call);
    attempt.calls.delete(call.call);
    if (!call.isGranted) return;
    attempt.usage = addUsage(attempt.usage, took);
    const charge = chargeOf(took);
    for (const { spent, held } of call.accounts) {
      add(held, call.bound, -1);
      add(spent, charge, 1);
    }
  }

  #admit(): void {
    // Accounts in which somebody waits who came before.
    const taken = new Set<Account>();
    for (const call of this.#waiting) {
      const lacking = call.accounts.filter((account) => !hasRoom(account, call.bound));
      const never = lacking.find((account) => !mayEverHaveRoom(account, call.bound));
      if (never) this.#answer(call, exceeded(never, call.bound));
      else if (lacking.length > 0) for (const account of lacking) taken.add(account);
      else if (!call.accounts.some((account) => taken.has(account))) this.#grant(call);
    }
  }

  #grant(call: Call): void {
    call.isGranted = true;
    for (const { held } of call.accounts) add(held, call.bound, 1);
    this.#answer(call, null);
  }

  #answer(call: Call, refusal: Failure | null): void {
    this.#waiting.delete(call);
    if (refusal) this.#attempts.get(call.path)?.calls.delete(call.call);
    this.#ports.effects.answerCall(call.path, call.attempt, call.call, refusal);
  }

  #accountsOf(path: string): readonly Account[] {
    if (this.#accounts.length === 0) return this.#accounts;
    const known = this.#governing.get(path);
    if (known) return known;
    const { index } = this.#ports;
    const paths = new Set<string>();
    const templates = new Set<string>();
    for (let node = index.node(path); node.path !== ROOT_PATH; node = index.node(index.parentOf(node))) {
      paths.add(node.path);
      if (node.template !== null) templates.add(node.template.split("@")[0]!);
    }
    const found = this.#accounts.filter(({ scope }) => {
      if (scope.kind === "run") return true;
      return scope.kind === "node" ? paths.has(scope.path) : templates.has(scope.template);
    });
    this.#governing.set(path, found);
    return found;
  }
}

/** Of a performer that does not tell input and output apart. */
function usageOf({ tokens, costMicros }: Charge): Usage {
  return { calls: 1, inputTokens: tokens, outputTokens: 0, costMicros };
}

function add(sum: { tokens: number; costMicros: number }, more: Charge, sign: 1 | -1): void {
  sum.tokens += sign * more.tokens;
  sum.costMicros += sign * more.costMicros;
}

function hasRoom({ limits, spent, held }: Account, bound: Charge): boolean {
  return fits(limits, spent.tokens + held.tokens, spent.costMicros + held.costMicros, bound);
}

/** Whether there would be room if all that is held were given back. */
function mayEverHaveRoom({ limits, spent }: Account, bound: Charge): boolean {
  return fits(limits, spent.tokens, spent.costMicros, bound);
}

function fits(
  { maxTokens = Number.POSITIVE_INFINITY, maxCostMicros = Number.POSITIVE_INFINITY }: BudgetLimits,
  tokens: number,
  costMicros: number,
  bound: Charge,
): boolean {
  return tokens + bound.tokens <= maxTokens && costMicros + bound.costMicros <= maxCostMicros;
}

function exceeded({ scope, limits, spent }: Account, bound: Charge): Failure {
  const { maxTokens, maxCostMicros } = limits;
  const isTokens = maxTokens !== undefined && spent.tokens + bound.tokens > maxTokens;
  const [limit, left, need, unit] = isTokens
    ? [maxTokens, maxTokens - spent.tokens, bound.tokens, "tokens"]
    : [maxCostMicros!, maxCostMicros! - spent.costMicros, bound.costMicros, "micro-USD"];
  return {
    code: "BUDGET_EXCEEDED",
    message: `the call may take ${need} ${unit}, and ${Math.max(0, left)} of ${limit} are left in the budget of ${scopeWords(scope)}`,
    retryable: false,
    hint: "raise the budget, lower models.max_output_tokens, or let the program do less",
    detail: { scope: scopeWords(scope), unit, limit, left, need },
  };
}
