import { isJsonObject, type Json, type JsonObject } from "../../shared/json.ts";
import { thrownWords } from "../../shared/thrown-words.ts";
import { type Tool, type ToolResult, toolFailed } from "./tool.ts";

/** A function of the embedding program that agents may call. */
export type ToolFunction = {
  readonly description: string;
  /** A JSON Schema whose root is an object; calls are held to it. */
  readonly inputSchema: JsonObject;
  /** `read`: it changes nothing. Default: `write`. */
  readonly access?: "read" | "write";
  /** Whether what it gives may hold text from outside; default: true. */
  readonly tainted?: boolean;
  /** Gives a text or any JSON value. */
  readonly call: (
    input: JsonObject,
    context: { readonly signal: AbortSignal; readonly idempotencyKey: string },
  ) => unknown;
};

/** `function:NAME` for each. Failures: FUNCTION_FAILED, FUNCTION_RESULT. */
export function functionTools(functions: Readonly<Record<string, ToolFunction>>): readonly Tool[] {
  return Object.entries(functions).map(
    ([name, { description, inputSchema, access = "write", tainted = true, call }]) => ({
      name: `function:${name}`,
      description,
      inputSchema,
      access,
      call: async (input, { signal, idempotencyKey }): Promise<ToolResult> => {
        let value: unknown;
        try {
          value = await call(input, { signal, idempotencyKey });
        } catch (thrown) {
          const failure = { code: "FUNCTION_FAILED", message: thrownWords(thrown), retryable: true };
          return { kind: "failed", failure, tainted };
        }
        return resultOf(name, value, tainted);
      },
    }),
  );
}

function resultOf(name: string, value: unknown, tainted: boolean): ToolResult {
  if (typeof value === "string") return { kind: "done", text: value, tainted };
  try {
    const text = JSON.stringify(value ?? null);
    const data = JSON.parse(text) as Json;
    return { kind: "done", text, data: isJsonObject(data) ? data : { value: data }, tainted };
  } catch {
    return toolFailed("FUNCTION_RESULT", `\`${name}\` returned what JSON cannot hold`);
  }
}
