import { readFileSync } from "node:fs";
import { posix } from "node:path";
import { parseSync } from "oxc-parser";
import { expect, test } from "vitest";
import * as library from "../../src/index.ts";

type Node = { readonly type: string; readonly [key: string]: unknown };

/** A file's exported declarations by name, and where its imported names come from: `path#name`. */
type Declared = {
  readonly declarations: ReadonlyMap<string, Node>;
  readonly imports: ReadonlyMap<string, string>;
};

const root = new URL("../../", import.meta.url);
/** What a performer, and a batch that is accepted, is written with. */
const PORTS = [
  "AgentFunction",
  "Performer",
  "Task",
  "PerformContext",
  "CallAccess",
  "GuardAccess",
  "Acceptance",
];
const files = new Map<string, Declared>();

function declared(path: string): Declared {
  const known = files.get(path);
  if (known) return known;
  const body = parseSync(path, readFileSync(new URL(path, root), "utf8")).program.body as unknown as Node[];
  const declarations = new Map<string, Node>();
  const imports = new Map<string, string>();
  for (const node of body) {
    const { declaration, source, specifiers } = node as Node & {
      declaration?: Node & { id?: { name: string }; declarations?: { id: { name: string } }[] };
      source?: { value: string };
      specifiers?: { local: { name: string }; imported?: { name: string }; exported?: { name: string } }[];
    };
    for (const { id } of declaration?.declarations ?? (declaration ? [declaration] : []))
      if (id) declarations.set(id.name, declaration!);
    if (!source?.value.startsWith(".")) continue;
    const from = posix.join(posix.dirname(path), source.value);
    for (const { local, imported, exported } of specifiers ?? [])
      imports.set(exported?.name ?? local.name, `${from}#${imported?.name ?? local.name}`);
  }
  files.set(path, { declarations, imports });
  return files.get(path)!;
}

/** Where a name of a file is declared in the source; undefined for what comes from elsewhere or is the file's own secret. */
function home(path: string, name: string): string | undefined {
  const { declarations, imports } = declared(path);
  if (declarations.has(name)) return `${path}#${name}`;
  const [file, original] = imports.get(name)?.split("#") ?? [];
  return file === undefined ? undefined : home(file, original!);
}

/** The types that a declaration shows: bodies, values, constructors and what is private or protected show none. */
function shownTypes(node: Node): readonly string[] {
  const { accessibility, kind, key } = node as { accessibility?: string; kind?: string; key?: Node };
  if (node.type === "BlockStatement" || kind === "constructor" || key?.type === "PrivateIdentifier")
    return [];
  if (accessibility === "private" || accessibility === "protected") return [];
  const { typeName } = node as { typeName?: { name?: string } };
  const own = node.type === "TSTypeReference" && typeName?.name !== undefined ? [typeName.name] : [];
  const within = Object.values(node)
    .flat()
    .filter((one): one is Node => typeof one === "object" && one !== null && "type" in one);
  return [...own, ...within.flatMap(shownTypes)];
}

/** The exported declaration of a place, and the classes of ours that it extends. */
function withAncestors(at: string): readonly string[] {
  const [path, name] = at.split("#") as [string, string];
  const { superClass } = declared(path).declarations.get(name) as { superClass?: { name: string } | null };
  const above = superClass ? home(path, superClass.name) : undefined;
  return above === undefined ? [at] : [at, ...withAncestors(above)];
}

test("whoever embeds the library can name every type that a call takes or gives, and all that a performer sees", () => {
  const entry = "src/index.ts";
  const exported = [...declared(entry).imports.keys()].map((name) => home(entry, name)!);
  const calls = Object.keys(library).map((name) => home(entry, name)!);
  const shown = [...calls, ...PORTS.map((name) => home(entry, name)!)]
    .flatMap(withAncestors)
    .flatMap((at) => {
      const [path, name] = at.split("#") as [string, string];
      const types = shownTypes(declared(path).declarations.get(name)!).flatMap(
        (type) => home(path, type) ?? [],
      );
      return types.map((type) => ({ type, by: name }));
    });
  expect(shown.length).toBeGreaterThan(50);
  const unnamed = shown.filter(({ type }) => !exported.includes(type));
  expect(unnamed.map(({ type, by }) => `${type}, shown by ${by}`)).toEqual([]);
});
