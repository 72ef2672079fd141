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

/** A sketch type in Rust. */
export function rustType(type: SketchType): string {
  if (type.startsWith("[")) return `Vec<${rustType(type.slice(1, -1))}>`;
  const plain: Record<string, string> = { str: "String", int: "i64", bool: "bool", void: "()" };
  return plain[type] ?? type;
}

const COPIED = new Set(["int", "bool"]);

/** What an expression is printed with: names in scope, the sketch, and what stands before an operation's name. */
export type RustContext = { readonly scope: Scope; readonly sketch: Sketch; readonly self: string };

/** An expression that owns its value: places that are not `Copy` are cloned, string literals are made `String`. */
export function rustValue(expr: Expr, context: RustContext): string {
  const place = rustPlace(expr, context);
  if (expr.kind === "str") return `${place}.to_string()`;
  if (expr.kind !== "name" && expr.kind !== "field") return place;
  return COPIED.has(typeOf(expr, context.scope, context.sketch)) ? place : `${place}.clone()`;
}

/** An expression to look at: nothing is cloned. */
export function rustPlace(expr: Expr, context: RustContext): string {
  const value = (inner: Expr): string => rustValue(inner, context);
  const members = (fields: readonly { name: string; value: Expr }[]): string =>
    fields
      .map((f) => {
        const [name, printed] = [camelToSnake(f.name), value(f.value)];
        return name === printed ? name : `${name}: ${printed}`;
      })
      .join(", ");
  switch (expr.kind) {
    case "str":
      return JSON.stringify(expr.value);
    case "int":
    case "bool":
      return String(expr.value);
    case "empty":
      return "Vec::new()";
    case "name":
      return context.scope.has(expr.name)
        ? camelToSnake(expr.name)
        : `self.settings.${camelToSnake(expr.name)}`;
    case "field":
      return `${rustPlace(expr.of, context)}.${camelToSnake(expr.name)}`;
    case "not":
      return `!${expr.of.kind === "binary" ? `(${rustPlace(expr.of, context)})` : rustPlace(expr.of, context)}`;
    case "record":
      return `${expr.name} { ${members(expr.fields)} }`;
    case "with":
      return `${typeOf(expr.of, context.scope, context.sketch)} { ${members(expr.fields)}, ..${value(expr.of)} }`;
    case "binary": {
      if (expr.op === "+" && typeOf(expr.left, context.scope, context.sketch) === "str") {
        return `format!("{}{}", ${rustPlace(expr.left, context)}, ${rustPlace(expr.right, context)})`;
      }
      const side = (inner: Expr): string =>
        inner.kind === "binary" ? `(${rustPlace(inner, context)})` : rustPlace(inner, context);
      return `${side(expr.left)} ${expr.op} ${side(expr.right)}`;
    }
    case "call":
      return rustCall(expr, context);
  }
}

function rustCall(expr: Extract<Expr, { kind: "call" }>, context: RustContext): string {
  const { scope, sketch } = context;
  const places = expr.args.map((arg) =>
    isStore(arg, scope, sketch) ? `self.${camelToSnake(arg.name)}` : rustPlace(arg, context),
  );
  const values = (): string[] => expr.args.map((arg) => rustValue(arg, context));
  const [first = "", b = ""] = places;
  // A sum whose method is called needs its brackets.
  const a = expr.args[0]?.kind === "binary" ? `(${first})` : first;
  const field = expr.args[1]?.kind === "str" ? camelToSnake(expr.args[1].value) : "";
  const asStr = (index: number): string =>
    expr.args[index]?.kind === "str" ? places[index]! : `${places[index]}.as_str()`;
  const sorted = (order: string): string =>
    `{ let mut sorted = ${values()[0]}; sorted.sort_by(|a, b| ${order}); sorted }`;
  const printed: Record<string, () => string> = {
    len: () =>
      typeOf(expr.args[0]!, scope, sketch) === "str"
        ? `(${a}.chars().count() as i64)`
        : `(${a}.len() as i64)`,
    lower: () => `${a}.to_lowercase()`,
    words: () =>
      `${a}.to_lowercase().split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(String::from).collect::<Vec<String>>()`,
    has: () => `${a}.contains_key(${asStr(1)})`,
    all: () => `${a}.values().cloned().collect::<Vec<_>>()`,
    nextId: () => `self.next_id(${a})`,
    contains: () => `${a}.iter().any(|item| item == ${expr.args[1]?.kind === "str" ? b : `&${b}`})`,
    includes: () => `${a}.contains(${asStr(1)})`,
    startsWith: () => `${a}.starts_with(${asStr(1)})`,
    append: () => `{ let mut grown = ${values()[0]}; grown.push(${values()[1]}); grown }`,
    without: () => `${a}.iter().filter(|item| **item != ${b}).cloned().collect::<Vec<_>>()`,
    take: () => `${a}.iter().take(${b} as usize).cloned().collect::<Vec<_>>()`,
    sortBy: () => sorted(`a.${field}.cmp(&b.${field})`),
    sortDesc: () => sorted(`b.${field}.cmp(&a.${field})`),
    min: () => `std::cmp::min(${first}, ${b})`,
    max: () => `std::cmp::max(${first}, ${b})`,
    text: () => `${a}.to_string()`,
    toInt: () => `${a}.parse::<i64>().unwrap_or(0)`,
    chars: () => `${a}.chars().map(String::from).collect::<Vec<String>>()`,
    isDigit: () => `${a}.chars().all(|c| c.is_ascii_digit())`,
    isLetter: () => `${a}.chars().all(|c| c.is_ascii_alphabetic())`,
  };
  const known = printed[expr.name];
  if (known) return known();
  return sketch.ports.some((p) => p.name === expr.name)
    ? `(self.ports.${camelToSnake(expr.name)})(${values().join(", ")})`
    : `${context.self}${camelToSnake(expr.name)}(${values().join(", ")})`;
}

