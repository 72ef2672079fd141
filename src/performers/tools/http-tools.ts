import type { JsonObject } from "../../shared/json.ts";
import { LIMITS } from "../../shared/limits.ts";
import { guardedRequest, type RequestPolicy } from "./guarded-request.ts";
import { type Tool, type ToolContext, type ToolResult, toolFailed } from "./tool.ts";
import { hostResources } from "./tool-resources.ts";

export type HttpSettings = {
  /** Hosts that may be named by anybody: `api.example.com`, `*.example.org`. */
  readonly hosts: readonly string[];
  readonly privateHosts: readonly string[];
  readonly timeoutMs: number;
  readonly maxBytes: number;
  readonly resolve?: RequestPolicy["resolve"];
};

const METHODS = ["POST", "PUT", "PATCH", "DELETE"];
/** Set by the connection alone. */
const OWN_HEADERS = new Set(["host", "connection", "content-length", "transfer-encoding", "upgrade", "te"]);

/** `http.get` reads, `http.send` may change something. Failures: HTTP_*, also where the answer's status says so (HTTP_STATUS). */
export function httpTools(settings: HttpSettings): readonly Tool[] {
  const url = { type: "string", description: "an http or https address" };
  const headers = { type: "object", additionalProperties: { type: "string" } };
  const reach = (input: JsonObject) => ({ addresses: [String(input.url ?? "")], paths: [] });
  return [
    {
      name: "http.get",
      description: "Fetches what stands at an address.",
      inputSchema: {
        type: "object",
        properties: { url, headers },
        required: ["url"],
        additionalProperties: false,
      },
      access: "read",
      reach,
      resources: ({ url }) => hostResources(url),
      call: (input, context) => send(settings, "GET", input, context),
    },
    {
      name: "http.send",
      description: "Sends something to an address: POST, PUT, PATCH or DELETE.",
      inputSchema: {
        type: "object",
        properties: { method: { type: "string", enum: METHODS }, url, headers, body: { type: "string" } },
        required: ["method", "url"],
        additionalProperties: false,
      },
      access: "write",
      reach,
      resources: ({ url }) => hostResources(url),
      call: (input, context) => send(settings, String(input.method), input, context),
    },
  ];
}

async function send(
  settings: HttpSettings,
  method: string,
  { url, headers = {}, body }: JsonObject,
  context: ToolContext,
): Promise<ToolResult> {
  const own: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers as JsonObject)) {
    if (OWN_HEADERS.has(name.toLowerCase()) || !/^[\w-]+$/.test(name) || /[\r\n\0]/.test(String(value)))
      return toolFailed("TOOL_ARGUMENTS", `the header ${JSON.stringify(name)} cannot be sent`);
    own[name] = String(value);
  }
  if (method !== "GET") own["idempotency-key"] = context.idempotencyKey;
  const response = await guardedRequest(
    {
      url: String(url),
      method,
      headers: own,
      ...(body === undefined ? {} : { body: String(body) }),
      signal: context.signal,
      mayReach: context.mayReach,
    },
    { ...settings, redirectsMax: LIMITS.redirectsMax },
  );
  if (!response.ok) return { kind: "failed", failure: response.error, tainted: true };
  const { status, text } = response.value;
  if (status >= 400) return { kind: "failed", failure: statusFailure(status, response.value), tainted: true };
  const { url: from, headers: answered } = response.value;
  return {
    kind: "done",
    text,
    data: { status, url: from, contentType: answered["content-type"] ?? null, body: text },
    tainted: true,
  };
}

function statusFailure(
  status: number,
  { text, headers }: { readonly text: string; readonly headers: Readonly<Record<string, string>> },
) {
  const after = Number(headers["retry-after"]);
  return {
    code: status === 429 ? "HTTP_RATE_LIMITED" : status >= 500 ? "HTTP_UNAVAILABLE" : "HTTP_STATUS",
    message: `the answer's status is ${status}`,
    retryable: status === 429 || status >= 500,
    detail: {
      status,
      body: text.slice(0, 2_000),
      ...(after > 0 ? { retryAfterMs: after * 1_000 } : {}),
    },
  };
}
