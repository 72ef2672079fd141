import fc from "fast-check";
import type { Program } from "../../src/dsl/syntax.ts";
import { FORBIDDEN_KEYS } from "../../src/shared/json.ts";

/** A copy of a tree without places, for comparing what two texts say. */
export function withoutSpans(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(withoutSpans);
  if (typeof node !== "object" || node === null) return node;
  return Object.fromEntries(
    Object.entries(node)
      .filter(([key]) => key !== "span")
      .map(([key, value]) => [key, withoutSpans(value)]),
  );
}

const at = { offset: 0, line: 1, column: 1 };
const span = { source: "", start: at, end: at };

const nameText = fc
  .stringMatching(/^[A-Za-z_][A-Za-z0-9_-]{0,8}$/)
  .filter((text) => !FORBIDDEN_KEYS.has(text) && text !== "ABYSSAL");
const name = nameText.map((text) => ({ text, span }));
const reference = nameText.map((text) => ({ kind: "reference" as const, name: text, span }));
const version = fc
  .constantFrom("1", "0.1", "1.2.0", "1.2.0-rc.1", "2.0.0+build-7")
  .map((text) => ({ text, span }));

const literalValue: fc.Arbitrary<null | boolean | number | string> = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.double(),
  fc.integer(),
  fc.string({ unit: "binary", maxLength: 12 }),
  fc.string({ maxLength: 60 }),
);

const { command } = fc.letrec<{ value: unknown; command: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    literalValue.map((literal) => ({ kind: "literal", value: literal, span })),
    reference,
    fc.array(tie("value"), { maxLength: 4 }).map((items) => ({ kind: "array", items, span })),
    fc
      .array(
        fc.record({
          key: fc.oneof(
            name,
            fc.string({ maxLength: 8 }).map((text) => ({ text, span })),
          ),
          value: tie("value"),
        }),
        { maxLength: 4 },
      )
      .map((members) => members.filter(({ key }) => !FORBIDDEN_KEYS.has(key.text)))
      .map((members) => ({ kind: "object", members, span })),
    tie("command"),
  ),
  command: fc
    .record({
      kind: fc.constant("command"),
      template: name,
      version: fc.option(version, { nil: undefined }),
      arguments: fc.array(
        fc
          .record({ name: fc.option(name, { nil: undefined }), value: tie("value"), span: fc.constant(span) })
          .map(({ name: argumentName, ...rest }) =>
            argumentName === undefined ? rest : { name: argumentName, ...rest },
          ),
        { maxLength: 4 },
      ),
      span: fc.constant(span),
    })
    .map(({ version: commandVersion, ...rest }) =>
      commandVersion === undefined ? rest : { ...rest, version: commandVersion },
    ),
}));

const { expression } = fc.letrec<{ expression: unknown }>((tie) => ({
  expression: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    command,
    reference,
    fc
      .array(tie("expression"), { minLength: 2, maxLength: 4 })
      .map((steps) => ({ kind: "chain", steps, span })),
    fc
      .array(tie("expression"), { minLength: 2, maxLength: 4 })
      .map((branches) => ({ kind: "fork", branches, span })),
  ),
}));

/** Whole programs, without meaningful places. */
export const programs = fc
  .array(
    fc
      .record({ name: fc.option(name, { nil: undefined }), body: expression })
      .map(({ name: bound, body }) => ({
        kind: "statement",
        ...(bound === undefined ? {} : { name: bound }),
        body,
        span,
      })),
    { maxLength: 4 },
  )
  .map((statements) => ({ kind: "program", statements, span })) as unknown as fc.Arbitrary<Program>;

const TOKEN =
  /"(?:[^"\\]|\\.)*"|->|[A-Za-z_$][A-Za-z0-9_$.-]*(?<!-(?=>))|[+-]?[0-9.][0-9A-Za-z.+-]*|-[A-Za-z]+|\S/gu;

/** Outside a command's parentheses `#` begins a comment too. */
const OUTER_TRIVIA = ["", " ", "\n", "\n\n", " # hash\n", "\n# own line\n", "\n\n# apart\n"];
const TRIVIA = [
  ...["", "", "", " ", "\n", "\r\n", "\t", "\u2028", "\u00a0", "\n\n"],
  ...["/* a */", " /* b */ ", "\n/* c */\n", "/* d\n d */", " // e\n", "\n// f\n", " // g\n\n"],
];

/**
 * The tokens of a printed program with other white space and comments between them, and the number of comments.
 * `seeds` choose them.
 */
export function withTrivia(text: string, seeds: readonly number[]): { text: string; comments: number } {
  let result = "";
  let comments = 0;
  const brackets: string[] = [];
  const tokens = text.match(TOKEN) ?? [];
  for (const [index, token] of tokens.entries()) {
    const outside = brackets.every((bracket) => bracket === "group");
    const choices = outside ? [...TRIVIA, ...OUTER_TRIVIA] : TRIVIA;
    const before = tokens[index - 1];
    const glued = before === "$" || token === "@" || before === "@";
    const trivia = glued ? "" : choices[(seeds[index % seeds.length] ?? 0) % choices.length]!;
    comments += trivia.match(/#|\/\*|\/\//g)?.length ?? 0;
    const separate = trivia === "" && /[\w$"'.-]$/.test(before ?? "") && /^[\w$"'.+-]/.test(token) ? " " : "";
    result += trivia + separate + token;
    if (token === "(") brackets.push(before === "]" ? "command" : "group");
    else if (token === ")") brackets.pop();
  }
  return { text: result, comments };
}
