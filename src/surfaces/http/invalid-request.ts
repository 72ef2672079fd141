import type { FastifyRequest } from "fastify";
import type { z } from "zod";
import type { Diagnostic } from "../../shared/diagnostic.ts";
import type { Json } from "../../shared/json.ts";
import { nearestName } from "../../shared/nearest-name.ts";
import { describeValue } from "../../templates/parameter-type.ts";
import { expectationOf, keysAt, valueAt } from "../../templates/schema-diagnostics.ts";
import { Refusal } from "./problem.ts";

type Issue = z.core.$ZodIssue;
type Path = readonly (string | number)[];
/** Where fastify looks. */
type Part = "body" | "querystring" | "params" | "headers";

/** What fastify's validator has found, as it tells it: zod's issues, their paths joined. */
export type InvalidRequest = {
  readonly validation?: readonly {
    readonly keyword: string;
    readonly instancePath: string;
    readonly message?: string;
    readonly params: object;
  }[];
  readonly validationContext?: string;
};

/** Findings that are told of one request; the rest follows once these are mended. */
const FINDINGS = 50;

/** REQUEST_INVALID, with the place of each finding, what was expected there, and what stood there. */
export function invalidRequest(error: InvalidRequest, request: FastifyRequest): Refusal {
  const { validation = [], validationContext = "request" } = error;
  const part = validationContext as Part;
  const given = {
    body: request.body,
    querystring: request.query,
    params: request.params,
    headers: request.headers,
  };
  const value = (given[part] ?? null) as Json;
  const schema = request.routeOptions.schema?.[part] as z.ZodType;
  const diagnostics = validation.slice(0, FINDINGS).flatMap(({ keyword, instancePath, message, params }) => {
    const path = instancePath.split("/").filter((name) => name !== "");
    return diagnosticsOf({ ...params, code: keyword, path, message } as Issue, part, value, schema);
  });
  const [first] = diagnostics;
  return new Refusal(400, "REQUEST_INVALID", first ? `${first.place}: ${first.message}` : "it is not valid", {
    diagnostics,
  });
}

function diagnosticsOf(issue: Issue, part: Part, value: Json, schema: z.ZodType): Diagnostic[] {
  const path = issue.path as Path;
  if (issue.code === "unrecognized_keys") {
    const known = keysAt(schema, [...path]);
    return issue.keys.map((key) => {
      const near = nearestName(key, known);
      return finding([part, ...path, key], `there is no member "${key}" here`, {
        expected: `one of ${known.join(", ")}`,
        got: key,
        hint: near === undefined ? "leave it out" : `did you mean "${near}"?`,
      });
    });
  }
  const found = valueAt(value, [...path]);
  return [
    finding([part, ...path], found === undefined ? "it is missing" : "it has a value that it cannot have", {
      expected: inJson(expectationOf(issue)),
      got: found === undefined ? "nothing" : describeValue(found),
    }),
  ];
}

/** Templates are written in YAML, requests are not. */
function inJson(expected: string): string {
  return expected === "a mapping" ? "an object" : expected;
}

function finding(
  place: Path,
  message: string,
  details: Pick<Diagnostic, "expected" | "got" | "hint">,
): Diagnostic {
  return { code: "REQUEST_INVALID", severity: "error", place: place.join("."), message, ...details };
}
