import { Output, type Template, TokenKind, toValueSync } from "liquidjs";
import type { Diagnostic } from "../shared/diagnostic.ts";
import { ok, type Result } from "../shared/result.ts";
import { guarded } from "./expression-errors.ts";
import { hasExpression, parseText } from "./expression-parser.ts";
import type { ExpressionScope } from "./expressions.ts";
import { LimitedEmitter, liquid, sandboxContext } from "./liquid-sandbox.ts";

/**
 * Renders a prompt as `renderText` does, and says nothing of what is not there: a labelled expression (`Goal: {{ goal }}.`) that gives
 * nothing is left out with its label, and with its line where nothing else stands in it. Failures: as of `renderText`.
 */
export function renderPrompt(template: string, scope: ExpressionScope): Result<string, Diagnostic> {
  if (!hasExpression(template)) return ok(template);
  return guarded(template, () => {
    const context = sandboxContext(scope);
    const prompt = new LimitedEmitter();
    let label = "";
    let isLeftOut = false;
    for (const part of parseText(template).parts) {
      const start = prompt.buffer.length;
      const isText = part.token.kind === TokenKind.HTML;
      // Nothing of a text can fail but its length.
      const rendering = isText
        ? part.render(context, prompt)
        : liquid.renderer.renderTemplates([part], context, prompt);
      toValueSync(rendering as never);
      const before = prompt.buffer.slice(0, start);
      const said = prompt.buffer.slice(start);
      const leavesOut = label !== "" && givesNothing(part, said);
      if (leavesOut) prompt.buffer = before.slice(0, -label.length);
      else if (isLeftOut) prompt.buffer = joined(before, said);
      label = isText ? labelAt(prompt.buffer, start) : "";
      isLeftOut = leavesOut;
    }
    return prompt.buffer;
  });
}

/** The label with which a text ends, if what comes from `start` on holds it whole: from where a line, sentence or clause begins to a colon. */
function labelAt(text: string, start: number): string {
  const begin = Math.max(0, Math.min(start, text.length) - 1);
  return /(?<=[.;\n])[^.;:\n]+:[ \t]*$/.exec(begin === 0 ? `\n${text}` : text.slice(begin))?.[0] ?? "";
}

const JSON_FILTERS: readonly string[] = ["json", "jsonify", "inspect"];
const NOTHING_IN_JSON: readonly string[] = ["null", '""', "[]", "{}"];

function givesNothing(part: Template, said: string): boolean {
  if (!(part instanceof Output)) return false;
  if (said.trim() === "") return true;
  return NOTHING_IN_JSON.includes(said) && part.value.filters.some(({ name }) => JSON_FILTERS.includes(name));
}

/** What follows something that was left out: without the stop that ended it, and without the rest of its line where that is empty now. */
function joined(before: string, after: string): string {
  const rest = after.replace(/^[.;]/, "");
  if (before !== "" && !before.endsWith("\n")) return before + rest;
  return before + rest.replace(/^[ \t]+/, "").replace(/^\r?\n/, "");
}
