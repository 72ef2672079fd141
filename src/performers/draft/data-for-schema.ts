import { isJsonObject, type Json, type JsonObject } from "../../shared/json.ts";

/** How deep a made-up value may nest. */
const DEEPEST = 8;

/**
 * Data that keeps to the common words of a JSON Schema (draft-07: type, const, enum, default, properties, required, items, minItems, minimum,
 * minLength): members of `known` are taken where they fit, the rest are the plainest values allowed.
 */
export function dataForSchema(schema: JsonObject, known: JsonObject): Json {
  return valueFor(schema, known, 0);
}

function valueFor(schema: JsonObject, known: Json | undefined, depth: number): Json {
  if (schema.const !== undefined) return schema.const;
  const allowed = schema.enum;
  if (Array.isArray(allowed) && allowed.length > 0) {
    return known !== undefined && allowed.includes(known) ? known : allowed[0]!;
  }
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  switch (type ?? (isJsonObject(schema.properties) ? "object" : undefined)) {
    case "object":
      return objectFor(schema, isJsonObject(known) ? known : {}, depth);
    case "array":
      return arrayFor(schema, known, depth);
    case "string":
      return textFor(schema, known);
    case "number":
    case "integer":
      return numberFor(schema, known);
    case "boolean":
      return typeof known === "boolean" ? known : (schema.default ?? false);
    case "null":
      return null;
    default:
      return known ?? schema.default ?? null;
  }
}

function objectFor(schema: JsonObject, known: JsonObject, depth: number): Json {
  const properties = isJsonObject(schema.properties) ? schema.properties : {};
  const required = Array.isArray(schema.required) ? schema.required.map(String) : [];
  const closed = schema.additionalProperties === false;
  const result: JsonObject = {};
  for (const name of new Set([
    ...Object.keys(closed ? {} : known),
    ...Object.keys(properties),
    ...required,
  ])) {
    const inner = Object.hasOwn(properties, name) ? properties[name] : undefined;
    const given = Object.hasOwn(known, name) ? known[name] : undefined;
    if (isJsonObject(inner)) {
      if (depth < DEEPEST && (required.includes(name) || given !== undefined))
        result[name] = valueFor(inner, given, depth + 1);
    } else if (given !== undefined || required.includes(name)) result[name] = given ?? null;
  }
  return result;
}

function arrayFor(schema: JsonObject, known: Json | undefined, depth: number): Json {
  const items = isJsonObject(schema.items) ? schema.items : {};
  const least = typeof schema.minItems === "number" ? Math.min(schema.minItems, 100) : 0;
  const given = Array.isArray(known) ? known : [];
  const most = typeof schema.maxItems === "number" ? schema.maxItems : given.length;
  const values = given.slice(0, Math.max(most, least)).map((value) => valueFor(items, value, depth + 1));
  while (values.length < least) values.push(valueFor(items, undefined, depth + 1));
  return values;
}

function textFor(schema: JsonObject, known: Json | undefined): Json {
  const text =
    typeof known === "string" ? known : typeof schema.default === "string" ? schema.default : "draft";
  const least = typeof schema.minLength === "number" ? schema.minLength : 0;
  return text.padEnd(Math.min(least, 10_000), ".");
}

function numberFor(schema: JsonObject, known: Json | undefined): Json {
  const least = typeof schema.minimum === "number" ? schema.minimum : undefined;
  const most = typeof schema.maximum === "number" ? schema.maximum : undefined;
  const number =
    typeof known === "number" ? known : typeof schema.default === "number" ? schema.default : (least ?? 0);
  const bounded = Math.min(most ?? number, Math.max(least ?? number, number));
  return schema.type === "integer" ? Math.round(bounded) : bounded;
}
