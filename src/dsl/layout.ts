import { LIMITS } from "../shared/limits.ts";
import type { Attached, LeadingComment } from "./comment-attachment.ts";
import type { Argument, Chain, Command, Expression, Fork, Member, Statement, Value } from "./syntax.ts";

/** Columns that a line may take where it can be broken. */
const WIDTH = 100;
const INDENT = 2;
const NO_COMMENTS: Attached = { leading: [], trailing: [], end: [], blankBefore: false };
const BARE_KEY = /^[A-Za-z_$][A-Za-z0-9_$]*$/;

/** One element of a bracketed list. */
type Item = { readonly node: Argument | Member | Value; readonly prefix: string; readonly value: Value };

/** What the printer may know beside the tree. */
export type LayoutOptions = {
  readonly commentsOf?: (node: object) => Attached;
  /** How a literal was spelled; for numbers, whose spelling is kept. */
  readonly spelling?: (literal: Extract<Value, { kind: "literal" }>) => string | undefined;
  /** Adds no parentheses around a fork in a chain: they are for clarity only, and would nest too deep. */
  readonly bareForks: boolean;
};

/**
 * Lays a program's tree out as text.
 * Owns: line breaks, indentation, quotes. Does not own: which comment belongs where (comment-attachment.ts).
 * I1: the layout depends on the tree and its attached comments only, so it is a fixed point of parse and print.
 * I2: a node's one-line form is made once, and none is longer than a line (atoms aside): linear in the tree.
 */
export class Layout {
  readonly #options: LayoutOptions;
  readonly #flatForms = new Map<object, string | undefined>();

  constructor(options: LayoutOptions) {
    this.#options = options;
  }

  comments(node: object): Attached {
    return this.#options.commentsOf?.(node) ?? NO_COMMENTS;
  }

  /** The lines of a statement without its own comments. */
  statement({ name, body }: Statement, firstColumn: number): string {
    const head = name === undefined ? "" : `${name.text} = `;
    const column = firstColumn + head.length;
    if (body.kind === "chain" || body.kind === "fork") {
      const flat = this.#flatParts(body);
      if (flat !== undefined && column + flat.length <= WIDTH) return head + flat;
      return head + this.#brokenParts(body, 0, column);
    }
    return head + this.#unit(body, 0, column);
  }

  /** A part of a chain or fork. */
  #unit(node: Expression, indent: number, column: number): string {
    if (node.kind === "command" || node.kind === "reference") return this.#value(node, indent, column, 0);
    const flat = this.#flat(node);
    if (flat !== undefined && column + flat.length <= WIDTH) return flat;
    const inner = indent + INDENT;
    if (this.#staysBare(node)) return this.#brokenParts(node, inner, column);
    const lines = this.#brokenParts(node, inner, inner);
    const end = this.#ownLines(this.comments(node).end, inner);
    return `(\n${pad(inner)}${lines}\n${end}${pad(indent)})`;
  }

