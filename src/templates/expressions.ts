import { isTruthy, toValueSync, type Value } from "liquidjs";
import type { Diagnostic } from "../shared/diagnostic.ts";
import { isJsonObject, type Json, type JsonObject } from "../shared/json.ts";
import { LIMITS } from "../shared/limits.ts";
import { err, ok, type Result } from "../shared/result.ts";
import { guarded, limitDiagnostic } from "./expression-errors.ts";
import { hasExpression, parseExpression, parseText, pathsRead, pathsReadBy } from "./expression-parser.ts";
import { LimitedEmitter, liquid, sandboxContext } from "./liquid-sandbox.ts";

/** What expressions see: parameters and loop variables under their own names, `steps`, `previous`, `context`, `board`. */
export type ExpressionScope = Readonly<Record<string, unknown>>;

/**
 * Renders a text with `{{ }}` and `{% %}` against a scope; text without either comes back as it is.
 * Fails with EXPRESSION_SYNTAX, EXPRESSION_LIMIT or EXPRESSION_FAILED.
 */
export function renderText(template: string, scope: ExpressionScope): Result<string, Diagnostic> {
  if (!hasExpression(template)) return ok(template);
  return guarded(template, () => {
    const emitter = new LimitedEmitter();
    const parts = [...parseText(template).parts];
    toValueSync(liquid.renderer.renderTemplates(parts, sandboxContext(scope), emitter) as never);
    return emitter.buffer;
  });
}

/**
 * Renders every text inside a JSON value. A text that is exactly one `{{ expression }}` becomes that expression's
 * value with its type (null when it reads nothing); keys stay as they are.
 */
export function renderValue(value: Json, scope: ExpressionScope): Result<Json, Diagnostic> {
  if (typeof value === "string") return renderString(value, scope);
  if (Array.isArray(value)) {
    const items: Json[] = [];
    for (const item of value) {
      const rendered = renderValue(item, scope);
      if (!rendered.ok) return rendered;
      items.push(rendered.value);
    }
    return ok(items);
  }
  if (!isJsonObject(value)) return ok(value);
  const members: JsonObject = {};
  for (const key of Object.keys(value)) {
    const rendered = renderValue(value[key] ?? null, scope);
    if (!rendered.ok) return rendered;
    members[key] = rendered.value;
  }
  return ok(members);
}

function renderString(text: string, scope: ExpressionScope): Result<Json, Diagnostic> {
  if (!hasExpression(text)) return ok(text);
  const parsed = guarded(text, () => parseText(text));
  if (!parsed.ok) return parsed;
  const { whole } = parsed.value;
  return whole ? guarded(text, () => evaluate(whole, scope)) : renderText(text, scope);
}

/** Judges a bare condition such as `language == 'rust' and steps.design.data`; only null and false are false. */
export function evaluateCondition(expression: string, scope: ExpressionScope): Result<boolean, Diagnostic> {
  return guarded(expression, () => {
    const context = sandboxContext(scope);
    const value: unknown = toValueSync(parseExpression(expression).value(context) as never);
    return isTruthy(value, context);
  });
}

/**
 * The elements of a `forEach`: a text is an expression that gives the list, a list has its elements rendered.
 * Fails with EXPRESSION_NOT_A_LIST, or EXPRESSION_LIMIT past LIMITS.forEachItems elements.
 */
export function evaluateItems(items: Json, scope: ExpressionScope): Result<Json[], Diagnostic> {
  const evaluated =
    typeof items === "string"
      ? guarded(items, () => evaluate(parseExpression(items), scope))
      : renderValue(items, scope);
  if (!evaluated.ok) return evaluated;
  const list = evaluated.value;
  const place = typeof items === "string" ? `expression ${JSON.stringify(items)}` : "forEach";
  if (!Array.isArray(list)) return err(notAList(place, list));
  if (list.length > LIMITS.forEachItems) {
    return err(limitDiagnostic(place, `at most ${LIMITS.forEachItems} elements`, `${list.length} elements`));
  }
  return ok(list);
}

function notAList(place: string, got: Json): Diagnostic {
  return {
    code: "EXPRESSION_NOT_A_LIST",
    severity: "error",
    message: "forEach needs a list, with one element for each agent",
    place,
    expected: "a list",
    got:
      got === null
        ? "nothing"
        : isJsonObject(got)
          ? "an object"
          : `the ${typeof got} ${JSON.stringify(got).slice(0, 60)}`,
    hint:
      got === null ? "give the parameter a default, such as []" : "put a single value into a list: [value]",
  };
}

/**
 * Every global path that the texts inside a value read, such as `["steps", "design", "output"]`, each once.
 * A path ends before an index that is itself an expression; the paths of that one are listed too.
 */
export function readsOf(value: Json | undefined): Result<readonly string[][], Diagnostic> {
  const found = new Map<string, string[]>();
  for (const text of textsIn(value)) {
    const reads = guarded(text, () => pathsRead(parseText(text).parts));
    if (!reads.ok) return reads;
    for (const path of reads.value) found.set(path.join("\0"), path);
  }
  return ok([...found.values()]);
}

/** The same for one bare expression, as in `when` and `forEach`. */
export function readsOfExpression(expression: string): Result<readonly string[][], Diagnostic> {
  return guarded(expression, () => pathsReadBy(parseExpression(expression)));
}

/** Every text with an expression inside a value; keys are no expressions. */
function* textsIn(value: Json | undefined): Generator<string> {
  if (typeof value === "string") {
    if (hasExpression(value)) yield value;
  } else if (Array.isArray(value)) {
    for (const item of value) yield* textsIn(item);
  } else if (isJsonObject(value)) {
    for (const key of Object.keys(value)) yield* textsIn(value[key]);
  }
}

function evaluate(value: Value, scope: ExpressionScope): Json {
  const result: unknown = toValueSync(value.value(sandboxContext(scope)) as never);
  return isJson(result) ? result : toJson(result);
}

/** Whether a result is JSON as it stands, so that it can be handed on without a copy. */
function isJson(value: unknown): value is Json {
  if (value === null || typeof value === "string" || typeof value === "boolean") return true;
  if (typeof value === "number") return Number.isFinite(value);
  if (Array.isArray(value)) return value.every(isJson);
  if (typeof value !== "object") return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return false;
  return Object.keys(value).every((key) => isJson((value as Record<string, unknown>)[key]));
}

function toJson(value: unknown): Json {
  if (typeof value === "number" && !Number.isFinite(value)) {
    throw new TypeError(`the result is ${value}, which is no finite number`);
  }
  if (isJson(value)) return value;
  if (Array.isArray(value)) return value.map(toJson);
  if (typeof value !== "object" || value === null) return null;
  // LiquidJS's own objects (`empty`, `blank`) stand for a plain value.
  const plain: unknown = value.valueOf();
  if (plain !== value) return toJson(plain);
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, toJson(member)]));
}
