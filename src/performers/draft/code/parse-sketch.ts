import type {
  Expr,
  Field,
  FieldValue,
  Operation,
  Refusal,
  Scenario,
  ScenarioStep,
  Sketch,
  SketchType,
  Statement,
} from "./sketch.ts";

type Token = { readonly kind: "name" | "int" | "str" | "doc" | "sign" | "end"; readonly text: string };

const TOKEN =
  /\s+|\/\/[ ]?(?<doc>[^\n]*)|(?<name>[A-Za-z_]\w*)|(?<int>\d+)|"(?<str>[^"\n]*)"|(?<sign>&&|\|\||==|!=|<=|>=|->|[-+*/%<>=!(){}[\],:.])/gy;

const BINDING: Readonly<Record<string, number>> = {
  "||": 1,
  "&&": 2,
  "==": 3,
  "!=": 3,
  "<": 4,
  ">": 4,
  "<=": 4,
  ">=": 4,
  "+": 5,
  "-": 5,
  "*": 6,
  "/": 6,
  "%": 6,
};

/**
 * Reads a sketch: `record`, `store`, `setting`, `port`, `op` and `scenario` declarations (docs/reference/draft.md).
 * Sketches are our own constants, so a fault in one throws.
 */
export function parseSketch(text: string): Sketch {
  return new SketchParser(tokenise(text)).sketch();
}

function tokenise(text: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (!match) throw new Error(`sketch: unreadable at "${text.slice(at, at + 20)}"`);
    for (const kind of ["doc", "name", "int", "str", "sign"] as const) {
      const found = match.groups?.[kind];
      if (found !== undefined) tokens.push({ kind, text: found });
    }
  }
  return tokens;
}

