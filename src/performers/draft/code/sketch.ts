/** A type in a sketch: `str`, `int`, `bool`, `void`, a record's name, or one of these in brackets for a list. */
export type SketchType = string;

export type Field = { readonly name: string; readonly type: SketchType };

export type SketchRecord = { readonly name: string; readonly fields: readonly Field[] };

/** One operation of the service; `doc` is its one-line description. */
export type Operation = {
  readonly name: string;
  readonly doc: string;
  readonly parameters: readonly Field[];
  readonly returns: SketchType;
  readonly body: readonly Statement[];
};

/** A behaviour as a sequence of calls with what each must give. */
export type Scenario = { readonly title: string; readonly steps: readonly ScenarioStep[] };

export type ScenarioStep =
  | {
      readonly kind: "call";
      readonly variable?: string;
      readonly operation: string;
      readonly args: readonly Expr[];
    }
  | { readonly kind: "expect"; readonly condition: Expr }
  | {
      readonly kind: "refuse";
      readonly code: string;
      readonly operation: string;
      readonly args: readonly Expr[];
    };

export type Statement =
  | {
      readonly kind: "let";
      readonly name: string;
      readonly type?: SketchType;
      readonly value: Expr;
      readonly mutable: boolean;
    }
  | { readonly kind: "assign"; readonly name: string; readonly value: Expr }
  | {
      readonly kind: "load";
      readonly name: string;
      readonly store: string;
      readonly key: Expr;
      readonly error: Refusal;
    }
  | { readonly kind: "need"; readonly condition: Expr; readonly error: Refusal }
  | { readonly kind: "fail"; readonly error: Refusal }
  | { readonly kind: "put"; readonly store: string; readonly key: Expr; readonly value: Expr }
  | { readonly kind: "drop"; readonly store: string; readonly key: Expr }
  | {
      readonly kind: "if";
      readonly condition: Expr;
      readonly body: readonly Statement[];
      readonly otherwise: readonly Statement[];
    }
  | {
      readonly kind: "for";
      readonly variable: string;
      readonly items: Expr;
      readonly body: readonly Statement[];
    }
  | { readonly kind: "return"; readonly value?: Expr };

export type Refusal = { readonly code: string; readonly message: string };

export type Expr =
  | { readonly kind: "str"; readonly value: string }
  | { readonly kind: "int"; readonly value: number }
  | { readonly kind: "bool"; readonly value: boolean }
  | { readonly kind: "empty" }
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "field"; readonly of: Expr; readonly name: string }
  | { readonly kind: "call"; readonly name: string; readonly args: readonly Expr[] }
  | { readonly kind: "record"; readonly name: string; readonly fields: readonly FieldValue[] }
  | { readonly kind: "with"; readonly of: Expr; readonly fields: readonly FieldValue[] }
  | { readonly kind: "binary"; readonly op: string; readonly left: Expr; readonly right: Expr }
  | { readonly kind: "not"; readonly of: Expr };

export type FieldValue = { readonly name: string; readonly value: Expr };

/** A service in a language-neutral form, from which each language's files are printed. */
export type Sketch = {
  readonly records: readonly SketchRecord[];
  readonly stores: readonly { readonly name: string; readonly record: string }[];
  readonly settings: readonly { readonly name: string; readonly value: number; readonly doc: string }[];
  /** Functions that the service is given: what it must not do itself (secrets, digests). */
  readonly ports: readonly {
    readonly name: string;
    readonly parameters: readonly Field[];
    readonly returns: SketchType;
  }[];
  readonly operations: readonly Operation[];
  readonly scenarios: readonly Scenario[];
};

/** Names in scope with their types. */
export type Scope = ReadonlyMap<string, SketchType>;

const CALL_TYPES: Readonly<Record<string, SketchType>> = {
  len: "int",
  lower: "str",
  words: "[str]",
  has: "bool",
  nextId: "str",
  contains: "bool",
  includes: "bool",
  startsWith: "bool",
  min: "int",
  max: "int",
  text: "str",
  toInt: "int",
  chars: "[str]",
  isDigit: "bool",
  isLetter: "bool",
};

const SAME_AS_FIRST = new Set(["append", "without", "take", "sortBy", "sortDesc"]);

/** The type of an expression; throws on a name the sketch does not know (a fault of the sketch itself). */
export function typeOf(expr: Expr, scope: Scope, sketch: Sketch): SketchType {
  switch (expr.kind) {
    case "str":
    case "int":
    case "bool":
      return expr.kind;
    case "empty":
      return "[]";
    case "not":
      return "bool";
    case "name": {
      const type =
        scope.get(expr.name) ?? (sketch.settings.some((s) => s.name === expr.name) ? "int" : undefined);
      if (type === undefined) throw new Error(`sketch: unknown name ${expr.name}`);
      return type;
    }
    case "record":
      return expr.name;
    case "with":
      return typeOf(expr.of, scope, sketch);
    case "field": {
      const owner = typeOf(expr.of, scope, sketch);
      const field = sketch.records.find((r) => r.name === owner)?.fields.find((f) => f.name === expr.name);
      if (!field) throw new Error(`sketch: ${owner} has no field ${expr.name}`);
      return field.type;
    }
    case "call":
      return callType(expr, scope, sketch);
    case "binary":
      if (expr.op === "+") return typeOf(expr.left, scope, sketch);
      return ["-", "*", "/", "%"].includes(expr.op) ? "int" : "bool";
  }
}

function callType(expr: Extract<Expr, { kind: "call" }>, scope: Scope, sketch: Sketch): SketchType {
  const first = expr.args[0];
  if (SAME_AS_FIRST.has(expr.name)) return typeOf(first!, scope, sketch);
  if (expr.name === "all" && first?.kind === "name") {
    return `[${recordOf(first.name, sketch)}]`;
  }
  const known =
    CALL_TYPES[expr.name] ??
    sketch.ports.find((p) => p.name === expr.name)?.returns ??
    sketch.operations.find((o) => o.name === expr.name)?.returns;
  if (known === undefined) throw new Error(`sketch: unknown call ${expr.name}`);
  return known;
}

/** What a store of the sketch holds. */
export function recordOf(store: string, { stores }: Sketch): SketchType {
  return stores.find(({ name }) => name === store)!.record;
}

/** Whether an argument names a store; a name in scope hides one. */
export function isStore(
  expr: Expr,
  scope: Scope,
  { stores }: Sketch,
): expr is Extract<Expr, { kind: "name" }> {
  return expr.kind === "name" && !scope.has(expr.name) && stores.some(({ name }) => name === expr.name);
}

/** Every refusal of a service, each code once, in order of first appearance. */
export function refusalsOf(sketch: Sketch): readonly Refusal[] {
  const seen = new Map<string, Refusal>();
  const visit = (statements: readonly Statement[]): void => {
    for (const statement of statements) {
      if ("error" in statement && !seen.has(statement.error.code)) {
        seen.set(statement.error.code, statement.error);
      }
      if (statement.kind === "if") {
        visit(statement.body);
        visit(statement.otherwise);
      }
      if (statement.kind === "for") visit(statement.body);
    }
  };
  for (const operation of sketch.operations) visit(operation.body);
  return [...seen.values()];
}

/** `name(a: str, b: int) -> Type`, the signature as sketches write it. */
export function signatureOf(operation: Operation): string {
  const parameters = operation.parameters.map((p) => `${p.name}: ${p.type}`).join(", ");
  return `${operation.name}(${parameters}) -> ${operation.returns}`;
}
