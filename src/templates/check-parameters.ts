import { definedOnly } from "../shared/defined-only.ts";
import type { Diagnostic } from "../shared/diagnostic.ts";
import type { Json } from "../shared/json.ts";
import { mismatchOf } from "./parameter-type.ts";
import { invalid } from "./schema-diagnostics.ts";
import { SECRET_FORM, variableOf } from "./secret-parameter.ts";
import type { SourceDocument } from "./source-document.ts";
import type { ParameterFile } from "./template-schema.ts";

/** Names that expressions use for something else. */
const RESERVED_NAMES = new Set(
  "steps previous context board forloop true false nil null empty blank and or not contains in".split(" "),
);

/** Judges the parameters of a template: names, positions, types, bounds, defaults. */
export function checkParameters(
  document: SourceDocument,
  parameters: Readonly<Record<string, ParameterFile>>,
): Diagnostic[] {
  const each = Object.entries(parameters).flatMap(([name, parameter]) => [
    ...checkName(document, ["parameters", name]),
    ...checkParameter(document, name, parameter),
  ]);
  const positions = Object.entries(parameters)
    .filter(([, parameter]) => parameter.position !== undefined)
    .sort(([, a], [, b]) => a.position! - b.position!);
  const wrong = positions.find(([, parameter], index) => parameter.position !== index + 1);
  if (!wrong) return each;
  const got = positions.map(([name, parameter]) => `${name}: ${parameter.position}`).join(", ");
  return [
    ...each,
    invalid(
      document,
      ["parameters", wrong[0], "position"],
      "value",
      "positions count 1, 2, 3 without gaps or repeats",
      {
        expected: "each position from 1 once",
        got,
        hint: "number the positions anew",
      },
    ),
  ];
}

/** A name that expressions can use, and that means nothing else there. */
export function checkName(document: SourceDocument, path: readonly string[]): Diagnostic[] {
  const name = path.at(-1)!;
  if (!RESERVED_NAMES.has(name)) return [];
  return [
    invalid(document, path, "key", `"${name}" has a meaning of its own in expressions`, {
      expected: "another name",
      got: name,
      hint: "rename it",
    }),
  ];
}

function checkParameter(document: SourceDocument, name: string, parameter: ParameterFile): Diagnostic[] {
  const { type, values, minimum, maximum } = parameter;
  const path = ["parameters", name];
  if (type === "enum" && values === undefined) {
    return [
      invalid(document, path, "key", `enum parameter "${name}" lists no values`, {
        expected: "values: [...]",
        got: "nothing",
        hint: "add values: [one, two]",
      }),
    ];
  }
  const isNumber = type === "number" || type === "integer";
  const bound = minimum === undefined ? "maximum" : "minimum";
  if (!isNumber && (minimum !== undefined || maximum !== undefined)) {
    return [
      invalid(
        document,
        [...path, bound],
        "key",
        `parameter "${name}" is no number and cannot have a ${bound}`,
        { expected: "type: number or integer", got: type, hint: "leave the bound out" },
      ),
    ];
  }
  if (minimum !== undefined && maximum !== undefined && minimum > maximum) {
    return [
      invalid(document, [...path, "minimum"], "value", `no number suits parameter "${name}"`, {
        expected: `a minimum of at most ${maximum}`,
        got: String(minimum),
        hint: "exchange the two",
      }),
    ];
  }
  if (parameter.secret && (type !== "string" || values !== undefined || parameter.or_span))
    return [
      invalid(document, [...path, "secret"], "key", `parameter "${name}" cannot be secret`, {
        expected: "type: string, without values",
        got: `type: ${type}`,
        hint: "give each secret a parameter of its own",
      }),
    ];
  if (parameter.default === undefined) return [];
  if (parameter.secret && variableOf(parameter.default as Json) === undefined)
    return [
      invalid(document, [...path, "default"], "value", `the default of parameter "${name}" is no variable`, {
        expected: SECRET_FORM,
        got: "another value",
        hint: "a secret stands in no template: put it into a variable",
      }),
    ];
  const mismatch = mismatchOf(
    { type, orSpan: parameter.or_span ?? false, ...definedOnly({ values, minimum, maximum }) },
    parameter.default as Json,
  );
  if (!mismatch) return [];
  const { code: _, ...details } = mismatch;
  return [
    invalid(
      document,
      [...path, "default"],
      "value",
      `the default of parameter "${name}" does not suit it`,
      details,
    ),
  ];
}
