import { z } from "zod";
import { FORBIDDEN_KEYS, type Json, type JsonObject } from "../../shared/json.ts";
import { err, ok, type Result } from "../../shared/result.ts";
import { schemaFaults } from "../../shared/schema-faults.ts";
import { errorWords } from "../error-words.ts";

/** The JSON value of an answer, held to the step's schema; the error says what is wrong as the rest of a sentence. */
export function readStepData(text: string, schema: JsonObject): Result<Json, string> {
  const unfenced = /^\s*```[a-z]*\s*\n([\s\S]*?)\n?```\s*$/i.exec(text)?.[1] ?? text;
  let value: Json;
  try {
    value = JSON.parse(unfenced, (key, inner: Json) => (FORBIDDEN_KEYS.has(key) ? undefined : inner)) as Json;
  } catch (error) {
    return err(`it is no JSON (${errorWords(error)})`);
  }
  const parsed = z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]).safeParse(value);
  return parsed.success ? ok(value) : err(`it breaks the schema: ${schemaFaults(parsed.error)}`);
}
