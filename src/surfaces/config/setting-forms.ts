import { z } from "zod";

/**
 * Forms that settings of several sections have. Every `error` says what was expected: the reader of the file is told that, and what
 * stood there.
 */

/** Said where a section, or an entry of a list, is no mapping. */
export const mapping = (issue: { readonly code?: string }): string | undefined =>
  issue.code === "invalid_type" ? "settings as `key: value`" : undefined;

export const count = (minimum: number, maximum: number) => {
  const error = `a whole number from ${minimum} to ${maximum}`;
  return z.int({ error }).min(minimum, { error }).max(maximum, { error });
};

export const words = (error: string) => z.string({ error }).min(1, { error });

export const usd = z.number({ error: "an amount of USD" }).min(0, { error: "an amount of USD" });

export const url = z.url({ protocol: /^https?$/, error: "a URL that begins with http:// or https://" });

const VARIABLE = "the name of an environment variable";
export const variable = z.string({ error: VARIABLE }).regex(/^[A-Za-z_][A-Za-z0-9_]*$/, { error: VARIABLE });