class SketchParser {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  sketch(): Sketch {
    const records: Sketch["records"][number][] = [];
    const stores: Sketch["stores"][number][] = [];
    const settings: Sketch["settings"][number][] = [];
    const ports: Sketch["ports"][number][] = [];
    const operations: Operation[] = [];
    const scenarios: Scenario[] = [];
    while (this.#peek().kind !== "end") {
      const doc = this.#docs();
      const word = this.#name();
      if (word === "record") records.push({ name: this.#name(), fields: this.#fields("{", "}") });
      else if (word === "store") {
        const name = this.#name();
        this.#sign(":");
        stores.push({ name, record: this.#name() });
      } else if (word === "setting") {
        const name = this.#name();
        this.#sign("=");
        settings.push({ name, value: Number(this.#take("int")), doc });
      } else if (word === "port") {
        const name = this.#name();
        const parameters = this.#fields("(", ")");
        this.#sign(":");
        ports.push({ name, parameters, returns: this.#type() });
      } else if (word === "op") operations.push(this.#operation(doc));
      else if (word === "scenario") scenarios.push(this.#scenario());
      else throw new Error(`sketch: unknown declaration ${word}`);
    }
    return { records, stores, settings, ports, operations, scenarios };
  }

  #operation(doc: string): Operation {
    const name = this.#name();
    const parameters = this.#fields("(", ")");
    const returns = this.#accept(":") ? this.#type() : "void";
    return { name, doc, parameters, returns, body: this.#block() };
  }

  #scenario(): Scenario {
    const title = this.#take("str");
    const steps: ScenarioStep[] = [];
    this.#sign("{");
    while (!this.#accept("}")) steps.push(this.#scenarioStep());
    return { title, steps };
  }

  #scenarioStep(): ScenarioStep {
    if (this.#acceptName("expect")) return { kind: "expect", condition: this.#expression() };
    if (this.#acceptName("refuse")) {
      const code = this.#name();
      return { kind: "refuse", code, operation: this.#name(), args: this.#args() };
    }
    const first = this.#name();
    if (this.#accept("="))
      return { kind: "call", variable: first, operation: this.#name(), args: this.#args() };
    return { kind: "call", operation: first, args: this.#args() };
  }

  #block(): Statement[] {
    const statements: Statement[] = [];
    this.#sign("{");
    while (!this.#accept("}")) statements.push(this.#statement());
    return statements;
  }

  #statement(): Statement {
    const word = this.#name();
    switch (word) {
      case "let":
      case "var": {
        const name = this.#name();
        const type = this.#accept(":") ? this.#type() : undefined;
        this.#sign("=");
        return {
          kind: "let",
          name,
          ...(type === undefined ? {} : { type }),
          value: this.#expression(),
          mutable: word === "var",
        };
      }
      case "load": {
        const name = this.#name();
        this.#sign("=");
        return { kind: "load", name, ...this.#slot(), error: this.#orElse() };
      }
      case "need":
        return { kind: "need", condition: this.#expression(), error: this.#orElse() };
      case "fail":
        return { kind: "fail", error: this.#refusal() };
      case "put": {
        const slot = this.#slot();
        this.#sign("=");
        return { kind: "put", ...slot, value: this.#expression() };
      }
      case "drop":
        return { kind: "drop", ...this.#slot() };
      case "if": {
        const condition = this.#expression();
        const body = this.#block();
        return { kind: "if", condition, body, otherwise: this.#acceptName("else") ? this.#block() : [] };
      }
      case "for": {
        const variable = this.#name();
        if (!this.#acceptName("in")) throw new Error("sketch: expected in");
        return { kind: "for", variable, items: this.#expression(), body: this.#block() };
      }
      case "return":
        return this.#peek().text === "}" ? { kind: "return" } : { kind: "return", value: this.#expression() };
      default:
        this.#sign("=");
        return { kind: "assign", name: word, value: this.#expression() };
    }
  }

  #slot(): { store: string; key: Expr } {
    const store = this.#name();
    this.#sign("[");
    const key = this.#expression();
    this.#sign("]");
    return { store, key };
  }

  #orElse(): Refusal {
    if (!this.#acceptName("else")) throw new Error(`sketch: expected else before ${this.#peek().text}`);
    return this.#refusal();
  }

  #refusal(): Refusal {
    return { code: this.#name(), message: this.#take("str") };
  }

  #expression(least = 1): Expr {
    let left = this.#unary();
    for (;;) {
      const op = this.#peek().text;
      const binding = this.#peek().kind === "sign" ? BINDING[op] : undefined;
      if (binding === undefined || binding < least) return left;
      this.#at++;
      left = { kind: "binary", op, left, right: this.#expression(binding + 1) };
    }
  }

  #unary(): Expr {
    if (this.#accept("!")) return { kind: "not", of: this.#unary() };
    let expr = this.#primary();
    for (;;) {
      if (this.#accept(".")) expr = { kind: "field", of: expr, name: this.#name() };
      else if (this.#acceptName("with")) expr = { kind: "with", of: expr, fields: this.#fieldValues() };
      else return expr;
    }
  }

  #primary(): Expr {
    const token = this.#peek();
    this.#at++;
    if (token.kind === "str") return { kind: "str", value: token.text };
    if (token.kind === "int") return { kind: "int", value: Number(token.text) };
    if (token.text === "(") {
      const inner = this.#expression();
      this.#sign(")");
      return inner;
    }
    if (token.text === "[") {
      this.#sign("]");
      return { kind: "empty" };
    }
    if (token.kind !== "name") throw new Error(`sketch: unexpected ${token.text}`);
    if (token.text === "true" || token.text === "false")
      return { kind: "bool", value: token.text === "true" };
    if (this.#peek().text === "(") return { kind: "call", name: token.text, args: this.#args() };
    if (/^[A-Z]/.test(token.text)) return { kind: "record", name: token.text, fields: this.#fieldValues() };
    return { kind: "name", name: token.text };
  }

  #args(): Expr[] {
    const args: Expr[] = [];
    this.#sign("(");
    while (!this.#accept(")")) {
      args.push(this.#expression());
      this.#accept(",");
    }
    return args;
  }

  #fieldValues(): FieldValue[] {
    const fields: FieldValue[] = [];
    this.#sign("{");
    while (!this.#accept("}")) {
      const name = this.#name();
      this.#sign(":");
      fields.push({ name, value: this.#expression() });
      this.#accept(",");
    }
    return fields;
  }

  #fields(open: string, close: string): Field[] {
    const fields: Field[] = [];
    this.#sign(open);
    while (!this.#accept(close)) {
      const name = this.#name();
      this.#sign(":");
      fields.push({ name, type: this.#type() });
      this.#accept(",");
    }
    return fields;
  }

  #type(): SketchType {
    if (!this.#accept("[")) return this.#name();
    const inner = this.#name();
    this.#sign("]");
    return `[${inner}]`;
  }

  #docs(): string {
    const lines: string[] = [];
    while (this.#peek().kind === "doc") lines.push(this.#tokens[this.#at++]!.text.trim());
    return lines.join(" ");
  }

  #peek(): Token {
    return this.#tokens[this.#at] ?? { kind: "end", text: "" };
  }

  #name(): string {
    return this.#take("name");
  }

  #take(kind: Token["kind"]): string {
    const token = this.#peek();
    if (token.kind !== kind) throw new Error(`sketch: expected ${kind}, got "${token.text}"`);
    this.#at++;
    return token.text;
  }

  #sign(text: string): void {
    if (!this.#accept(text)) throw new Error(`sketch: expected ${text}, got "${this.#peek().text}"`);
  }

  #accept(text: string): boolean {
    if (this.#peek().kind !== "sign" || this.#peek().text !== text) return false;
    this.#at++;
    return true;
  }

  #acceptName(text: string): boolean {
    if (this.#peek().kind !== "name" || this.#peek().text !== text) return false;
    this.#at++;
    return true;
  }
}
