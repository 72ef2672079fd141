import { z } from "zod";
import { mapping } from "./setting-forms.ts";

const above = (error: string) => z.number({ error }).positive({ error });
const MINUTES = "a number above 0, at most 525600";
const minutes = above(MINUTES).max(525_600, { error: MINUTES });
const RATE = "a number above 0, at most 1";
const name = z
  .string({ error: "a name" })
  .regex(/^[\w.-]{1,64}$/, { error: "a name of letters, digits, _, . and -" })
  .optional()
  .describe("How the alert is called; default: what it is about.");

const failureRate = z.strictObject(
  {
    name,
    when: z.literal("failure_rate"),
    above: above(RATE).max(1, { error: RATE }).describe("Share of runs that ended failed or partial."),
    minimum_runs: z
      .int({ error: "a whole number above 0" })
      .min(1, { error: "a whole number above 0" })
      .default(5)
      .describe("Runs in the window before the rate counts."),
    within_minutes: minutes.default(60).describe("Length of the window."),
  },
  { error: mapping },
);
const stuckRun = z.strictObject(
  {
    name,
    when: z.literal("stuck_run"),
    after_minutes: minutes.describe("Nothing has happened for so long."),
  },
  { error: mapping },
);
const breakerOpen = z.strictObject(
  {
    name,
    when: z.literal("breaker_open"),
    for_minutes: z
      .number({ error: "a number, 0 or more" })
      .min(0, { error: "a number, 0 or more" })
      .default(0)
      .describe("It has let nobody through for so long."),
  },
  { error: mapping },
);
const budget = z.strictObject(
  {
    name,
    when: z.literal("budget"),
    above_usd: above("an amount of USD above 0").describe("What models have cost within the window."),
    within_minutes: minutes.default(1_440).describe("Length of the window."),
  },
  { error: mapping },
);

const WHEN = "failure_rate, stuck_run, breaker_open or budget";

/** One alert, as the configuration writes it. */
export const AlertRuleFile = z.discriminatedUnion("when", [failureRate, stuckRun, breakerOpen, budget], {
  error: (issue) => (issue.code === "invalid_union" ? `\`when\` is one of ${WHEN}` : mapping(issue)),
});

/** The settings of the section `alerts`. */
export const alertsShape = {
  rules: z
    .array(AlertRuleFile, { error: "a list of alerts" })
    .max(100, { error: "at most 100 alerts" })
    .optional()
    .describe("What is told to monitoring.alert_webhook, as a list."),
  signing_key_variable: z
    .string({ error: "the name of a variable" })
    .regex(/^[A-Za-z_]\w*$/, { error: "the name of a variable" })
    .optional()
    .describe("Variable that holds the key with which notices are signed; without it they are not."),
  allowed_addresses: z
    .array(
      z
        .string({ error: "an address such as 10.0.0.7, or a network such as 10.0.0.0/8" })
        .regex(/^[\da-fA-F.:]+(\/\d{1,3})?$/, {
          error: "an address such as 10.0.0.7, or a network such as 10.0.0.0/8",
        }),
      { error: "a list of addresses" },
    )
    .optional()
    .describe(
      "Addresses of this machine or a private network that notices may go to; public ones always may.",
    ),
};
