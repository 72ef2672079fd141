import { posix } from "node:path";
import type { SourceFile } from "./repository.ts";

const IMPORT =
  /(?:^|[;}\n])\s*(?:import|export)\b(\s+type\b(?!\s*(?:,|from\b)))?[^;"']*?\bfrom\s*["']|(?:^|[;}\n])\s*import\s*["']|\brequire\s*\(\s*["']/g;
const ENDINGS = [
  "",
  ".ts",
  ".tsx",
  ".mts",
  ".js",
  ".jsx",
  ".mjs",
  ".cjs",
  "/index.ts",
  "/index.tsx",
  "/index.js",
];

/** Groups of script files that import each other in a circle, each as a path around it; type-only imports do not count. */
export function importCycles(files: readonly SourceFile[]): readonly (readonly string[])[] {
  const scripts = files.filter(({ family }) => family === "js");
  const known = new Set(scripts.map(({ path }) => path));
  const edges = new Map(scripts.map((file) => [file.path, importsOf(file, known)]));
  return components(edges)
    .filter((group) => group.length > 1 || edges.get(group[0]!)!.includes(group[0]!))
    .map((group) => wayAround(group, edges))
    .sort((a, b) => (a[0]! < b[0]! ? -1 : 1));
}

function importsOf(file: SourceFile, known: ReadonlySet<string>): readonly string[] {
  const found = new Set<string>();
  for (const match of file.code.matchAll(IMPORT)) {
    if (match[1] !== undefined) continue;
    const start = match.index + match[0].length;
    const quote = file.text[start - 1]!;
    const specifier = file.text.slice(start, file.text.indexOf(quote, start));
    if (!specifier.startsWith(".")) continue;
    const base = posix.normalize(posix.join(posix.dirname(file.path), specifier));
    const tried = [base, base.replace(/\.([cm]?)js(x?)$/, ".$1ts$2")];
    const target = tried
      .flatMap((path) => ENDINGS.map((ending) => path + ending))
      .find((path) => known.has(path));
    if (target !== undefined) found.add(target);
  }
  return [...found];
}

/** Strongly connected components (Tarjan), without recursion: import chains can be long. */
function components(edges: ReadonlyMap<string, readonly string[]>): readonly (readonly string[])[] {
  const order = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const onStack = new Set<string>();
  const found: string[][] = [];
  const enter = (node: string): { node: string; next: number } => {
    order.set(node, order.size);
    low.set(node, order.get(node)!);
    stack.push(node);
    onStack.add(node);
    return { node, next: 0 };
  };
  for (const root of edges.keys()) {
    if (order.has(root)) continue;
    const work = [enter(root)];
    while (work.length > 0) {
      const frame = work.at(-1)!;
      const child = edges.get(frame.node)![frame.next++];
      if (child !== undefined) {
        if (!order.has(child)) work.push(enter(child));
        else if (onStack.has(child)) low.set(frame.node, Math.min(low.get(frame.node)!, order.get(child)!));
        continue;
      }
      work.pop();
      const parent = work.at(-1);
      if (parent) low.set(parent.node, Math.min(low.get(parent.node)!, low.get(frame.node)!));
      if (low.get(frame.node) !== order.get(frame.node)) continue;
      const group = stack.splice(stack.lastIndexOf(frame.node));
      for (const node of group) onStack.delete(node);
      found.push(group);
    }
  }
  return found;
}

/** The shortest way from the group's first file, by name, back to itself. */
function wayAround(
  group: readonly string[],
  edges: ReadonlyMap<string, readonly string[]>,
): readonly string[] {
  const inside = new Set(group);
  const start = [...group].sort()[0]!;
  const cameFrom = new Map<string, string>();
  const queue = [start];
  for (let at = 0; at < queue.length; at++) {
    for (const next of edges.get(queue[at]!)!) {
      if (next === start) {
        const way = [queue[at]!];
        while (way[0] !== start) way.unshift(cameFrom.get(way[0]!)!);
        return [...way, start];
      }
      if (!inside.has(next) || cameFrom.has(next)) continue;
      cameFrom.set(next, queue[at]!);
      queue.push(next);
    }
  }
  return [...group];
}
