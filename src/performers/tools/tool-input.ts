import { z } from "zod";
import { hashJson } from "../../shared/hash.ts";
import { isJsonObject, type Json, type JsonObject } from "../../shared/json.ts";
import { err, ok, type Result } from "../../shared/result.ts";
import { schemaFaults } from "../../shared/schema-faults.ts";

const schemas = new Map<string, z.ZodType | null>();
const SCHEMAS_KEPT = 512;

/** An input, held to its tool's schema; or what is wrong with it. A schema that cannot be read is left to whoever declared it. */
export function checkInput(schema: JsonObject, input: Json): Result<JsonObject, string> {
  if (!isJsonObject(input)) return err(`expected a JSON object, got ${JSON.stringify(input).slice(0, 200)}`);
  const parsed = schemaOf(schema)?.safeParse(input);
  return parsed && !parsed.success ? err(schemaFaults(parsed.error)) : ok(input);
}

function schemaOf(schema: JsonObject): z.ZodType | null {
  const key = hashJson(schema);
  const known = schemas.get(key);
  if (known !== undefined) return known;
  if (schemas.size >= SCHEMAS_KEPT) schemas.clear();
  let made: z.ZodType | null = null;
  try {
    made = z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]);
  } catch {
    // A server's schema may use what we cannot read: the server then checks alone.
  }
  schemas.set(key, made);
  return made;
}
