import { stripTypeScriptTypes } from "node:module";
import { parser as goParser } from "@lezer/go";
import { parser as pythonParser } from "@lezer/python";
import { parser as rustParser } from "@lezer/rust";
import { parse as parseToml } from "smol-toml";
import { parse as parseYaml } from "yaml";
import type { Artifact } from "../../../src/plan/outcome.ts";

type TreeParser = typeof goParser;

/** The first faulty place of a text in a grammar, as its surroundings; undefined when it parses. */
function grammarFault(parser: TreeParser, text: string): string | undefined {
  let fault: string | undefined;
  parser.parse(text).iterate({
    enter: (node) => {
      if (node.type.isError && fault === undefined) {
        fault = `at ${node.from}: ${text.slice(Math.max(0, node.from - 60), node.from + 40)}`;
      }
    },
  });
  return fault;
}

function thrown(work: () => unknown): string | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    return String(error);
  }
}

const JUDGES: Readonly<Record<string, (text: string) => string | undefined>> = {
  ts: (text) => thrown(() => stripTypeScriptTypes(text)),
  py: (text) => grammarFault(pythonParser, text),
  rs: (text) => grammarFault(rustParser, text),
  go: (text) => grammarFault(goParser, text),
  json: (text) => thrown(() => JSON.parse(text)),
  toml: (text) => thrown(() => parseToml(text)),
  yaml: (text) => thrown(() => parseYaml(text, { strict: true })),
  mjs: (text) => thrown(() => stripTypeScriptTypes(text)),
};

/** The faults of files by the grammar of each; files without a grammar (Markdown, go.mod, Dockerfile) pass. */
export function syntaxFaults(artifacts: readonly Artifact[]): string[] {
  return artifacts.flatMap(({ path, content }) => {
    const fault = JUDGES[path.slice(path.lastIndexOf(".") + 1)]?.(content);
    return fault === undefined ? [] : [`${path}: ${fault}`];
  });
}

/** Paths that leave the output folder or hold something a file system may not. */
export function unsafePaths(artifacts: readonly Artifact[]): string[] {
  return artifacts
    .map(({ path }) => path)
    .filter((path) => !/^[\w.-]+(\/[\w.-]+)*$/.test(path) || path.split("/").includes(".."));
}
