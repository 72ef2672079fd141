import { z } from "zod";

/**
 * What routes answer, as the API's description tells it. Answers are not held to these schemas while a server runs; the tests
 * hold every answer that they get to them.
 */

/** Schemas with a name of their own in the description, which others refer to by that name. */
const NAMED = z.registry<{ readonly id: string }>();

/** Gives a schema a name in the API's description. */
export function named<T extends z.ZodType>(id: string, schema: T): T {
  NAMED.add(schema, { id });
  return schema;
}

/** Any value that JSON can hold. */
export const anyJson = z.any().describe("Any JSON.");

export const count = z.number().int().min(0);
/** A share from 0 to 1. */
export const share = z.number().min(0).max(1);
export const ms = z.number();
export const texts = z.array(z.string());

/** What one status of a route is answered with. */
export type AnswerBody = {
  readonly description: string;
  /** Default: JSON. */
  readonly mediaType?: string;
  /** Default: a text. Must have a name. */
  readonly schema?: z.ZodType;
};

/** By HTTP status. Refusals are not named here: any route may answer with a problem. */
export type Answers = Readonly<Record<number, AnswerBody>>;

export const JSON_MEDIA = "application/json";

const refer = (id: string): string => `#/components/schemas/${id}`;

/** The name under which a schema stands in the description. */
export function referenceTo(schema: z.ZodType): { readonly $ref: string } {
  const id = NAMED.get(schema)?.id;
  if (id === undefined) throw new Error("what a route answers has no name");
  return { $ref: refer(id) };
}

/** Every named schema as JSON Schema. Members that are not described may be added to answers: clients are to ignore them. */
export function namedSchemas(): Readonly<Record<string, object>> {
  const { schemas } = z.toJSONSchema(NAMED, {
    io: "output",
    unrepresentable: "any",
    uri: refer,
    override: ({ zodSchema, jsonSchema }) => {
      if (zodSchema instanceof z.ZodObject && jsonSchema.additionalProperties === false)
        delete jsonSchema.additionalProperties;
    },
  });
  return Object.fromEntries(
    Object.entries(schemas).map(([id, { $id: _, $schema: __, id: ___, ...schema }]) => [id, schema]),
  );
}
