import {
  type Document,
  type ErrorCode,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  visit,
} from "yaml";
import type { Diagnostic, Position, Span } from "../shared/diagnostic.ts";
import { FORBIDDEN_KEYS, isJsonObject, type Json } from "../shared/json.ts";
import { LIMITS } from "../shared/limits.ts";
import { err, ok, type Result } from "../shared/result.ts";

/** Whose syntax it is. */
type SyntaxCode = "TEMPLATE_SYNTAX" | "CONFIG_SYNTAX";

type Fault = Omit<Diagnostic, "code">;

export type DocumentPath = readonly (string | number)[];

/**
 * A YAML or JSON file as plain JSON, with the place of every key and value.
 *
 * I1 The value is JSON: finite numbers, no forbidden key, nested at most LIMITS.syntaxDepth deep.
 * I2 A warning of the YAML parser is an error; aliases are expanded only within its limit.
 */
export class SourceDocument {
  readonly value: Json;
  readonly #source: string;
  readonly #text: string;
  readonly #document: Document.Parsed;
  readonly #lines: LineCounter;

  private constructor(
    source: string,
    text: string,
    document: Document.Parsed,
    lines: LineCounter,
    value: Json,
  ) {
    this.#source = source;
    this.#text = text;
    this.#document = document;
    this.#lines = lines;
    this.value = value;
  }

  /** Reads a text of a size that was judged before; every error bears `code`, its place and a hint. */
  static parse(text: string, source: string, code: SyntaxCode): Result<SourceDocument, Diagnostic[]> {
    const read = SourceDocument.#parse(text, source);
    return read.ok ? read : err(read.error.map((fault) => ({ ...fault, code })));
  }

