import type { z } from "zod";
import type { Diagnostic } from "../shared/diagnostic.ts";
import { isJsonObject, type Json } from "../shared/json.ts";
import { nearestName } from "../shared/nearest-name.ts";
import { describeValue } from "./parameter-type.ts";
import type { DocumentPath, SourceDocument } from "./source-document.ts";

type Issue = z.core.$ZodIssue;

/** Turns zod's findings about a file into diagnostics at the key or value they speak of. */
export function schemaDiagnostics(
  document: SourceDocument,
  issues: readonly Issue[],
  schema: z.ZodType,
): Diagnostic[] {
  return issues.flatMap((issue) => fromIssue(document, issue, schema));
}

/** TEMPLATE_INVALID at the value of a path, or at its key. */
export function invalid(
  document: SourceDocument,
  path: DocumentPath,
  at: "key" | "value",
  message: string,
  details: Pick<Diagnostic, "expected" | "got" | "hint" | "related">,
): Diagnostic {
  const span = at === "key" ? document.spanOfKey(path) : document.spanAt(path);
  return { code: "TEMPLATE_INVALID", severity: "error", message, span, ...details };
}

function fromIssue(document: SourceDocument, issue: Issue, schema: z.ZodType): Diagnostic[] {
  const path = issue.path as (string | number)[];
  const value = valueAt(document.value, path);
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => unknownKey(document, path, key, keysAt(schema, path)));
  }
  if (issue.code === "invalid_key") return [badName(document, issue, path)];
  if (value === undefined) {
    const name = String(path.at(-1));
    return [
      invalid(document, path.slice(0, -1), "key", `${where(path.slice(0, -1))} lacks "${name}"`, {
        expected: expectationOf(issue),
        got: "nothing",
        hint: `add ${name}: ...`,
      }),
    ];
  }
  const inside = issue.code === "invalid_union" ? issuesInside(issue) : [];
  if (inside.length > 0)
    return schemaDiagnostics(
      document,
      inside.map((one) => ({ ...one, path: [...path, ...one.path] })),
      schema,
    );
  const near =
    issue.code === "invalid_value" && typeof value === "string"
      ? nearestName(value, issue.values.map(String))
      : undefined;
  const hint = near === undefined ? hintFor(issue, value) : `did you mean "${near}"?`;
  return [
    invalid(document, path, "value", `${where(path)} has a value that it cannot have`, {
      expected: expectationOf(issue),
      got: describeValue(value),
      ...(hint === undefined ? {} : { hint }),
    }),
  ];
}

function unknownKey(
  document: SourceDocument,
  path: DocumentPath,
  key: string,
  known: readonly string[],
): Diagnostic {
  return invalid(
    document,
    [...path, key],
    "key",
    `${where(path)} has no key "${key}"`,
    strangeKey(key, known),
  );
}

/** What is told of a key that a schema does not know. */
export function strangeKey(
  key: string,
  known: readonly string[],
): Required<Pick<Diagnostic, "expected" | "got" | "hint">> {
  const near = nearestName(key, known);
  return {
    expected: `one of ${known.filter((name) => name !== "$schema").join(", ")}`,
    got: key,
    hint: near === undefined ? "leave it out" : `did you mean "${near}"?`,
  };
}

function badName(document: SourceDocument, issue: Issue, path: DocumentPath): Diagnostic {
  const inner = issue.code === "invalid_key" ? issue.issues[0] : undefined;
  return invalid(
    document,
    path,
    "key",
    `"${String(path.at(-1))}" cannot be a name in ${where(path.slice(0, -1))}`,
    {
      expected: inner?.message ?? "a name",
      got: String(path.at(-1)),
      hint: "rename it",
    },
  );
}

/** What zod expected, in words; `mapping`: what the format calls what has keys. */
export function expectationOf(issue: Issue, mapping = "a mapping"): string {
  switch (issue.code) {
    case "invalid_type":
      // A form that says what it wants by itself, as spans of time do.
      if (!issue.message.startsWith(ZOD_WORDS)) return issue.message;
      if (issue.expected === "object" || issue.expected === "record") return mapping;
      return TYPE_WORDS[issue.expected] ?? `a ${issue.expected}`;
    case "invalid_value":
      return `one of ${issue.values.map((value) => JSON.stringify(value)).join(", ")}`;
    case "too_small":
      return `${issue.inclusive ? "at least" : "more than"} ${issue.minimum}${unitOf(issue.origin, issue.minimum)}`;
    case "too_big":
      return `${issue.inclusive ? "at most" : "less than"} ${issue.maximum}${unitOf(issue.origin, issue.maximum)}`;
    case "invalid_union":
      return unionExpectation(issue);
    default:
      return issue.message;
  }
}