/** The statements of an operation as indented lines; `last` marks the block whose end is the operation's end. */
export function rustBody(
  statements: readonly Statement[],
  outer: Scope,
  sketch: Sketch,
  indent: string,
): string[] {
  const scope = new Map(outer);
  return statements.flatMap((statement) => rustStatement(statement, scope, sketch, indent));
}

function rustStatement(
  statement: Statement,
  scope: Map<string, SketchType>,
  sketch: Sketch,
  indent: string,
): string[] {
  const context: RustContext = { scope, sketch, self: "self." };
  const place = (expr: Expr): string => rustPlace(expr, context);
  const value = (expr: Expr): string => rustValue(expr, context);
  const refusal = (e: { code: string; message: string }): string =>
    `ServiceError::new("${e.code}", ${JSON.stringify(e.message)})`;
  switch (statement.kind) {
    case "let": {
      const type = statement.type ?? typeOf(statement.value, scope, sketch);
      const line = `let ${statement.mutable ? "mut " : ""}${camelToSnake(statement.name)}: ${rustType(type)} = ${value(statement.value)};`;
      scope.set(statement.name, type);
      return [indent + line];
    }
    case "assign":
      return [`${indent}${camelToSnake(statement.name)} = ${value(statement.value)};`];
    case "load": {
      const key = statement.key.kind === "str" ? place(statement.key) : `&${place(statement.key)}`;
      scope.set(statement.name, recordOf(statement.store, sketch));
      return [
        `${indent}let ${camelToSnake(statement.name)} = self.${camelToSnake(statement.store)}.get(${key}).cloned()`,
        `${indent}    .ok_or_else(|| ${refusal(statement.error)})?;`,
      ];
    }
    case "need":
      return [
        `${indent}if !(${place(statement.condition)}) {`,
        `${indent}    return Err(${refusal(statement.error)});`,
        `${indent}}`,
      ];
    case "fail":
      return [`${indent}return Err(${refusal(statement.error)});`];
    case "put":
      return [
        `${indent}self.${camelToSnake(statement.store)}.insert(${value(statement.key)}, ${value(statement.value)});`,
      ];
    case "drop": {
      const key = statement.key.kind === "str" ? place(statement.key) : `&${place(statement.key)}`;
      return [`${indent}self.${camelToSnake(statement.store)}.remove(${key});`];
    }
    case "if":
      return [
        `${indent}if ${place(statement.condition)} {`,
        ...rustBody(statement.body, scope, sketch, `${indent}    `),
        ...(statement.otherwise.length > 0
          ? [`${indent}} else {`, ...rustBody(statement.otherwise, scope, sketch, `${indent}    `)]
          : []),
        `${indent}}`,
      ];
    case "for": {
      const element = typeOf(statement.items, scope, sketch).slice(1, -1);
      const inner = new Map(scope).set(statement.variable, element);
      return [
        `${indent}for ${camelToSnake(statement.variable)} in ${value(statement.items)} {`,
        ...rustBody(statement.body, inner, sketch, `${indent}    `),
        `${indent}}`,
      ];
    }
    case "return":
      return [`${indent}return Ok(${statement.value ? value(statement.value) : "()"});`];
  }
}
