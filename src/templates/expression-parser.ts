import { analyzeSync, Output, type Template, Tokenizer, toValueSync, Value, Variable } from "liquidjs";
import { BadExpression } from "./expression-errors.ts";
import { liquid } from "./liquid-sandbox.ts";
import { ParseCache } from "./parse-cache.ts";

/** A parsed text; `whole` is present when the text is exactly one `{{ expression }}`. */
type ParsedText = { readonly parts: readonly Template[]; readonly whole?: Value };

const texts = new ParseCache<ParsedText>();
const expressions = new ParseCache<Value>();
/** What each of them reads: asked again for every command of a template. */
const reads = new WeakMap<ParsedText["parts"] | Value, readonly string[][]>();

export function hasExpression(text: string): boolean {
  return text.includes("{{") || text.includes("{%");
}

/** Parses a text with `{{ }}` and `{% %}`, or hands back what was parsed before. Throws on bad syntax. */
export function parseText(text: string): ParsedText {
  return texts.get(text, () => {
    const parts = liquid.parse(text);
    for (const part of parts) assertComplete(part);
    const trimmed = text.trim();
    const alone = trimmed === text ? parts : liquid.parse(trimmed);
    if (alone.length !== 1 || !(alone[0] instanceof Output)) return { parts };
    // Read anew: the parsed output carries the filter that turns its value into text.
    return { parts, whole: readExpression(trimmed.slice(2, -2).replace(/^-|-$/g, "")) };
  });
}

/** Parses a bare expression; one wrapped in `{{ }}` is accepted too. Throws on bad syntax. */
export function parseExpression(expression: string): Value {
  return expressions.get(expression, () => {
    if (!hasExpression(expression)) return readExpression(expression);
    const { whole } = parseText(expression);
    if (whole) return whole;
    throw new BadExpression("a condition or list is one expression, with no text around it", expression);
  });
}

/** Every global path that parsed templates read, each once; a path ends before an index that is an expression. */
export function pathsRead(parts: readonly Template[]): readonly string[][] {
  return once(parts, parts);
}

/** The same for one expression: the analysis takes templates, so one with that only argument stands in. */
export function pathsReadBy(expression: Value): readonly string[][] {
  return once(expression, [{ arguments: () => [expression] } as unknown as Template]);
}

function once(parsed: ParsedText["parts"] | Value, parts: readonly Template[]): readonly string[][] {
  const known = reads.get(parsed);
  if (known) return known;
  const { globals } = analyzeSync([...parts], { partials: false });
  const paths = new Map<string, string[]>();
  for (const variable of Object.values(globals).flat()) {
    const dynamic = variable.segments.findIndex((segment) => segment instanceof Variable);
    const path = variable.segments.slice(0, dynamic < 0 ? undefined : dynamic).map(String);
    paths.set(path.join("\0"), path);
  }
  const found = [...paths.values()];
  reads.set(parsed, found);
  return found;
}

function readExpression(expression: string): Value {
  const tokenizer = new Tokenizer(expression, liquid.options.operators);
  const token = tokenizer.readFilteredValue();
  tokenizer.skipBlank();
  if (!tokenizer.end())
    throw new BadExpression("the expression ends before its text does", tokenizer.remaining());
  const value = new Value(token, liquid);
  assertOneOperand(value, expression);
  return value;
}

/** LiquidJS reads `{{ a b }}` as `a`; such a slip is refused instead. */
function assertComplete(part: Template): void {
  for (const argument of part.arguments?.() ?? []) {
    if (argument instanceof Value) assertOneOperand(argument, part.token.getText());
  }
  const children = part.children ? (toValueSync(part.children(false, true) as never) as Template[]) : [];
  for (const child of children) assertComplete(child);
}

function assertOneOperand(value: Value, text: string): void {
  let operands = 0;
  for (const token of value.initial.postfix) {
    const operator = (token as { operator?: string }).operator;
    if (operator === undefined) {
      operands += 1;
      continue;
    }
    const wanted = operator === "not" ? 1 : 2;
    if (operands < wanted) throw new BadExpression(`"${operator}" lacks a value`, text);
    operands -= wanted - 1;
  }
  if (operands !== 1) throw new BadExpression("an operator or filter is missing between two values", text);
}
