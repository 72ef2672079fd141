import type { PerformContext, Performer, Task } from "../actors/ports.ts";
import type { Failure, Outcome } from "../plan/outcome.ts";
import { isJsonObject, type Json } from "../shared/json.ts";
import { nearestName } from "../shared/nearest-name.ts";
import { thrownWords } from "../shared/thrown-words.ts";

/** Work in this process. Answers an Outcome, a text (the output) or any JSON value (the data). */
export type AgentFunction = (task: Task, context: PerformContext) => unknown | Promise<unknown>;

/** The performer `function`: calls the function that a step names in its option `name`. */
export function createFunctionPerformer(functions: Readonly<Record<string, AgentFunction>>): Performer {
  const known = new Map(Object.entries(functions));
  return {
    name: "function",
    resources: ({ options: { name } }) => (typeof name === "string" ? [`function:${name}`] : []),
    async perform(task, context) {
      const { name } = task.options;
      if (typeof name !== "string" || name === "") {
        return failed("FUNCTION_UNKNOWN", "the step names no function", "set `name` beside `performer`");
      }
      const work = known.get(name);
      if (work === undefined) return unknownFunction(name, known.keys());
      try {
        return toOutcome(name, await work(task, context));
      } catch (thrown) {
        return crashed(name, thrown);
      }
    },
  };
}

function unknownFunction(name: string, names: Iterable<string>): Outcome {
  const all = [...names];
  const near = nearestName(name, all);
  const hint = near
    ? `did you mean \`${near}\`?`
    : all.length > 0
      ? `registered: ${all.sort().join(", ")}`
      : "no function is registered";
  return failed("FUNCTION_UNKNOWN", `there is no function \`${name}\``, hint);
}

function toOutcome(name: string, result: unknown): Outcome {
  if (isOutcome(result)) return result;
  if (typeof result === "string") return declared(result, undefined);
  if (result === undefined) return declared("", null);
  let data: Json;
  try {
    const text = JSON.stringify(result, holding);
    if (text === undefined) throw new TypeError(`a ${typeof result} is no JSON value`);
    data = JSON.parse(text) as Json;
  } catch (error) {
    return failed(
      "FUNCTION_RESULT",
      `\`${name}\` returned what JSON cannot hold: ${thrownWords(error)}`,
      "return an Outcome, a text, or plain data without cycles",
    );
  }
  return declared(`\`\`\`json\n${JSON.stringify(data, null, 2)}\n\`\`\``, data);
}

/** JSON takes these for `{}`: what they hold would be lost without a word. */
function holding(_: string, value: unknown): unknown {
  if (value instanceof Map || value instanceof Set || value instanceof Error)
    throw new TypeError(`nothing would remain of a ${value.constructor.name}`);
  return value;
}

function declared(output: string, data: Json | undefined): Outcome {
  return {
    kind: "completed",
    output,
    ...(data === undefined ? {} : { data }),
    confidence: { value: 1, source: "declared" },
  };
}

function isOutcome(value: unknown): value is Outcome {
  if (typeof value !== "object" || value === null || !("kind" in value)) return false;
  if (value.kind === "failed") {
    return "failure" in value && isJsonObject(value.failure) && typeof value.failure.code === "string";
  }
  if (value.kind === "asks") return "question" in value && typeof value.question === "string";
  return (
    value.kind === "completed" &&
    "output" in value &&
    typeof value.output === "string" &&
    "confidence" in value &&
    isJsonObject(value.confidence)
  );
}

function crashed(name: string, thrown: unknown): Outcome {
  const error = thrown instanceof Error ? thrown : new Error(thrownWords(thrown));
  const failure: Failure = {
    code: "FUNCTION_FAILED",
    message: `\`${name}\` threw: ${error.message}`,
    retryable: true,
    detail: { name: error.name, stack: (error.stack ?? "").slice(0, 8_000) },
  };
  return { kind: "failed", failure };
}

function failed(code: string, message: string, hint: string): Outcome {
  return { kind: "failed", failure: { code, message, retryable: false, hint } };
}
