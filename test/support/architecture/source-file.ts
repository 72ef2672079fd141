import { parseSync } from "oxc-parser";

/** One import, export-from, `import()` or type import; `names` are what it takes in, `null` all of it. */
export type ImportSite = {
  /** `null` when it is computed, so that nobody can tell what it loads. */
  readonly specifier: string | null;
  readonly names: readonly string[] | null;
  readonly line: number;
};

export type SourceFile = {
  readonly path: string;
  readonly lineCount: number;
  readonly imports: readonly ImportSite[];
  readonly functions: readonly { readonly line: number; readonly lineCount: number }[];
  readonly defaultExports: readonly number[];
  /** Every statement hands on another file's exports. */
  readonly barrel: boolean;
  /** Names and members such as `Math.random`, with the calls' argument count (-1: not called). */
  readonly mentions: readonly {
    readonly name: string;
    readonly argumentCount: number;
    readonly line: number;
  }[];
};

type Node = {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [key: string]: unknown;
};

const FUNCTIONS = new Set(["FunctionDeclaration", "FunctionExpression", "ArrowFunctionExpression"]);

/** What the rules need to know of a TypeScript file; throws on a file that cannot be parsed. */
export function readSource(path: string, text: string): SourceFile {
  const { program, errors } = parseSync(path, text);
  if (errors.length > 0) throw new SyntaxError(`${path}: ${errors[0]?.message}`);
  const lineOf = lineIndex(text);
  const file = {
    path,
    lineCount: text.replace(/\n$/, "").split("\n").length,
    imports: [] as ImportSite[],
    functions: [] as { line: number; lineCount: number }[],
    defaultExports: [] as number[],
    barrel: isBarrel(program.body as unknown as readonly Node[]),
    mentions: [] as { name: string; argumentCount: number; line: number }[],
  };
  const visit = (node: Node, parent: Node | null): void => {
    const line = lineOf(node.start);
    const site = importSite(node);
    if (site) file.imports.push({ ...site, line });
    if (FUNCTIONS.has(node.type)) file.functions.push({ line, lineCount: lineOf(node.end) - line + 1 });
    if (isDefaultExport(node)) file.defaultExports.push(line);
    const name = mentionedName(node, parent);
    if (name !== undefined) file.mentions.push({ name, argumentCount: argumentCount(node, parent), line });
    for (const child of children(node)) visit(child, node);
  };
  visit(program as unknown as Node, null);
  return file;
}

function lineIndex(text: string): (offset: number) => number {
  const starts = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return (offset) => starts.findLastIndex((start) => start <= offset) + 1;
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && typeof (value as Node).type === "string";
}

function children(node: Node): Node[] {
  return Object.values(node)
    .flatMap((value) => (Array.isArray(value) ? value : [value]))
    .filter(isNode);
}

function importSite(node: Node): Omit<ImportSite, "line"> | undefined {
  const { source } = node;
  switch (node.type) {
    case "ImportDeclaration":
    case "ExportNamedDeclaration": {
      const specifiers = node.specifiers as readonly Node[];
      if (!isNode(source)) return undefined;
      const all = specifiers.some(({ type }) => type === "ImportNamespaceSpecifier");
      return { specifier: literal(source), names: all ? null : specifiers.map(importedName) };
    }
    case "ExportAllDeclaration":
    case "TSImportType":
    case "ImportExpression":
      return { specifier: isNode(source) ? literal(source) : null, names: null };
    case "TSExternalModuleReference":
      return { specifier: isNode(node.expression) ? literal(node.expression) : null, names: null };
    case "CallExpression":
      return isNode(node.callee) && node.callee.name === "require"
        ? { specifier: null, names: null }
        : undefined;
    default:
      return undefined;
  }
}

function importedName(specifier: Node): string {
  const name = specifier.imported ?? specifier.local;
  return specifier.type !== "ImportDefaultSpecifier" && isNode(name)
    ? String(name.name ?? name.value)
    : "default";
}

function literal(node: Node): string | null {
  return typeof node.value === "string" ? node.value : null;
}

function isDefaultExport(node: Node): boolean {
  if (node.type === "ExportDefaultDeclaration") return true;
  return node.type === "ExportSpecifier" && isNode(node.exported) && node.exported.name === "default";
}

function isBarrel(body: readonly Node[]): boolean {
  const handsOn = (node: Node) => node.type === "ExportAllDeclaration" || isNode(node.source);
  return body.length > 0 && body.every(handsOn) && body.some(({ type }) => type.startsWith("Export"));
}

/** `a`, or `a.b` for a member of a plain name; nothing for declarations, keys and members' own names. */
function mentionedName(node: Node, parent: Node | null): string | undefined {
  if (node.type === "MemberExpression") {
    const { object, property } = node;
    if (!isNode(object) || !isNode(property) || object.type !== "Identifier") return undefined;
    const member = node.computed ? literal(property) : property.name;
    return typeof member === "string" ? `${String(object.name)}.${member}` : undefined;
  }
  if (node.type !== "Identifier" || !parent) return undefined;
  const isName =
    (parent.type === "MemberExpression" && parent.property === node && !parent.computed) ||
    ((parent.type === "Property" || parent.type.endsWith("Definition") || parent.type.startsWith("TS")) &&
      parent.key === node &&
      !parent.shorthand);
  return isName ? undefined : String(node.name);
}

function argumentCount(node: Node, parent: Node | null): number {
  if (!parent || parent.callee !== node) return -1;
  return (parent.arguments as readonly unknown[]).length;
}
