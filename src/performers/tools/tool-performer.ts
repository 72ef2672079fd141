import type { PerformContext, Performer, Task } from "../../actors/ports.ts";
import type { Confidence, Failure, Outcome } from "../../plan/outcome.ts";
import { hashJson } from "../../shared/hash.ts";
import { isJsonObject, type Json, type JsonObject } from "../../shared/json.ts";
import { nearestName } from "../../shared/nearest-name.ts";
import { err, ok, type Result } from "../../shared/result.ts";
import { optionNames } from "../../shared/step-options.ts";
import { judgeCall } from "./border.ts";
import { isTrustedHost } from "./reaches.ts";
import type { Tool, ToolResult } from "./tool.ts";
import { checkInput } from "./tool-input.ts";
import { type ToolPerformerName, toolResources } from "./tool-resources.ts";
import { sightOf, type ToolUse } from "./tool-use.ts";

/** What a step's options ask for: a tool by its name, and its input. */
type Wanted = { readonly tool: string; readonly input: JsonObject };

/** Of what the outside says nothing was checked but that it was said. */
const CONFIDENCE: Readonly<Record<ToolPerformerName, Confidence>> = {
  files: { value: 1, source: "checked" },
  http: { value: 0.8, source: "declared" },
  mcp: { value: 0.8, source: "declared" },
  a2a: { value: 0.6, source: "declared" },
};

/** `run: { performer: http | files | mcp | a2a, ... }`. Failures: TOOL_*, and those of the tool. */
export function createToolPerformer(name: ToolPerformerName, use: ToolUse): Performer {
  return {
    name,
    resources: (task) => toolResources(name, task),
    async perform(task, context) {
      const wanted = wantedOf(name, task.options);
      if (!wanted.ok) return failed(wanted.error);
      const found = await (await use.toolbox()).find(wanted.value.tool);
      if (!found.ok) return failed(found.error);
      const input = checkInput(found.value.inputSchema, wanted.value.input);
      if (!input.ok) return failed(failure("TOOL_ARGUMENTS", `${found.value.name}: ${input.error}`));
      return perform(name, found.value, input.value, { task, context, use, wanted: wanted.value });
    },
  };
}

type Doing = {
  readonly task: Task;
  readonly context: PerformContext;
  readonly use: ToolUse;
  readonly wanted: Wanted;
};

async function perform(
  name: ToolPerformerName,
  tool: Tool,
  input: JsonObject,
  { task, context, use, wanted }: Doing,
): Promise<Outcome> {
  const sight = sightOf(task, use, "high");
  const strange = isForeignName(name, wanted, task)
    ? `the tool ${wanted.tool} may be named by text from outside`
    : null;
  const verdict = judgeCall(tool, input, sight);
  const why = strange ?? (verdict.kind === "ask" ? verdict.why : null);
  const mark = hashJson({ tool: tool.name, input });
  // What the options say may have changed since: a decision is about the call that was shown.
  const decision = task.resumed?.state === mark ? task.resumed : undefined;
  if (decision && !decision.approved)
    return failed(failure("TOOL_REJECTED", `the call of ${tool.name} was rejected`));
  if (why !== null && !decision) {
    const shown = JSON.stringify(input, null, 1).slice(0, 8_000);
    const { deadline } = use;
    const question = `May ${task.path} call ${tool.name}? ${why}.\n${shown}`;
    return { kind: "asks", question, state: mark, ...(deadline ? { deadline } : {}) };
  }
  const result = await tool.call(input, {
    runId: task.runId,
    signal: context.signal,
    idempotencyKey: context.idempotencyKey,
    mayReach: (host) => !sight.isTainted || isTrustedHost(host, sight.trust),
  });
  return outcomeOf(name, result);
}

/** Whether what is called would be another thing without the text from outside. */
function isForeignName(name: ToolPerformerName, { tool }: Wanted, { untainted }: Task): boolean {
  if (!untainted) return false;
  const own = wantedOf(name, untainted.options);
  return !own.ok || own.value.tool !== tool;
}

function outcomeOf(name: ToolPerformerName, result: ToolResult): Outcome {
  if (result.kind === "failed") return failed(result.failure);
  const { text, data, tainted } = result;
  return {
    kind: "completed",
    output: text,
    data: data ?? { text },
    confidence: CONFIDENCE[name],
    ...(tainted ? { tainted } : {}),
  };
}

const ACTIONS = ["read", "list", "write"];

function wantedOf(name: ToolPerformerName, options: JsonObject): Result<Wanted, Failure> {
  const known = optionNames(name);
  for (const key of Object.keys(options)) {
    if (known.includes(key)) continue;
    const near = nearestName(key, known);
    return err(
      failure("TOOL_ARGUMENTS", `unknown option \`${key}\``, near ? `did you mean \`${near}\`?` : undefined),
    );
  }
  const { method = "GET", action, server, tool, agent, arguments: given = {}, ...input } = options;
  switch (name) {
    case "http":
      return method === "GET"
        ? ok({ tool: "http.get", input })
        : ok({ tool: "http.send", input: { method, ...input } });
    case "files":
      return isOneOf(action, ACTIONS)
        ? ok({ tool: `files.${action}`, input })
        : err(
            failure(
              "TOOL_ARGUMENTS",
              `\`action\` must be one of ${ACTIONS.join(", ")}, got ${shown(action)}`,
            ),
          );
    case "mcp":
      if (!isName(server) || !isName(tool))
        return err(failure("TOOL_ARGUMENTS", "`server` and `tool` must be names"));
      return isJsonObject(given)
        ? ok({ tool: `mcp:${server}/${tool}`, input: given })
        : err(failure("TOOL_ARGUMENTS", `\`arguments\` must be an object, got ${shown(given)}`));
    case "a2a":
      return isName(agent)
        ? ok({ tool: `a2a:${agent}`, input })
        : err(failure("TOOL_ARGUMENTS", `\`agent\` must be a name, got ${shown(agent)}`));
  }
}

function isOneOf(value: Json | undefined, values: readonly string[]): value is string {
  return typeof value === "string" && values.includes(value);
}

function isName(value: Json | undefined): value is string {
  return typeof value === "string" && /^[\w.-]{1,100}$/.test(value);
}

function shown(value: Json | undefined): string {
  return value === undefined ? "nothing" : JSON.stringify(value).slice(0, 80);
}

function failure(code: string, message: string, hint?: string): Failure {
  return { code, message, retryable: false, ...(hint === undefined ? {} : { hint }) };
}

function failed(failure: Failure): Outcome {
  return { kind: "failed", failure };
}