  /** Parts on lines of their own, each later one after its operator; the first at the cursor. */
  #brokenParts(node: Chain | Fork, indent: number, column: number): string {
    const [operator, parts] = node.kind === "chain" ? ["-> ", node.steps] : ["& ", node.branches];
    const rest = indent + (column === indent && indent > 0 ? 0 : INDENT);
    return parts
      .map((part, index) => {
        const { leading, trailing } = this.comments(part);
        const lineIndent = index === 0 ? indent : rest;
        const mark = index === 0 ? "" : operator;
        const { before, inline } = this.leading(leading, lineIndent);
        const at = index === 0 && before === "" ? column : lineIndent;
        const text = this.#unit(part, lineIndent, at + mark.length + inline.length);
        return `${before}${mark}${inline}${text}${trailingText(trailing)}`;
      })
      .join(`\n${pad(rest)}`);
  }

  #value(node: Value, indent: number, column: number, after: number): string {
    const flat = this.#flat(node);
    if (flat !== undefined && (this.#isAtom(node) || column + flat.length + after <= WIDTH)) return flat;
    if (node.kind === "command") return this.#brokenCommand(node, indent, column);
    return this.#brokenList(node, indent);
  }

  #brokenCommand(node: Command, indent: number, column: number): string {
    const head = commandHead(node);
    const items = itemsOf(node);
    const [last] = items.slice(-1);
    if (last === undefined || this.comments(node).end.length > 0)
      return head + this.#brokenList(node, indent);
    const plain = this.comments(last.node).leading.length + this.comments(last.node).trailing.length === 0;
    if (plain && items.length === 1 && this.#isAtom(last.value))
      return `${head}(${last.prefix}${this.#flat(last.value)})`;
    const others = items.slice(0, -1).map((item) => this.#flatItem(item));
    const hugs = plain && (last.value.kind === "array" || last.value.kind === "object");
    if (hugs && !this.#isAtom(last.value) && others.every((other) => other !== undefined)) {
      const before = `${[`${head}(`, ...others.map((other) => `${other}, `)].join("")}${last.prefix}`;
      if (column + before.length < WIDTH) return `${before}${this.#brokenList(last.value, indent)})`;
    }
    return head + this.#brokenList(node, indent);
  }

  /** A bracketed list with one element on each line. */
  #brokenList(node: Value, indent: number): string {
    const [open, close] = bracketsOf(node);
    const inner = indent + INDENT;
    const lines = itemsOf(node).map(({ node: element, prefix, value }) => {
      const { leading, trailing } = this.comments(element);
      const { before, inline } = this.leading(leading, inner);
      const column = inner + inline.length + prefix.length;
      const text = this.#value(value, inner, column, 1);
      return `${pad(inner)}${before}${inline}${prefix}${text},${trailingText(trailing)}\n`;
    });
    return `${open}\n${lines.join("")}${this.#ownLines(this.comments(node).end, inner)}${pad(indent)}${close}`;
  }

  /** A node's form on one line, or `undefined` where comments or the width forbid one. */
  #flat(node: Value | Expression): string | undefined {
    if (node.kind === "literal") return this.#literal(node);
    if (node.kind === "reference") return `$${node.name}`;
    if (this.#flatForms.has(node)) return this.#flatForms.get(node);
    const form = node.kind === "chain" || node.kind === "fork" ? this.#flatGroup(node) : this.#flatList(node);
    const fitting = form !== undefined && (form.length <= WIDTH || this.#isAtom(node)) ? form : undefined;
    this.#flatForms.set(node, fitting);
    return fitting;
  }

  #flatGroup(node: Chain | Fork): string | undefined {
    const parts = this.comments(node).end.length > 0 ? undefined : this.#flatParts(node);
    if (parts === undefined || this.#staysBare(node)) return parts;
    return `(${parts})`;
  }

  /** Whether a group that the source wrote without parentheses (a fork in a chain) must do without them. */
  #staysBare(node: Chain | Fork): boolean {
    if (!this.#options.bareForks || node.kind === "chain") return false;
    return node.span.start.offset === node.branches[0]!.span.start.offset;
  }

  #flatParts(node: Chain | Fork): string | undefined {
    const [operator, parts] = node.kind === "chain" ? [" -> ", node.steps] : [" & ", node.branches];
    let text = "";
    for (const [index, part] of parts.entries()) {
      const inline = this.#inlineOnly(this.comments(part));
      const flat = inline === undefined ? undefined : this.#flat(part);
      if (flat === undefined) return undefined;
      text += `${index === 0 ? "" : operator}${inline}${flat}`;
      if (text.length > WIDTH) return undefined;
    }
    return text;
  }

  #flatList(node: Value): string | undefined {
    if (this.comments(node).end.length > 0) return undefined;
    const [open, close] = bracketsOf(node);
    let text = (node.kind === "command" ? commandHead(node) : "") + open;
    for (const [index, item] of itemsOf(node).entries()) {
      const flat = this.#flatItem(item);
      if (flat === undefined) return undefined;
      text += `${index === 0 ? "" : ", "}${flat}`;
      if (text.length > WIDTH) return undefined;
    }
    return text + close;
  }

  #flatItem({ node, prefix, value }: Item): string | undefined {
    const inline = this.#inlineOnly(this.comments(node));
    const flat = inline === undefined ? undefined : this.#flat(value);
    return flat === undefined ? undefined : `${inline}${prefix}${flat}`;
  }

  /** The comments before an element when all of them can stay on its line. */
  #inlineOnly({ leading, trailing }: Attached): string | undefined {
    if (trailing.length > 0 || leading.some(({ inline }) => !inline)) return undefined;
    return leading.map(({ text }) => `${text} `).join("");
  }

  /** Comments before an element: those up to the last one that needs its own line, and those on the element's line. */
  leading(
    comments: readonly LeadingComment[],
    indent: number,
  ): { readonly before: string; readonly inline: string } {
    const own = comments.findLastIndex(({ inline }) => !inline) + 1;
    const before = comments
      .slice(0, own)
      .map(({ text, inline }) => `${text}${inline ? " " : `\n${pad(indent)}`}`);
    return {
      before: before.join(""),
      inline: comments
        .slice(own)
        .map(({ text }) => `${text} `)
        .join(""),
    };
  }

  #ownLines(comments: readonly LeadingComment[], indent: number): string {
    return comments.map(({ text }) => `${pad(indent)}${text}\n`).join("");
  }

  /** What no line break can make narrower. */
  #isAtom(node: Value | Expression): boolean {
    if (node.kind === "literal" || node.kind === "reference") return true;
    const empty =
      (node.kind === "array" && node.items.length === 0) ||
      (node.kind === "object" && node.members.length === 0);
    return empty && this.comments(node).end.length === 0;
  }

  #literal(node: Extract<Value, { kind: "literal" }>): string {
    if (typeof node.value === "string") return quoted(node.value);
    if (Object.is(node.value, -0)) return this.#options.spelling?.(node) ?? "-0";
    return this.#options.spelling?.(node) ?? String(node.value);
  }
}

