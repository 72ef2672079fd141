import { camelToPascal } from "../names.ts";
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

/** A sketch type in Go. */
export function goType(type: SketchType): string {
  if (type.startsWith("[")) return `[]${goType(type.slice(1, -1))}`;
  const plain: Record<string, string> = { str: "string", int: "int64", bool: "bool" };
  return plain[type] ?? type;
}

/** An expression in Go; `self` is what stands before an operation's name, `pkg` before a record's. */
export function goExpr(expr: Expr, scope: Scope, sketch: Sketch, self = "s.", pkg = ""): string {
  const sub = (inner: Expr): string => goExpr(inner, scope, sketch, self, pkg);
  const members = (fields: readonly { name: string; value: Expr }[]): string =>
    fields.map((f) => `${camelToPascal(f.name)}: ${sub(f.value)}`).join(", ");
  switch (expr.kind) {
    case "str":
      return JSON.stringify(expr.value);
    case "int":
    case "bool":
      return String(expr.value);
    case "empty":
      return "nil";
    case "name":
      return scope.has(expr.name) ? expr.name : `s.settings.${camelToPascal(expr.name)}`;
    case "field":
      return `${sub(expr.of)}.${camelToPascal(expr.name)}`;
    case "not":
      return `!${expr.of.kind === "binary" ? `(${sub(expr.of)})` : sub(expr.of)}`;
    case "record":
      return `${pkg}${expr.name}{${members(expr.fields)}}`;
    case "with": {
      const type = `${pkg}${goType(typeOf(expr.of, scope, sketch))}`;
      const changes = expr.fields.map((f) => `next.${camelToPascal(f.name)} = ${sub(f.value)}`).join("; ");
      return `func(next ${type}) ${type} { ${changes}; return next }(${sub(expr.of)})`;
    }
    case "binary": {
      const side = (inner: Expr): string => (inner.kind === "binary" ? `(${sub(inner)})` : sub(inner));
      return `${side(expr.left)} ${expr.op} ${side(expr.right)}`;
    }
    case "call":
      return goCall(expr, scope, sketch, self, pkg);
  }
}

function goCall(
  expr: Extract<Expr, { kind: "call" }>,
  scope: Scope,
  sketch: Sketch,
  self: string,
  pkg: string,
): string {
  const args = expr.args.map((arg) =>
    isStore(arg, scope, sketch) ? `s.${arg.name}` : goExpr(arg, scope, sketch, self, pkg),
  );
  const [a = "", b = ""] = args;
  const type = (): string => goType(typeOf(expr.args[0]!, scope, sketch));
  const element = (): string => type().replace(/^\[\]/, "");
  const field = expr.args[1]?.kind === "str" ? camelToPascal(expr.args[1].value) : "";
  const order = (x: string, y: string): string =>
    `sortedBy(${a}, func(a, b ${element()}) int { return cmp.Compare(${x}.${field}, ${y}.${field}) })`;
  const printed: Record<string, () => string> = {
    len: () => (type() === "string" ? `int64(len([]rune(${a})))` : `int64(len(${a}))`),
    lower: () => `strings.ToLower(${a})`,
    words: () =>
      `strings.FieldsFunc(strings.ToLower(${a}), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) })`,
    has: () => `holds(${a}, ${b})`,
    all: () => `inKeyOrder(${a})`,
    nextId: () => `s.nextID(${a})`,
    contains: () => `slices.Contains(${a}, ${b})`,
    includes: () => `strings.Contains(${a}, ${b})`,
    startsWith: () => `strings.HasPrefix(${a}, ${b})`,
    append: () => `append(slices.Clone(${a}), ${b})`,
    without: () =>
      `slices.DeleteFunc(slices.Clone(${a}), func(item ${element()}) bool { return item == ${b} })`,
    take: () => `${a}[:min(len(${a}), int(${b}))]`,
    sortBy: () => order("a", "b"),
    sortDesc: () => order("b", "a"),
    min: () => `min(${a}, ${b})`,
    max: () => `max(${a}, ${b})`,
    text: () => `strconv.FormatInt(${a}, 10)`,
    toInt: () => `toInt(${a})`,
    chars: () => `strings.Split(${a}, "")`,
    isDigit: () => `(${a} >= "0" && ${a} <= "9")`,
    isLetter: () => `((${a} >= "a" && ${a} <= "z") || (${a} >= "A" && ${a} <= "Z"))`,
  };
  const known = printed[expr.name];
  if (known) return known();
  return sketch.ports.some((p) => p.name === expr.name)
    ? `s.ports.${camelToPascal(expr.name)}(${args.join(", ")})`
    : `${self}${camelToPascal(expr.name)}(${args.join(", ")})`;
}

