import { camelToSnake } from "../names.ts";
import {
  type Expr,
  isStore,
  recordOf,
  type Scope,
  type Sketch,
  type SketchType,
  type Statement,
  typeOf,
} from "./sketch.ts";

/** A sketch type in Python. */
export function pyType(type: SketchType): string {
  if (type.startsWith("[")) return `list[${pyType(type.slice(1, -1))}]`;
  return type === "void" ? "None" : type;
}

/** An expression in Python; `self` is what stands before an operation's name. */
export function pyExpr(expr: Expr, scope: Scope, sketch: Sketch, self = "self."): string {
  const sub = (inner: Expr): string => pyExpr(inner, scope, sketch, self);
  const members = (fields: readonly { name: string; value: Expr }[]): string =>
    fields.map((f) => `${camelToSnake(f.name)}=${sub(f.value)}`).join(", ");
  switch (expr.kind) {
    case "str":
      return JSON.stringify(expr.value);
    case "int":
      return String(expr.value);
    case "bool":
      return expr.value ? "True" : "False";
    case "empty":
      return "[]";
    case "name":
      return scope.has(expr.name) ? camelToSnake(expr.name) : `self._settings.${camelToSnake(expr.name)}`;
    case "field":
      return `${sub(expr.of)}.${camelToSnake(expr.name)}`;
    case "not":
      return `not ${expr.of.kind === "binary" ? `(${sub(expr.of)})` : sub(expr.of)}`;
    case "record":
      return `${expr.name}(${members(expr.fields)})`;
    case "with":
      return `replace(${sub(expr.of)}, ${members(expr.fields)})`;
    case "binary": {
      const side = (inner: Expr): string =>
        inner.kind === "binary" || inner.kind === "not" ? `(${sub(inner)})` : sub(inner);
      const op = { "&&": "and", "||": "or", "/": "//" }[expr.op] ?? expr.op;
      return `${side(expr.left)} ${op} ${side(expr.right)}`;
    }
    case "call":
      return pyCall(expr, scope, sketch, self);
  }
}

function pyCall(expr: Extract<Expr, { kind: "call" }>, scope: Scope, sketch: Sketch, self: string): string {
  const args = expr.args.map((arg) =>
    isStore(arg, scope, sketch) ? `self._${camelToSnake(arg.name)}` : pyExpr(arg, scope, sketch, self),
  );
  const [first = "", b = ""] = args;
  // A sum whose method is called needs its brackets.
  const a = expr.args[0]?.kind === "binary" ? `(${first})` : first;
  const field = expr.args[1]?.kind === "str" ? camelToSnake(expr.args[1].value) : "";
  const printed: Record<string, () => string> = {
    len: () => `len(${a})`,
    lower: () => `${a}.lower()`,
    words: () => `re.findall(r"[^\\W_]+", ${a}.lower())`,
    has: () => `(${b} in ${a})`,
    all: () => `[${a}[key] for key in sorted(${a})]`,
    nextId: () => `self._next_id(${a})`,
    contains: () => `(${b} in ${a})`,
    includes: () => `(${b} in ${a})`,
    startsWith: () => `${a}.startswith(${b})`,
    append: () => `[*${a}, ${b}]`,
    without: () => `[item for item in ${a} if item != ${b}]`,
    take: () => `${a}[:${b}]`,
    sortBy: () => `sorted(${a}, key=lambda item: item.${field})`,
    sortDesc: () => `sorted(${a}, key=lambda item: item.${field}, reverse=True)`,
    min: () => `min(${a}, ${b})`,
    max: () => `max(${a}, ${b})`,
    text: () => `str(${a})`,
    toInt: () => `int(${a})`,
    chars: () => `list(${a})`,
    isDigit: () => `(${a} in "0123456789")`,
    isLetter: () => `(${a}.isascii() and ${a}.isalpha())`,
  };
  const known = printed[expr.name];
  if (known) return known();
  return sketch.ports.some((p) => p.name === expr.name)
    ? `self._ports.${camelToSnake(expr.name)}(${args.join(", ")})`
    : `${self}${camelToSnake(expr.name)}(${args.join(", ")})`;
}

/** The statements of an operation as indented lines. */
export function pyBody(
  statements: readonly Statement[],
  outer: Scope,
  sketch: Sketch,
  indent: string,
): string[] {
  const scope = new Map(outer);
  return statements.flatMap((statement) => pyStatement(statement, scope, sketch, indent));
}

function pyStatement(
  statement: Statement,
  scope: Map<string, SketchType>,
  sketch: Sketch,
  indent: string,
): string[] {
  const print = (expr: Expr): string => pyExpr(expr, scope, sketch);
  const refuse = (e: { code: string; message: string }): string =>
    `raise ServiceError("${e.code}", ${JSON.stringify(e.message)})`;
  const slot = (store: string, key: Expr): string => `self._${camelToSnake(store)}[${print(key)}]`;
  switch (statement.kind) {
    case "let": {
      const type = statement.type ?? typeOf(statement.value, scope, sketch);
      const line = `${camelToSnake(statement.name)}: ${pyType(type)} = ${print(statement.value)}`;
      scope.set(statement.name, type);
      return [indent + line];
    }
    case "assign":
      return [`${indent}${camelToSnake(statement.name)} = ${print(statement.value)}`];
    case "load": {
      const name = camelToSnake(statement.name);
      const line = `${name} = self._${camelToSnake(statement.store)}.get(${print(statement.key)})`;
      scope.set(statement.name, recordOf(statement.store, sketch));
      return [`${indent}${line}`, `${indent}if ${name} is None:`, `${indent}    ${refuse(statement.error)}`];
    }
    case "need":
      return [`${indent}if not (${print(statement.condition)}):`, `${indent}    ${refuse(statement.error)}`];
    case "fail":
      return [`${indent}${refuse(statement.error)}`];
    case "put":
      return [`${indent}${slot(statement.store, statement.key)} = ${print(statement.value)}`];
    case "drop":
      return [`${indent}self._${camelToSnake(statement.store)}.pop(${print(statement.key)}, None)`];
    case "if":
      return [
        `${indent}if ${print(statement.condition)}:`,
        ...pyBody(statement.body, scope, sketch, `${indent}    `),
        ...(statement.otherwise.length > 0
          ? [`${indent}else:`, ...pyBody(statement.otherwise, scope, sketch, `${indent}    `)]
          : []),
      ];
    case "for": {
      const element = typeOf(statement.items, scope, sketch).slice(1, -1);
      const inner = new Map(scope).set(statement.variable, element);
      return [
        `${indent}for ${camelToSnake(statement.variable)} in ${print(statement.items)}:`,
        ...pyBody(statement.body, inner, sketch, `${indent}    `),
      ];
    }
    case "return":
      return [`${indent}return${statement.value ? ` ${print(statement.value)}` : ""}`];
  }
}
