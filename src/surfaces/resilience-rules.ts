import type { ResilienceRule } from "../engine/resilience/rules.ts";
import type { Config } from "./config.ts";

type Rule = NonNullable<Config["resilience"]["rules"]>[number];

/** The configured rules as the engine takes them: seconds become milliseconds, what is not enabled is false. */
export function resilienceRules({ resilience }: Config): readonly ResilienceRule[] {
  return (resilience.rules ?? []).map(toRule);
}

function toRule({ resource, breaker, bulkhead, retries, pace }: Rule): ResilienceRule {
  return {
    resource,
    breaker: unlessOff(breaker, ({ failures, rate, windowSeconds, minimumCalls, openSeconds, probes }) => ({
      failures,
      rate,
      windowMs: ms(windowSeconds),
      minimumCalls,
      openMs: ms(openSeconds),
      probes,
    })),
    bulkhead: unlessOff(bulkhead, ({ atOnce, queue }) => ({ atOnce, queue })),
    retries: unlessOff(retries, ({ ratio, reserve }) => ({ ratio, reserve })),
    pace: pace && {
      requestsPerMinute: pace.requestsPerMinute,
      tokensPerMinute: pace.tokensPerMinute,
      burst: pace.burst,
      maxWaitMs: ms(pace.maxWaitSeconds),
    },
  };
}

function unlessOff<T extends { readonly enabled?: boolean | undefined }, R>(
  wish: T | undefined,
  read: (wish: T) => R,
): R | false | undefined {
  if (wish === undefined) return undefined;
  return wish.enabled === false ? false : read(wish);
}

function ms(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : Math.round(seconds * 1_000);
}
