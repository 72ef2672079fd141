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

/** A sketch type in TypeScript. */
export function tsType(type: SketchType): string {
  if (type.startsWith("[")) return `readonly ${tsType(type.slice(1, -1))}[]`;
  const plain: Record<string, string> = { str: "string", int: "number", bool: "boolean", void: "void" };
  return plain[type] ?? type;
}

/** An expression in TypeScript; `self` is what stands before an operation's name. */
export function tsExpr(expr: Expr, scope: Scope, sketch: Sketch, self = "this."): string {
  const sub = (inner: Expr): string => tsExpr(inner, scope, sketch, self);
  const members = (fields: readonly { name: string; value: Expr }[]): string =>
    fields
      .map((f) =>
        f.value.kind === "name" && f.value.name === f.name && scope.has(f.name)
          ? f.name
          : `${f.name}: ${sub(f.value)}`,
      )
      .join(", ");
  switch (expr.kind) {
    case "str":
      return JSON.stringify(expr.value);
    case "int":
    case "bool":
      return String(expr.value);
    case "empty":
      return "[]";
    case "name":
      return scope.has(expr.name) ? expr.name : `this.#settings.${expr.name}`;
    case "field":
      return `${sub(expr.of)}.${expr.name}`;
    case "not":
      return `!${expr.of.kind === "binary" ? `(${sub(expr.of)})` : sub(expr.of)}`;
    case "record":
      return `{ ${members(expr.fields)} }`;
    case "with":
      return `{ ...${sub(expr.of)}, ${members(expr.fields)} }`;
    case "binary":
      return tsBinary(expr, sub);
    case "call":
      return tsCall(expr, scope, sketch, self);
  }
}

function tsBinary(expr: Extract<Expr, { kind: "binary" }>, sub: (inner: Expr) => string): string {
  const side = (inner: Expr): string => (inner.kind === "binary" ? `(${sub(inner)})` : sub(inner));
  if (expr.op === "/") return `Math.trunc(${sub(expr.left)} / ${side(expr.right)})`;
  const op = expr.op === "==" ? "===" : expr.op === "!=" ? "!==" : expr.op;
  return `${side(expr.left)} ${op} ${side(expr.right)}`;
}

function tsCall(expr: Extract<Expr, { kind: "call" }>, scope: Scope, sketch: Sketch, self: string): string {
  const args = expr.args.map((arg) =>
    isStore(arg, scope, sketch) ? `this.#${arg.name}` : tsExpr(arg, scope, sketch, self),
  );
  const [first = "", b = ""] = args;
  // A sum whose method is called needs its brackets.
  const a = expr.args[0]?.kind === "binary" ? `(${first})` : first;
  const field = expr.args[1]?.kind === "str" ? expr.args[1].value : "";
  const order = (less: number): string =>
    `[...${a}].sort((a, b) => (a.${field} < b.${field} ? ${less} : a.${field} > b.${field} ? ${-less} : 0))`;
  const printed: Record<string, () => string> = {
    len: () => (typeOf(expr.args[0]!, scope, sketch) === "str" ? `[...${a}].length` : `${a}.length`),
    lower: () => `${a}.toLowerCase()`,
    words: () => `(${a}.toLowerCase().match(/[\\p{L}\\p{N}]+/gu) ?? [])`,
    has: () => `${a}.has(${b})`,
    all: () => `inKeyOrder(${a})`,
    nextId: () => `this.#nextId(${a})`,
    contains: () => `${a}.includes(${b})`,
    includes: () => `${a}.includes(${b})`,
    startsWith: () => `${a}.startsWith(${b})`,
    append: () => `[...${a}, ${b}]`,
    without: () => `${a}.filter((item) => item !== ${b})`,
    take: () => `${a}.slice(0, ${b})`,
    sortBy: () => order(-1),
    sortDesc: () => order(1),
    min: () => `Math.min(${a}, ${b})`,
    max: () => `Math.max(${a}, ${b})`,
    text: () => `String(${a})`,
    toInt: () => `Number(${a})`,
    chars: () => `[...${a}]`,
    isDigit: () => `/^[0-9]$/.test(${a})`,
    isLetter: () => `/^[A-Za-z]$/.test(${a})`,
  };
  const known = printed[expr.name];
  if (known) return known();
  return sketch.ports.some((p) => p.name === expr.name)
    ? `this.#ports.${expr.name}(${args.join(", ")})`
    : `${self}${expr.name}(${args.join(", ")})`;
}

/** The statements of an operation as indented lines. */
export function tsBody(
  statements: readonly Statement[],
  outer: Scope,
  sketch: Sketch,
  indent: string,
): string[] {
  const scope = new Map(outer);
  return statements.flatMap((statement) => tsStatement(statement, scope, sketch, indent));
}

function tsStatement(
  statement: Statement,
  scope: Map<string, SketchType>,
  sketch: Sketch,
  indent: string,
): string[] {
  const print = (expr: Expr): string => tsExpr(expr, scope, sketch);
  const refuse = (e: { code: string; message: string }): string =>
    `throw new ServiceError("${e.code}", ${JSON.stringify(e.message)});`;
  switch (statement.kind) {
    case "let": {
      const type = statement.type ?? typeOf(statement.value, scope, sketch);
      const line = `${statement.mutable ? "let" : "const"} ${statement.name}: ${tsType(type)} = ${print(statement.value)};`;
      scope.set(statement.name, type);
      return [indent + line];
    }
    case "assign":
      return [`${indent}${statement.name} = ${print(statement.value)};`];
    case "load": {
      const line = `const ${statement.name} = this.#${statement.store}.get(${print(statement.key)});`;
      scope.set(statement.name, recordOf(statement.store, sketch));
      return [`${indent}${line}`, `${indent}if (!${statement.name}) ${refuse(statement.error)}`];
    }
    case "need":
      return [`${indent}if (!(${print(statement.condition)})) ${refuse(statement.error)}`];
    case "fail":
      return [`${indent}${refuse(statement.error)}`];
    case "put":
      return [`${indent}this.#${statement.store}.set(${print(statement.key)}, ${print(statement.value)});`];
    case "drop":
      return [`${indent}this.#${statement.store}.delete(${print(statement.key)});`];
    case "if":
      return [
        `${indent}if (${print(statement.condition)}) {`,
        ...tsBody(statement.body, scope, sketch, `${indent}  `),
        ...(statement.otherwise.length > 0
          ? [`${indent}} else {`, ...tsBody(statement.otherwise, scope, sketch, `${indent}  `)]
          : []),
        `${indent}}`,
      ];
    case "for": {
      const element = typeOf(statement.items, scope, sketch).slice(1, -1);
      const inner = new Map(scope).set(statement.variable, element);
      return [
        `${indent}for (const ${statement.variable} of ${print(statement.items)}) {`,
        ...tsBody(statement.body, inner, sketch, `${indent}  `),
        `${indent}}`,
      ];
    }
    case "return":
      return [`${indent}return${statement.value ? ` ${print(statement.value)}` : ""};`];
  }
}
