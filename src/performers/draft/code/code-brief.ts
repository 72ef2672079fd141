import type { Artifact } from "../../../plan/outcome.ts";
import type { Field, Operation, Sketch } from "./sketch.ts";

export type Language = "typescript" | "python" | "rust" | "go";

export const LANGUAGES: readonly Language[] = ["typescript", "python", "rust", "go"];

/** Everything the printers need to know about one component; all names are already safe. */
export type CodeBrief = {
  /** One safe line for comments and descriptions. */
  readonly title: string;
  readonly slug: string;
  readonly snake: string;
  readonly className: string;
  readonly sketch: Sketch;
  readonly complexity: "simple" | "medium" | "complex";
  /** A framework that the printers know, in lower case. */
  readonly framework: string | undefined;
};

/** The printer of one language. */
export type Printer = {
  /** As people write its name. */
  readonly title: string;
  /** How an operation, or a member of a record, stands in the files: one line of a design. */
  readonly signature: (operation: Operation) => string;
  readonly field: (field: Field) => string;
  readonly files: (brief: CodeBrief) => readonly Artifact[];
  readonly tests: (brief: CodeBrief) => readonly Artifact[];
  readonly frameworks: readonly string[];
  /** Commands to install what a framework needs, to run and to test, in the component's folder. */
  readonly install: string;
  readonly run: string;
  readonly test: string;
};

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  ts: "text/typescript",
  py: "text/x-python",
  rs: "text/x-rust",
  go: "text/x-go",
  json: "application/json",
  toml: "application/toml",
  yaml: "application/yaml",
  md: "text/markdown",
};

/** A file of a draft; the media type follows from the path's ending. */
export function file(path: string, lines: readonly string[]): Artifact {
  const ending = path.slice(path.lastIndexOf(".") + 1);
  return { path, content: `${lines.join("\n")}\n`, mediaType: MEDIA_TYPES[ending] ?? "text/plain" };
}

/** The variable part of a workflow that checks a component on each push. */
export function workflow(slug: string, setup: readonly string[], commands: readonly string[]): Artifact {
  return file(`${slug}/.github/workflows/ci.yaml`, [
    "name: ci",
    "on: [push, pull_request]",
    "permissions: { contents: read }",
    "jobs:",
    "  check:",
    "    runs-on: ubuntu-latest",
    "    timeout-minutes: 10",
    "    steps:",
    "      - uses: actions/checkout@v4",
    ...setup.map((line) => `      ${line}`),
    ...commands.map((command) => `      - run: ${command}`),
  ]);
}

/** The construction of a Rust service, as the entry points and the tests write it. */
export function rustConstruction(brief: CodeBrief, settings: string): string {
  const args = [
    ...(brief.sketch.ports.length > 0 ? ["system_ports()"] : []),
    ...(brief.sketch.settings.length > 0 ? [settings] : []),
  ];
  return `${brief.className}::new(${args.join(", ")})`;
}

/** The name of a Go package: letters and digits only. */
export function goPackage(brief: CodeBrief): string {
  return brief.snake.replaceAll("_", "");
}