/** How zod begins what it says of a wrong type. */
const ZOD_WORDS = "Invalid input";

const TYPE_WORDS: Readonly<Record<string, string>> = {
  array: "a list",
  string: "a text",
  int: "a whole number",
  boolean: "true or false",
};

function unitOf(origin: string, count: number | bigint): string {
  const unit = { string: " character", array: " element" }[origin];
  return unit === undefined ? "" : `${unit}${Number(count) === 1 ? "" : "s"}`;
}

const UNION_WORDS: Readonly<Record<string, string>> = {
  memory: "a memory size such as 512MB, or a number of MiB",
  parallelism: 'a whole number from 1 to 10, or "auto"',
  fallback: "{ output, data }, or a list of what is done in its place",
  approve: "true, false, or { question, within, default }",
  default: 'approve, reject, or { answer: "..." }',
};

function unionExpectation(issue: Extract<Issue, { code: "invalid_union" }>): string {
  return UNION_WORDS[String(issue.path.at(-1))] ?? issue.message;
}

/** What is wrong inside a value that is of one of a union's forms but for its members. */
function issuesInside({ errors }: Extract<Issue, { code: "invalid_union" }>): readonly Issue[] {
  const isInside = ({ path, code }: Issue): boolean => path.length > 0 || code === "unrecognized_keys";
  return errors.find((issues) => issues.every(isInside)) ?? [];
}

function hintFor(issue: Issue, value: Json): string | undefined {
  if (issue.code !== "invalid_type") return undefined;
  if (issue.expected === "string" && (typeof value === "number" || typeof value === "boolean")) {
    return `write it in quotes${issue.path.at(-1) === "version" ? ": '1.0.0'" : ", with its unit where it has one"}`;
  }
  return issue.expected === "array" ? "write it as a list: [one, two]" : undefined;
}

/** `step "design"`, `parameter "topic"`, or the path, for messages. */
function where(path: DocumentPath): string {
  const [first, second, ...rest] = path;
  if (first === undefined) return "the file";
  if (second === undefined) return `"${first}"`;
  const owner =
    first === "steps"
      ? `step "${second}"`
      : first === "parameters"
        ? `parameter "${second}"`
        : `"${first}.${second}"`;
  return rest.length === 0 ? owner : `"${rest.join(".")}" of ${owner}`;
}

/** What stands at a path; undefined: nothing. */
export function valueAt(value: Json, path: DocumentPath): Json | undefined {
  let current: Json | undefined = value;
  for (const segment of path) {
    if (Array.isArray(current)) current = current[Number(segment)];
    else if (isJsonObject(current))
      current = Object.hasOwn(current, segment) ? current[String(segment)] : undefined;
    else return undefined;
  }
  return current;
}

/** The keys that a schema knows at a path. */
export function keysAt(schema: z.ZodType, path: DocumentPath): readonly string[] {
  let current = schema as unknown as SchemaNode | undefined;
  for (const segment of path) {
    const { def } = (typeof segment === "number" ? listIn(current) : unwrap(current)) ?? {};
    current = def?.shape?.[String(segment)] ?? def?.valueType ?? def?.element;
  }
  return Object.keys(unwrap(current)?.def.shape ?? {});
}

type SchemaNode = {
  readonly def: {
    readonly type: string;
    readonly innerType?: SchemaNode;
    readonly shape?: Readonly<Record<string, SchemaNode>>;
    readonly valueType?: SchemaNode;
    readonly element?: SchemaNode;
    readonly options?: readonly SchemaNode[];
  };
};

/** Of a union, the form that is a list. */
function listIn(node: SchemaNode | undefined): SchemaNode | undefined {
  if (node?.def.type === "optional") return listIn(node.def.innerType);
  return node?.def.options?.find(({ def }) => def.element) ?? node;
}

/** Of a union, the form that has keys. */
function unwrap(node: SchemaNode | undefined): SchemaNode | undefined {
  if (node?.def.type === "optional") return unwrap(node.def.innerType);
  return node?.def.options?.find(({ def }) => def.shape) ?? node;
}
