import { APICallError } from "@ai-sdk/provider";
import type { Failure } from "../../plan/outcome.ts";
import type { JsonObject } from "../../shared/json.ts";
import { LIMITS } from "../../shared/limits.ts";
import { errorWords, oneLine } from "../error-words.ts";
import { AnswerTooLarge } from "./provider-fetch.ts";

/** Characters from which on a key is one; shorter ones stand for none. */
const SECRET = 8;

const TOO_LONG =
  /context[_ ](length|window)|maximum context|too many tokens|prompt is too long|input is too long/i;
const REFUSED = /content[_ ]?(policy|filter)|safety system|content management policy/i;

type Called = { readonly apiKey: string; readonly baseUrl: string };

/** What an error of a call means: a typed failure in few words, without the key. */
export function callFailure(error: unknown, { apiKey: secret, baseUrl }: Called): Failure {
  if (isTooLarge(error)) return answerTooLong();
  const said = APICallError.isInstance(error) ? ofAnswer(error) : unavailable(errorWords(error), {});
  const failure = isUnreached(error)
    ? {
        ...said,
        hint: `nobody answers at ${originOf(baseUrl)}: is the server running, is the address right?`,
      }
    : said;
  if (secret.length < SECRET) return failure;
  return JSON.parse(
    JSON.stringify(failure).replaceAll(JSON.stringify(secret).slice(1, -1), "***"),
  ) as Failure;
}

/** Of connections that were never made. */
const UNREACHED = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH"]);

/** Whether nobody takes money for a call that failed so: it was refused with an HTTP status, or nobody was reached. */
export function isUncharged(error: unknown): boolean {
  if (APICallError.isInstance(error) && (error.statusCode ?? 0) >= 300) return error.statusCode! >= 400;
  return isUnreached(error) || (error instanceof Error && isUncharged(error.cause));
}

/** Whether there was nobody to ask. */
function isUnreached(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as { readonly code?: unknown };
  return (typeof code === "string" && UNREACHED.has(code)) || isUnreached(error.cause);
}

/** An address without what may be secret in it. */
function originOf(baseUrl: string): string {
  return URL.parse(baseUrl)?.origin ?? "its address";
}

/** A server that writes on, whatever it was allowed. */
export function answerTooLong(): Failure {
  const message = `the answer is longer than ${LIMITS.modelAnswerCharacters} characters`;
  return { code: "MODEL_OUTPUT_TOO_LONG", message, retryable: false, hint: "ask for less" };
}

export function tooManyCalls(most: number): Failure {
  const message = `the model wants more than ${most} tools called at once`;
  return { code: "MODEL_OUTPUT_TOO_LONG", message, retryable: false, hint: "ask for less" };
}

/** A server that is not there, breaks off or speaks in riddles: another attempt may find it better. */
export function unavailable(why: string, detail: JsonObject): Failure {
  return { code: "MODEL_UNAVAILABLE", message: `the model gave no answer: ${why}`, retryable: true, detail };
}

function isTooLarge(error: unknown): boolean {
  return error instanceof AnswerTooLarge || (error instanceof Error && isTooLarge(error.cause));
}

function ofAnswer(error: APICallError): Failure {
  const status = error.statusCode;
  const words = errorWords(error);
  const all = `${words} ${error.responseBody ?? ""}`;
  const retryAfterMs = retryAfterOf(error.responseHeaders ?? {});
  const detail: JsonObject = {
    ...(status === undefined ? {} : { status }),
    ...(retryAfterMs === null ? {} : { retryAfterMs }),
  };
  const final = (code: string, message: string, hint: string): Failure => ({
    code,
    message: `${message}: ${words}`,
    retryable: false,
    hint,
    detail,
  });
  if (status === undefined) return unavailable(words, detail);
  if (status < 400) return unavailable(oneLine(`${words}: ${error.responseBody ?? "no text"}`), detail);
  if (status === 429 && /insufficient_quota/.test(all))
    return final("MODEL_QUOTA_SPENT", "the account has nothing left", "look at the provider's billing page");
  if (status === 429)
    return { code: "MODEL_RATE_LIMITED", message: `too many calls: ${words}`, retryable: true, detail };
  if (status >= 500 || status === 408 || status === 409) return unavailable(words, detail);
  if (status === 401 || status === 403)
    return final(
      "MODEL_KEY_REFUSED",
      "the provider does not accept the key",
      "check the key in the environment",
    );
  if (status === 413 || TOO_LONG.test(all))
    return final("MODEL_CONTEXT_TOO_LONG", "the prompt is too long", "hand over less, or take another model");
  if (REFUSED.test(all)) return final("MODEL_REFUSED", "the provider refuses", "ask for something else");
  if (status === 404)
    return final("MODEL_UNKNOWN", "the provider does not know the model", "check its name, and the base URL");
  return final("MODEL_REQUEST_INVALID", "the provider cannot read the request", "another model may");
}

/** Milliseconds that a provider asks to be left alone: `retry-after-ms`, or `retry-after` in seconds or as a date. */
function retryAfterOf(headers: Readonly<Record<string, string>>): number | null {
  const ms = Number(headers["retry-after-ms"] ?? Number.NaN);
  if (ms > 0) return ms;
  const text = headers["retry-after"];
  if (text === undefined) return null;
  const seconds = Number(text);
  // A date is compared with the provider's own clock.
  const wait = Number.isNaN(seconds) ? Date.parse(text) - Date.parse(headers.date ?? "") : seconds * 1_000;
  return wait > 0 ? wait : null;
}
