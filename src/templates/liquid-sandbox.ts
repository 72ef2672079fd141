import {
  filters as builtInFilters,
  tags as builtInTags,
  Context,
  Drop,
  type Emitter,
  Liquid,
} from "liquidjs";
import { FORBIDDEN_KEYS } from "../shared/json.ts";
import { LIMITS } from "../shared/limits.ts";

/**
 * The one LiquidJS engine, closed to the world.
 *
 * Owns: which tags and filters exist, how values print, and what one rendering may use.
 * Does not own: parsing caches and the public functions (expressions.ts).
 *
 * I1 No tag or filter reads a file, a clock or randomness, or evaluates a text as an expression.
 * I2 Only own properties are read; `__proto__`, `constructor` and `prototype` yield nothing even when they are own.
 * I3 Steps, memory and output of one rendering are limited, by counts alone: no clock decides what a text gives.
 * I4 An object or array never prints as `[object Object]`.
 */

/** Tags that templates may use; `include`, `render`, `layout` and `block` read files, the rest of the missing ones print HTML. */
const TAGS = [
  "assign",
  "capture",
  "case",
  "comment",
  "cycle",
  "for",
  "if",
  "unless",
  "break",
  "continue",
  "raw",
  "#",
] as const;

/** Filters whose arguments are texts: an object among them is written as JSON first. */
const TEXT_FILTERS = [
  "append",
  "prepend",
  "downcase",
  "upcase",
  "capitalize",
  "strip",
  "lstrip",
  "rstrip",
  "strip_newlines",
  "strip_html",
  "squish",
  "normalize_whitespace",
  "newline_to_br",
  "remove",
  "remove_first",
  "remove_last",
  "replace",
  "replace_first",
  "replace_last",
  "split",
  "truncate",
  "truncatewords",
  "number_of_words",
  "escape",
  "escape_once",
  "xml_escape",
  "url_encode",
  "url_decode",
  "cgi_escape",
  "uri_escape",
  "slugify",
  "base64_encode",
  "base64_decode",
  "sha256",
] as const;

/** Filters that print the elements of a list: each element that is an object is written as JSON first. */
const LIST_TEXT_FILTERS = ["join", "array_to_sentence_string"] as const;

/** Filters on values of any type. `date*` reads the clock, `sample` is random, `*_exp` evaluates text: left out. */
const VALUE_FILTERS = [
  "abs",
  "at_least",
  "at_most",
  "ceil",
  "divided_by",
  "floor",
  "minus",
  "modulo",
  "plus",
  "times",
  "round",
  "to_integer",
  "first",
  "last",
  "reverse",
  "sort",
  "sort_natural",
  "size",
  "map",
  "sum",
  "compact",
  "concat",
  "push",
  "unshift",
  "pop",
  "shift",
  "slice",
  "where",
  "reject",
  "group_by",
  "has",
  "find",
  "find_index",
  "uniq",
  "default",
  "json",
  "jsonify",
  "inspect",
] as const;

export const ALLOWED_TAGS: readonly string[] = TAGS;
export const ALLOWED_FILTERS: readonly string[] = [...TEXT_FILTERS, ...LIST_TEXT_FILTERS, ...VALUE_FILTERS];

type FilterThis = { context: Context; token: unknown; liquid: Liquid };
type FilterFunction = (this: FilterThis, ...values: unknown[]) => unknown;

export const liquid: Liquid = createEngine();

function createEngine(): Liquid {
  const engine = new Liquid({
    // An empty mapping in place of the file system: whatever is asked for does not exist (I1).
    templates: {},
    relativeReference: false,
    dynamicPartials: false,
    ownPropertyOnly: true,
    strictFilters: true,
    strictVariables: false,
    timezoneOffset: 0,
    locale: "en-US",
    parseLimit: LIMITS.templateFileBytes,
    memoryLimit: LIMITS.expressionMemory,
    outputEscape: printForOutput as (value: unknown) => string,
  });
  for (const name of Object.keys(builtInTags)) {
    if (!ALLOWED_TAGS.includes(name)) delete engine.tags[name];
  }
  for (const name of Object.keys(builtInFilters)) {
    if (ALLOWED_FILTERS.includes(name)) engine.registerFilter(name, limitedFilter(name));
    else engine.unregisterFilter(name);
  }
  return engine;
}

/** The built-in filter with its texts printed our way, and a step and text size charged before it starts (I3, I4). */
function limitedFilter(name: string): FilterFunction {
  const registered = (builtInFilters as Record<string, unknown>)[name];
  const inner = (
    typeof registered === "function" ? registered : (registered as { handler: unknown }).handler
  ) as FilterFunction;
  const asTexts = (TEXT_FILTERS as readonly string[]).includes(name);
  const asList = (LIST_TEXT_FILTERS as readonly string[]).includes(name);
  return function limited(...values) {
    this.context.renderLimit.check(1);
    const given = asTexts
      ? values.map(textIfObject)
      : asList
        ? [listOfTexts(values[0]), ...values.slice(1)]
        : values;
    for (const value of given) if (typeof value === "string") this.context.memoryLimit.use(value.length);
    return inner.apply(this, given);
  };
}

function textIfObject(value: unknown): unknown {
  return typeof value === "object" && value !== null ? printValue(value) : value;
}

function listOfTexts(value: unknown): unknown {
  return Array.isArray(value) ? value.map(textIfObject) : textIfObject(value);
}

/** What `{{ }}` writes: charged to the memory limit, so that captures that double themselves end (I3). */
function printForOutput(this: FilterThis, value: unknown): string {
  const text = printValue(value);
  this.context.memoryLimit.use(text.length);
  return text;
}

/** A value as text: nothing for null, a list of scalars joined by `, `, other lists and objects as compact JSON (I4). */
export function printValue(value: unknown): string {
  const plain: unknown = value instanceof Drop ? value.valueOf() : value;
  if (plain === null || plain === undefined || typeof plain === "function") return "";
  if (typeof plain !== "object") return String(plain);
  if (Array.isArray(plain) && plain.every((item) => typeof item !== "object" || item === null)) {
    return plain.map(printValue).join(", ");
  }
  return JSON.stringify(plain) ?? "";
}

/** A scope that gives nothing for the keys that lead to prototypes (I2). */
class SandboxContext extends Context {
  override readProperty(...[object, key]: Parameters<Context["readProperty"]>): unknown {
    if (FORBIDDEN_KEYS.has(String(key))) return undefined;
    return super.readProperty(object, key);
  }

  override spawn(scope: object = {}): Context {
    const { memoryLimit, renderLimit } = this;
    return new SandboxContext(scope, this.opts, { sync: true }, { memoryLimit, renderLimit, liquid });
  }
}

/** In place of LiquidJS's limit of wall time: on a busy machine a run and its replay would part (I3). */
class Steps {
  #taken = 0;

  check(): void {
    if (++this.#taken > LIMITS.expressionSteps) throw new RangeError("template render limit exceeded");
  }

  use(): void {}
}

/** A fresh context for one rendering; its steps are counted from here. */
export function sandboxContext(scope: object): Context {
  const renderLimit = new Steps() as unknown as Context["renderLimit"];
  return new SandboxContext(scope, liquid.options, { sync: true }, { renderLimit, liquid });
}

/** Collects rendered text up to the output limit, in UTF-16 units (I3). */
export class LimitedEmitter implements Emitter {
  buffer = "";

  write(chunk: unknown): void {
    this.buffer += typeof chunk === "string" ? chunk : printValue(chunk);
    if (this.buffer.length > LIMITS.expressionCharacters) throw new RangeError("output limit exceeded");
  }
}