/** The statements of an operation as indented lines; the operation's results are named `result` and `err`. */
export function goBody(
  statements: readonly Statement[],
  outer: Scope,
  sketch: Sketch,
  indent: string,
  isVoid: boolean,
): string[] {
  const scope = new Map(outer);
  return statements.flatMap((statement) => goStatement(statement, scope, sketch, indent, isVoid));
}

function isZero(expr: Expr): boolean {
  if (expr.kind === "empty") return true;
  return (expr.kind === "str" || expr.kind === "int" || expr.kind === "bool") && !expr.value;
}

function goStatement(
  statement: Statement,
  scope: Map<string, SketchType>,
  sketch: Sketch,
  indent: string,
  isVoid: boolean,
): string[] {
  const print = (expr: Expr): string => goExpr(expr, scope, sketch);
  const body = (statements: readonly Statement[], inner: Scope = scope): string[] =>
    goBody(statements, inner, sketch, `${indent}\t`, isVoid);
  const refuse = (e: { code: string; message: string }): string =>
    `return ${isVoid ? "" : "result, "}newError("${e.code}", ${JSON.stringify(e.message)})`;
  switch (statement.kind) {
    case "let": {
      const type = statement.type ?? typeOf(statement.value, scope, sketch);
      // Go's way: a variable without a value has its type's zero.
      const value = isZero(statement.value) ? "" : ` = ${print(statement.value)}`;
      const line = `var ${statement.name} ${goType(type)}${value}`;
      scope.set(statement.name, type);
      return [indent + line];
    }
    case "assign":
      return [`${indent}${statement.name} = ${print(statement.value)}`];
    case "load": {
      const line = `${statement.name}, found := s.${statement.store}[${print(statement.key)}]`;
      scope.set(statement.name, recordOf(statement.store, sketch));
      return [indent + line, `${indent}if !found {`, `${indent}\t${refuse(statement.error)}`, `${indent}}`];
    }
    case "need":
      return [
        `${indent}if !(${print(statement.condition)}) {`,
        `${indent}\t${refuse(statement.error)}`,
        `${indent}}`,
      ];
    case "fail":
      return [indent + refuse(statement.error)];
    case "put":
      return [`${indent}s.${statement.store}[${print(statement.key)}] = ${print(statement.value)}`];
    case "drop":
      return [`${indent}delete(s.${statement.store}, ${print(statement.key)})`];
    case "if":
      return [
        `${indent}if ${print(statement.condition)} {`,
        ...body(statement.body),
        ...(statement.otherwise.length > 0 ? [`${indent}} else {`, ...body(statement.otherwise)] : []),
        `${indent}}`,
      ];
    case "for": {
      const element = typeOf(statement.items, scope, sketch).slice(1, -1);
      return [
        `${indent}for _, ${statement.variable} := range ${print(statement.items)} {`,
        ...body(statement.body, new Map(scope).set(statement.variable, element)),
        `${indent}}`,
      ];
    }
    case "return":
      return [`${indent}return ${statement.value ? `${print(statement.value)}, ` : ""}nil`];
  }
}