  static #parse(text: string, source: string): Result<SourceDocument, Fault[]> {
    try {
      return SourceDocument.#read(text, source);
    } catch (error) {
      // Aliases that multiply beyond measure, and nesting that exhausts the stack, are thrown by the parser.
      const { message } = error as Error;
      const got = error instanceof RangeError ? "nesting that is too deep" : message;
      return err([syntax(spanOf(source, new LineCounter(), 0, 0), "the file cannot be read", got)]);
    }
  }

  static #read(text: string, source: string): Result<SourceDocument, Fault[]> {
    const lines = new LineCounter();
    const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, version: "1.2" });
    const problems = [...document.errors, ...document.warnings].map((problem) =>
      syntax(
        spanOf(source, lines, problem.pos[0], problem.pos[1]),
        "the file is not valid YAML or JSON",
        problem.code === "MULTIPLE_DOCS" ? "several documents in one file" : problem.message,
        HINTS[problem.code],
      ),
    );
    if (problems.length > 0) return err(problems);
    const oddKeys = keysThatAreNoTexts(document).map((key) =>
      syntax(
        spanOf(source, lines, key?.[0] ?? 0, key?.[1] ?? 0),
        "a key must be a plain text",
        "another value",
      ),
    );
    if (oddKeys.length > 0) return err(oddKeys);
    const value: unknown = document.toJS({ maxAliasCount: ALIASES_MAX });
    const read = new SourceDocument(source, text, document, lines, value as Json);
    const faults = read.#notJson(value, [], { nodes: 0, above: new Set() });
    return faults.length > 0 ? err(faults) : ok(read);
  }

  /** The place of the value at a path, or of the nearest container that exists. */
  spanAt(path: DocumentPath): Span {
    const { node } = this.#find(path);
    return this.#spanOfNode(node);
  }

  /** The place of the key at the end of a path, or of its container when there is no such key. */
  spanOfKey(path: DocumentPath): Span {
    const { pair, node } = this.#find(path);
    return this.#spanOfNode(isScalar(pair?.key) ? pair.key : node);
  }

  /** The place that `find` picks in the text of the value at a path; the value's own place when it picks none. */
  spanWithin(
    path: DocumentPath,
    find: (written: string) => { index: number; length: number } | undefined,
  ): Span {
    const whole = this.spanAt(path);
    const found = find(this.#text.slice(whole.start.offset, whole.end.offset));
    if (!found) return whole;
    const start = whole.start.offset + found.index;
    return spanOf(this.#source, this.#lines, start, start + found.length);
  }

  #find(path: DocumentPath): { node: Node | null; pair?: Pair<unknown, Node | null> } {
    let node: Node | null = this.#document.contents;
    let pair: Pair<unknown, Node | null> | undefined;
    for (const segment of path) {
      const container: Node | null | undefined = isAlias(node) ? node.resolve(this.#document) : node;
      if (isMap(container)) {
        const found = container.items.find(
          (item) => isScalar(item.key) && String(item.key.value) === String(segment),
        );
        if (!found) return { node };
        pair = found as Pair<unknown, Node | null>;
        node = pair.value ?? (found.key as Node);
      } else if (isSeq(container) && container.items[Number(segment)] !== undefined) {
        pair = undefined;
        node = container.items[Number(segment)] as Node;
      } else return { node };
    }
    return pair ? { node, pair } : { node };
  }

  #spanOfNode(node: Node | null): Span {
    const [start, end] = node?.range ?? [0, 0];
    return spanOf(this.#source, this.#lines, start, end);
  }

  /** What keeps the value from being JSON (I1). `above` holds the containers that this value stands in. */
  #notJson(value: unknown, path: (string | number)[], walk: { nodes: number; above: Set<unknown> }): Fault[] {
    const fault = (message: string, got: string): Fault[] => [syntax(this.spanAt(path), message, got)];
    walk.nodes += 1;
    if (walk.nodes === NODES_MAX + 1)
      return fault("the file is too large when its aliases are expanded", `more than ${NODES_MAX} values`);
    if (walk.nodes > NODES_MAX) return [];
    if (walk.above.has(value))
      return fault("an alias must not stand inside its own anchor", "a value that contains itself");
    if (path.length > LIMITS.syntaxDepth)
      return fault("the file is nested too deeply", `more than ${LIMITS.syntaxDepth} levels`);
    if (typeof value === "number" && !Number.isFinite(value))
      return fault("a number must be finite", String(value));
    if (!Array.isArray(value) && !isJsonObject(value)) return [];
    walk.above.add(value);
    const found = Array.isArray(value)
      ? value.flatMap((item, index) => this.#notJson(item, [...path, index], walk))
      : Object.keys(value).flatMap((key) =>
          FORBIDDEN_KEYS.has(key)
            ? [syntax(this.spanOfKey([...path, key]), "a key must not lead to a prototype", key)]
            : this.#notJson(value[key], [...path, key], walk),
        );
    walk.above.delete(value);
    return found;
  }
}

/** Ranges of keys that are lists, maps or aliases: they have no plain form in JSON. */
function keysThatAreNoTexts(document: Document.Parsed): (readonly number[] | null | undefined)[] {
  const ranges: (readonly number[] | null | undefined)[] = [];
  visit(document, {
    Pair(_, { key }) {
      if (!isScalar(key)) ranges.push((key as Node | null)?.range);
    },
  });
  return ranges;
}

/** Values in one file, aliases expanded. */
const NODES_MAX = 200_000;
/** Nodes that aliases may stand for in all; more is an alias bomb. */
const ALIASES_MAX = 100;

export function tooLarge(source: string, bytes: number): Diagnostic {
  return {
    code: "TEMPLATE_TOO_LARGE",
    severity: "error",
    message: "the file is too large",
    span: spanOf(source, new LineCounter(), 0, 0),
    expected: `at most ${LIMITS.templateFileBytes} bytes`,
    got: `${bytes} bytes`,
    hint: "split it into several templates",
  };
}

/** What mends a fault of the YAML parser's. */
const HINTS: Partial<Readonly<Record<ErrorCode, string>>> = {
  BAD_INDENT: "close what is opened, and indent with as many spaces as its neighbours",
  BLOCK_AS_IMPLICIT_KEY: "quote texts that hold `: `",
  DUPLICATE_KEY: "keep one of the two",
  MISSING_CHAR: "close what is opened",
  MULTIPLE_DOCS: "leave `---` out, or make a file of each",
  TAB_AS_INDENT: "indent with spaces",
  TAG_RESOLVE_FAILED: "leave the tag out",
};

function syntax(
  span: Span,
  message: string,
  got: string,
  hint = "quote texts that hold : or #, use plain keys and values",
): Fault {
  return {
    severity: "error",
    message,
    span,
    expected: "plain YAML 1.2 or JSON",
    got: got.split("\n")[0] ?? got,
    hint,
  };
}

function spanOf(source: string, lines: LineCounter, start: number, end: number): Span {
  return { source, start: positionAt(lines, start), end: positionAt(lines, Math.max(start, end)) };
}

function positionAt(lines: LineCounter, offset: number): Position {
  const { line, col } = lines.linePos(offset);
  return { offset, line: Math.max(line, 1), column: Math.max(col, 1) };
}
