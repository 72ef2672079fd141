import type { z } from "zod";
import type { AlertRuleFile } from "../config/alerts-schema.ts";

/** A rule as the configuration gives it, keys in camelCase. */
export type AlertRule =
  | {
      readonly when: "failure_rate";
      readonly name?: string | undefined;
      readonly above: number;
      readonly minimumRuns: number;
      readonly withinMinutes: number;
    }
  | { readonly when: "stuck_run"; readonly name?: string | undefined; readonly afterMinutes: number }
  | { readonly when: "breaker_open"; readonly name?: string | undefined; readonly forMinutes: number }
  | {
      readonly when: "budget";
      readonly name?: string | undefined;
      readonly aboveUsd: number;
      readonly withinMinutes: number;
    };

export type AlertKind = z.output<typeof AlertRuleFile>["when"];

/** What somebody is told: that something is the matter, or no longer. */
export type AlertNotice = {
  /** The same for both notices of one alert, and for none else. */
  readonly id: string;
  readonly state: "firing" | "resolved";
  /** The rule's name, or its kind. */
  readonly rule: string;
  readonly kind: AlertKind;
  /** A run, a resource, or `runs` for all of them. */
  readonly subject: string;
  readonly text: string;
  /** What the rule was judged by. */
  readonly figures: Readonly<Record<string, number | string>>;
  readonly sinceMs: number;
  readonly atMs: number;
};
