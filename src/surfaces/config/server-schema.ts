import { z } from "zod";
import { parseMemoryMb } from "../../shared/quantity.ts";
import { count } from "./setting-forms.ts";

const NAME = "a host's name or address, without port";
const ORIGIN = "an origin such as https://example.com";

/** The settings of the section `server`. */
export const serverShape = {
  host: z
    .string({ error: NAME })
    .regex(/^[A-Za-z0-9.:-]{1,255}$/, { error: NAME })
    .default("127.0.0.1")
    .describe("Address that the HTTP server listens on; any but loopback takes keys."),
  allowed_hosts: z
    .array(z.string({ error: NAME }).regex(/^(\[[0-9a-f:]+\]|[a-z0-9.-]{1,255})$/, { error: NAME }), {
      error: "a list of hosts",
    })
    .max(100, { error: "at most 100 hosts" })
    .optional()
    .describe("Names under which the server may be asked, beside those of loopback."),
  allowed_origins: z
    .array(z.string({ error: ORIGIN }).regex(/^https?:\/\/[A-Za-z0-9.:[\]-]+$/, { error: ORIGIN }), {
      error: "a list of origins",
    })
    .max(100, { error: "at most 100 origins" })
    .optional()
    .describe("Origins whose pages may ask the server, beside its own."),
  body_limit: z
    .string({ error: "a size such as 2MB" })
    .refine((text) => (parseMemoryMb(text) ?? 0) > 0 && parseMemoryMb(text)! <= 256, {
      error: "a size such as 2MB, at most 256MB",
    })
    .default("2MB")
    .describe("Largest body of a request."),
  requests_per_minute: count(1, 100_000_000)
    .default(6_000)
    .describe("Requests that one caller may make in a minute."),
  max_running_runs: count(1, 10_000).default(16).describe("Runs at work at the same time."),
  max_queued_runs: count(0, 1_000_000)
    .default(1_000)
    .describe("Runs that may wait for their turn; more are refused."),
  drain_seconds: count(0, 86_400)
    .default(10)
    .describe("How long runs may go on when the server is stopped, in seconds."),
  stream_stall_seconds: count(1, 3_600)
    .default(30)
    .describe("How long a reader of events may take nothing before it is dropped, in seconds."),
};
