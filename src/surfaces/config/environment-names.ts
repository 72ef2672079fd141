/** What the variables begin with that configure. */
export const PREFIX = "ABYSSAL_";

/** Set for the children of the `command` performer, or read by the command line itself: no settings, though they share the prefix. */
const CARRIED = ["ABYSSAL_RUN_ID", "ABYSSAL_PATH", "ABYSSAL_ATTEMPT", "ABYSSAL_IDEMPOTENCY_KEY"];

/** The variable that names the environment, which the file describes. */
export const ENVIRONMENT_VARIABLE = "ABYSSAL_ENV";

/** Variables with our prefix that are no settings. */
export const RESERVED: ReadonlySet<string> = new Set([ENVIRONMENT_VARIABLE, ...CARRIED]);

/** Whether any variable may say something of the configuration. */
export function isConfiguring(env: Readonly<Record<string, string | undefined>>): boolean {
  return Object.entries(env).some(
    ([name, text]) => name.startsWith(PREFIX) && !CARRIED.includes(name) && (text ?? "") !== "",
  );
}
