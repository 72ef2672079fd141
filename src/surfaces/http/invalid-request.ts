import type { FastifyRequest } from "fastify";
import type { z } from "zod";
import type { Diagnostic } from "../../shared/diagnostic.ts";
import type { Json } from "../../shared/json.ts";
import { LIMITS } from "../../shared/limits.ts";
import { describeValue } from "../../templates/parameter-type.ts";
import { expectationOf, keysAt, strangeKey, valueAt } from "../../templates/schema-diagnostics.ts";
import type { DocumentPath } from "../../templates/source-document.ts";
import { Refusal } from "./problem.ts";

type Issue = z.core.$ZodIssue;

/** What fastify's validator has found, as it tells it: zod's issues, their paths joined. */
type Found = {
  readonly validation?: readonly {
    readonly keyword: string;
    readonly instancePath: string;
    readonly message?: string;
    readonly params: object;
  }[];
  /** Where fastify looked. */
  readonly validationContext?: string;
};

/** REQUEST_INVALID, with the place of each finding, what was expected there, and what stood there. */
export function invalidRequest(
  { validation = [], validationContext }: Found,
  request: FastifyRequest,
): Refusal {
  const part = validationContext as "body" | "querystring" | "params" | "headers";
  const { body, query: querystring, params, headers } = request;
  const value = ({ body, querystring, params, headers }[part] ?? null) as Json;
  const schema = request.routeOptions.schema?.[part] as z.ZodType;
  const diagnostics = validation
    .slice(0, LIMITS.diagnosticsMax)
    .flatMap(({ keyword, instancePath, message, params: more }) => {
      const path = instancePath.split("/").filter((name) => name !== "");
      const found = fromIssue({ ...more, code: keyword, path, message } as Issue, value, schema);
      return found.map(({ path: at, ...rest }): Diagnostic => {
        const place = [part, ...at].join(".");
        return { code: "REQUEST_INVALID", severity: "error", place, ...rest };
      });
    });
  const [first] = diagnostics;
  const detail = first ? `${first.place}: ${first.message}` : "the request is not valid";
  return new Refusal(400, "REQUEST_INVALID", detail, { diagnostics });
}

type Finding = Pick<Diagnostic, "message" | "expected" | "got" | "hint"> & { readonly path: DocumentPath };

function fromIssue(issue: Issue, value: Json, schema: z.ZodType): readonly Finding[] {
  const path = issue.path as DocumentPath;
  if (issue.code === "unrecognized_keys") {
    const known = keysAt(schema, path);
    return issue.keys.map((key) => ({
      path: [...path, key],
      message: `there is no member "${key}" here`,
      ...strangeKey(key, known),
    }));
  }
  const found = valueAt(value, path);
  return [
    {
      path,
      message: found === undefined ? "it is missing" : "it has a value that it cannot have",
      expected: expectationOf(issue, "an object"),
      got: found === undefined ? "nothing" : describeValue(found),
    },
  ];
}
