import type { BulkheadSettings } from "../../shared/bulkhead.ts";

/** When calls to a resource are stopped, and for how long. At least one of `failures` and `rate` is set. */
export type BreakerSettings = {
  /** Failures in a row that open it. */
  readonly failures: number | null;
  /** Share of failed calls within `windowMs` beyond which it opens, above 0, below 1. */
  readonly rate: number | null;
  readonly windowMs: number;
  /** Calls within the window before the rate counts. */
  readonly minimumCalls: number;
  /** How long it stays open before the resource is tried again. */
  readonly openMs: number;
  /** Calls that must succeed, at once or one after the other, before it closes. */
  readonly probes: number;
};

/** At most max(`reserve`, `ratio` x first attempts) retries in one run. */
export type RetrySettings = { readonly ratio: number; readonly reserve: number };

export type PaceSettings = {
  readonly requestsPerMinute: number | null;
  readonly tokensPerMinute: number | null;
  /** Calls that may begin at once after a pause; from then on they are evenly spaced. */
  readonly burst: number;
  /** A call that would have to wait longer is refused. */
  readonly maxWaitMs: number;
};

/** How one resource is guarded; null: not at all. */
export type ResourceSettings = {
  readonly breaker: BreakerSettings | null;
  readonly bulkhead: BulkheadSettings | null;
  readonly retries: RetrySettings | null;
  readonly pace: PaceSettings;
};

/** Changes what holds for the resources that fit `resource`, where `*` stands for any characters; false switches off. */
export type ResilienceRule = {
  readonly resource: string;
  readonly breaker?: Partial<BreakerSettings> | false | undefined;
  readonly bulkhead?: Partial<BulkheadSettings> | false | undefined;
  readonly retries?: Partial<RetrySettings> | false | undefined;
  readonly pace?: Partial<PaceSettings> | undefined;
};

const BREAKER: BreakerSettings = {
  failures: null,
  rate: null,
  windowMs: 60_000,
  minimumCalls: 20,
  openMs: 30_000,
  probes: 1,
};
const BULKHEAD: BulkheadSettings = { atOnce: 10, queue: 1_000 };
const RETRIES: RetrySettings = { ratio: 0.1, reserve: 10 };
const PACE: PaceSettings = { requestsPerMinute: null, tokensPerMinute: null, burst: 1, maxWaitMs: 60_000 };

/** Failures in a row that open a breaker, where no rule says more than that there is one. */
const FAILURES = 5;

/** What holds before any rule of the user's: what can be down has a breaker, work in this process has none. */
const BUILT_IN: readonly ResilienceRule[] = [
  { resource: "*", retries: {} },
  { resource: "model:*", breaker: {} },
  { resource: "host:*", breaker: {} },
  { resource: "command:*", breaker: {} },
];

/** How a resource is guarded: every rule that fits counts, a later one wins setting by setting. */
export function settingsOf(resource: string, rules: readonly ResilienceRule[]): ResourceSettings {
  const fitting = [...BUILT_IN, ...rules].filter((rule) => fits(rule.resource, resource));
  const breaker = merged(
    BREAKER,
    fitting.map((rule) => rule.breaker),
  );
  return {
    breaker:
      breaker && breaker.failures === null && breaker.rate === null
        ? { ...breaker, failures: FAILURES }
        : breaker,
    bulkhead: merged(
      BULKHEAD,
      fitting.map((rule) => rule.bulkhead),
    ),
    retries: merged(
      RETRIES,
      fitting.map((rule) => rule.retries),
    ),
    pace: Object.assign({}, PACE, ...fitting.map(({ pace }) => given(pace))) as PaceSettings,
  };
}

/** Null until a rule speaks of it, and again after one has switched it off. */
function merged<T extends object>(
  defaults: T,
  wishes: readonly (Partial<T> | false | undefined)[],
): T | null {
  let settings: T | null = null;
  for (const wish of wishes) {
    if (wish === undefined) continue;
    settings = wish === false ? null : { ...(settings ?? defaults), ...given(wish) };
  }
  return settings;
}

/** Without the members that are undefined, which would hide what holds already. */
function given<T extends object>(wish: T | undefined): Partial<T> {
  return Object.fromEntries(
    Object.entries(wish ?? {}).filter(([, value]) => value !== undefined),
  ) as Partial<T>;
}

/** Whether a name fits a pattern in which `*` stands for any characters; linear in both. */
export function fits(pattern: string, name: string): boolean {
  const [head, ...rest] = pattern.split("*");
  if (rest.length === 0) return pattern === name;
  const tail = rest.pop()!;
  if (name.length < head!.length + tail.length || !name.startsWith(head!) || !name.endsWith(tail))
    return false;
  let at = head!.length;
  for (const part of rest) {
    const found = name.indexOf(part, at);
    if (found < 0 || found + part.length > name.length - tail.length) return false;
    at = found + part.length;
  }
  return true;
}