/** Whether a tree's brackets would nest too deep if every group in it were printed with parentheses. */
export function needsBareForks(statements: readonly Statement[]): boolean {
  return statements.some(({ body }) => {
    const parts = body.kind === "chain" ? body.steps : body.kind === "fork" ? body.branches : [body];
    return parts.some((part) => depthOf(part) > LIMITS.syntaxDepth);
  });
}

function depthOf(node: Expression | Value): number {
  if (node.kind === "literal" || node.kind === "reference") return 0;
  const inner =
    node.kind === "chain"
      ? node.steps
      : node.kind === "fork"
        ? node.branches
        : itemsOf(node).map(({ value }) => value);
  return 1 + inner.reduce((deepest, child) => Math.max(deepest, depthOf(child)), 0);
}

function itemsOf(node: Value): readonly Item[] {
  switch (node.kind) {
    case "array":
      return node.items.map((item) => ({ node: item, prefix: "", value: item }));
    case "object":
      return node.members.map((member) => ({
        node: member,
        prefix: `${BARE_KEY.test(member.key.text) ? member.key.text : quoted(member.key.text)}: `,
        value: member.value,
      }));
    case "command":
      return node.arguments.map((argument) => ({
        node: argument,
        prefix: argument.name === undefined ? "" : `${argument.name.text}=`,
        value: argument.value,
      }));
    default:
      return [];
  }
}

function bracketsOf(node: Value): readonly [string, string] {
  return node.kind === "array" ? ["[", "]"] : node.kind === "object" ? ["{", "}"] : ["(", ")"];
}

function commandHead({ template, version }: Command): string {
  return `ABYSSAL[${template.text}${version === undefined ? "" : `@${version.text}`}]`;
}

function quoted(text: string): string {
  // JSON leaves U+2028 and U+2029 as they are; in source text they are invisible and end lines for some readers.
  return JSON.stringify(text).replace(/[\u2028\u2029]/g, (char) =>
    char === "\u2028" ? "\\u2028" : "\\u2029",
  );
}

function trailingText(comments: readonly string[]): string {
  return comments.map((text) => ` ${text}`).join("");
}

function pad(width: number): string {
  return " ".repeat(width);
}
