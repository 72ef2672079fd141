import type { Failure } from "../plan/outcome.ts";
import { AUTONOMY_LEVELS, type Autonomy } from "../shared/autonomy.ts";
import type { Json } from "../shared/json.ts";
import { err, ok, type Result } from "../shared/result.ts";
import type { ToolTerms } from "../shared/tool-names.ts";
import { type ExpressionScope, renderValue } from "../templates/expressions.ts";
import type { TaskTools } from "./ports.ts";

/** The tools of a task, every expression rendered. Failures: EXPRESSION_*, TOOLS_INVALID. */
export function renderTools(
  { use, autonomy, within, deadline }: ToolTerms,
  names: ExpressionScope,
): Result<TaskTools, Failure> {
  const rendered = renderValue({ use: use as Json, autonomy: autonomy ?? null }, names);
  if (!rendered.ok) {
    const { code, message } = rendered.error;
    return err({ code, message, retryable: false });
  }
  const { use: list, autonomy: level } = rendered.value as { use: Json; autonomy: Json };
  const tools = list === null || list === "" ? [] : list;
  if (!Array.isArray(tools) || tools.some((name) => typeof name !== "string"))
    return err(invalid("`tools`", "a list of names", tools));
  if (level !== null && !AUTONOMY_LEVELS.includes(level as Autonomy))
    return err(invalid("`autonomy`", `one of ${AUTONOMY_LEVELS.join(", ")}`, level));
  return ok({
    use: tools as string[],
    ...(level === null ? {} : { autonomy: level as Autonomy }),
    ...(within ? { within } : {}),
    ...(deadline ? { deadline } : {}),
  });
}

function invalid(what: string, expected: string, got: Json): Failure {
  const message = `${what}: expected ${expected}, got ${JSON.stringify(got).slice(0, 100)}`;
  return { code: "TOOLS_INVALID", message, retryable: false };
}
