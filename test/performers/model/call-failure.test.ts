import { APICallError } from "@ai-sdk/provider";
import { expect, test } from "vitest";
import { callFailure } from "../../../src/performers/model/call-failure.ts";

const called = (apiKey: string) => ({ apiKey, baseUrl: "http://127.0.0.1:1/v1" });

function errorWith(statusCode: number, responseHeaders: Record<string, string>): APICallError {
  const request = { url: "https://api.example.com", requestBodyValues: {} };
  return new APICallError({ message: "slow down", ...request, statusCode, responseHeaders });
}

test.each([
  ["seconds", { "retry-after": "1.5" }, 1_500],
  ["milliseconds, which go before seconds", { "retry-after-ms": "250", "retry-after": "9" }, 250],
  [
    "a date, by the provider's own clock",
    { "retry-after": "Sat, 01 Jan 2000 00:00:30 GMT", date: "Sat, 01 Jan 2000 00:00:00 GMT" },
    30_000,
  ],
  [
    "a date that is past",
    { "retry-after": "Sat, 01 Jan 2000 00:00:00 GMT", date: "Sat, 01 Jan 2000 00:00:30 GMT" },
    undefined,
  ],
  ["no number", { "retry-after": "soon" }, undefined],
  ["nothing", {}, undefined],
])("a provider may say how long to wait in %s", (_, headers, ms) => {
  expect(callFailure(errorWith(429, headers), called("")).detail?.retryAfterMs).toBe(ms);
  expect(callFailure(errorWith(503, headers), called("")).detail?.retryAfterMs).toBe(ms);
});

test("a key never stands in a failure, however it is written there", () => {
  const secret = 'sk-"quoted"-secret';
  const failure = callFailure(new Error(`wrong key ${secret}`), called(secret));
  expect(failure).toMatchObject({
    code: "MODEL_UNAVAILABLE",
    message: expect.stringContaining("wrong key ***"),
  });
  expect(callFailure(new Error("none of it"), called("none")).message).toContain("none of it");
});
