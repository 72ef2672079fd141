import { readFileSync } from "node:fs";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import type { Answer } from "./ask.ts";

type Content = Readonly<Record<string, { readonly schema: object }>>;
type Responses = Readonly<Record<string, { readonly content: Content }>>;

/** The API's description, as the documents have it. */
export type Description = {
  readonly openapi: string;
  readonly paths: Readonly<
    Record<
      string,
      Readonly<
        Record<
          string,
          {
            readonly summary?: string;
            readonly requestBody?: object;
            readonly responses: Responses;
            readonly security?: readonly object[];
            readonly "x-permission"?: string;
          }
        >
      >
    >
  >;
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
};

export const DESCRIPTION_FILE = new URL("../../../docs/reference/openapi.schema.json", import.meta.url)
  .pathname;

/** Holds answers to the description: their status, media type, and every member of their bodies. */
export class DescribedAnswers {
  readonly #api: Description;
  readonly #ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
  readonly #validators = new Map<object, ValidateFunction>();

  constructor(api: Description) {
    this.#api = api;
    // A member that nobody has described is a fault here, though clients are to put up with it.
    this.#ajv.addSchema({ $id: "api", components: closed(api.components) as object });
  }

  /** What of an answer is not as described; empty: nothing. */
  faultsOf(method: string, path: string, { status, headers, text }: Answer): readonly string[] {
    const responses = this.#responses(method, path.split("?")[0]!);
    const content = (responses[status] ?? responses.default)?.content;
    if (!content) return [`${status} is not described`];
    const mediaType = (headers["content-type"] ?? "").split(";")[0]!;
    const { schema } = content[mediaType] ?? content["*/*"] ?? {};
    if (!schema) return [`${status} as ${mediaType || "nothing"}: only ${Object.keys(content).join()}`];
    if (!mediaType.endsWith("json")) return [];
    const validate = this.#validator(schema);
    if (validate(JSON.parse(text))) return [];
    return validate.errors!.map(
      ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
    );
  }

  #responses(method: string, path: string): Responses {
    for (const [template, methods] of Object.entries(this.#api.paths)) {
      const pattern = new RegExp(`^${template.replace(/\{\w+\}/g, "[^/]+")}/?$`);
      const found = pattern.test(path) ? methods[method.toLowerCase()] : undefined;
      if (found) return found.responses;
    }
    // What is no route answers with a problem as well.
    return { default: Object.values(Object.values(this.#api.paths)[0]!)[0]!.responses.default! };
  }

  #validator(schema: object): ValidateFunction {
    let known = this.#validators.get(schema);
    if (!known) {
      known = this.#ajv.compile(pointedAt(schema));
      this.#validators.set(schema, known);
    }
    return known;
  }
}

let documented: DescribedAnswers | undefined;

/** By the description in the documents, which is the served one (`openapi.test.ts`). */
export function documentedAnswers(): DescribedAnswers {
  documented ??= new DescribedAnswers(JSON.parse(readFileSync(DESCRIPTION_FILE, "utf8")) as Description);
  return documented;
}

/** The same schemas with every object closed that does not say what else it may hold. */
function closed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closed);
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value).map(([key, member]) => [
    key,
    key === "$ref" ? member.replace("#/", "api#/") : closed(member),
  ]);
  const schema = Object.fromEntries(members) as Record<string, unknown>;
  const isObject = schema.type === "object" && "properties" in schema;
  return isObject ? { additionalProperties: false, ...schema } : schema;
}

function pointedAt(schema: object): object {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"api#/')) as object;
}
