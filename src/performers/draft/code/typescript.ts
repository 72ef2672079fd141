import type { Artifact } from "../../../plan/outcome.ts";
import { type CodeBrief, file, type Printer, workflow } from "./code-brief.ts";
import { type Field, type Operation, refusalsOf, type Scenario } from "./sketch.ts";
import { tsBody, tsExpr, tsType } from "./typescript-body.ts";
import { TYPESCRIPT_SERVERS, typescriptServer } from "./typescript-http.ts";

/** Prints a component in TypeScript that Node 24 runs as it stands (types are stripped). */
export const typescriptPrinter: Printer = {
  title: "TypeScript",
  signature,
  field,
  frameworks: Object.keys(TYPESCRIPT_SERVERS),
  install: "npm install",
  run: "node src/main.ts",
  test: "node --test",
  tests: (brief) => [file(`${brief.slug}/test/service.test.ts`, testLines(brief))],
  files(brief) {
    const at = (name: string): string => `${brief.slug}/${name}`;
    const files: Artifact[] = [
      file(at("src/model.ts"), modelLines(brief)),
      file(at("src/errors.ts"), errorLines(brief)),
      file(at("src/service.ts"), serviceLines(brief)),
      file(at("src/main.ts"), mainLines(brief)),
      file(at("package.json"), manifestLines(brief)),
      file(at("tsconfig.json"), TSCONFIG),
    ];
    if (brief.sketch.ports.length > 0) files.push(file(at("src/ports.ts"), portLines()));
    if (brief.complexity !== "simple" && brief.sketch.settings.length > 0) {
      files.push(file(at("src/settings.ts"), settingsLines()));
    }
    if (brief.framework) files.push(file(at("src/server.ts"), typescriptServer(brief)));
    if (brief.complexity === "complex") {
      files.push(file(at("src/audit.ts"), AUDIT));
      files.push(
        workflow(
          brief.slug,
          ["- uses: actions/setup-node@v4", "  with: { node-version: 24 }"],
          ["npm install", "npm test"],
        ),
      );
    }
    return files;
  },
};

const TSCONFIG = [
  "{",
  '  "compilerOptions": {',
  '    "target": "es2024", "module": "nodenext", "strict": true, "noEmit": true, "types": ["node"],',
  '    "allowImportingTsExtensions": true, "erasableSyntaxOnly": true, "verbatimModuleSyntax": true',
  "  },",
  '  "include": ["src", "test"]',
  "}",
];

function manifestLines(brief: CodeBrief): string[] {
  const dependencies = brief.framework ? TYPESCRIPT_SERVERS[brief.framework]!.dependencies : {};
  const manifest = {
    name: brief.slug,
    version: "0.1.0",
    description: brief.title,
    private: true,
    type: "module",
    engines: { node: ">=24" },
    scripts: { start: brief.framework ? "node src/server.ts" : "node src/main.ts", test: "node --test" },
    ...(Object.keys(dependencies).length > 0 ? { dependencies } : {}),
    devDependencies: { "@types/node": "^24.0.0", typescript: "^5.9.0" },
  };
  return [JSON.stringify(manifest, null, 2)];
}

function modelLines({ sketch }: CodeBrief): string[] {
  const lines = sketch.records.flatMap((record) => [
    `export type ${record.name} = {`,
    ...record.fields.map((f) => `  readonly ${field(f)};`),
    "};",
    "",
  ]);
  if (sketch.settings.length > 0) {
    lines.push(
      "export type Settings = {",
      ...sketch.settings.flatMap((s) => [`  /** ${s.doc} */`, `  readonly ${s.name}: number;`]),
      "};",
      "",
    );
    lines.push(
      "export const DEFAULT_SETTINGS: Settings = {",
      ...sketch.settings.map((s) => `  ${s.name}: ${s.value},`),
      "};",
      "",
    );
  }
  if (sketch.ports.length > 0) {
    const port = (p: (typeof sketch.ports)[number]): string =>
      `  readonly ${p.name}: (${p.parameters.map((f) => `${f.name}: ${tsType(f.type)}`).join(", ")}) => ${tsType(p.returns)};`;
    lines.push(
      "/** What the service is given from outside. */",
      "export type Ports = {",
      ...sketch.ports.map(port),
      "};",
      "",
    );
  }
  return lines.slice(0, -1);
}

function errorLines({ sketch }: CodeBrief): string[] {
  const refusals = refusalsOf(sketch);
  return [
    "/** Every expected refusal, by its stable code. */",
    `export type ErrorCode =${refusals.map((r) => `\n  | "${r.code}"`).join("")};`,
    "",
    "export class ServiceError extends Error {",
    '  override readonly name = "ServiceError";',
    "  readonly code: ErrorCode;",
    "",
    "  constructor(code: ErrorCode, message: string) {",
    "    super(message);",
    "    this.code = code;",
    "  }",
    "}",
  ];
}

function serviceLines(brief: CodeBrief): string[] {
  const { sketch, className, title } = brief;
  const hasSettings = sketch.settings.length > 0;
  const hasPorts = sketch.ports.length > 0;
  const parameters = [
    ...(hasPorts ? ["ports: Ports"] : []),
    ...(hasSettings ? ["settings: Partial<Settings> = {}"] : []),
  ];
  const types = [
    ...sketch.records.map((r) => r.name),
    ...(hasPorts ? ["Ports"] : []),
    ...(hasSettings ? ["Settings"] : []),
  ];
  const body = sketch.operations.flatMap((operation) => ["", ...operationLines(operation, brief)]);
  const usesIds = body.some((line) => line.includes("#nextId("));
  const usesOrder = body.some((line) => line.includes("inKeyOrder("));
  return [
    'import { ServiceError } from "./errors.ts";',
    ...(hasSettings ? ['import { DEFAULT_SETTINGS } from "./model.ts";'] : []),
    `import type { ${types.join(", ")} } from "./model.ts";`,
    "",
    `/** ${title}: all state in memory, time given by the caller. */`,
    `export class ${className} {`,
    ...sketch.stores.map((s) => `  readonly #${s.name} = new Map<string, ${s.record}>();`),
    ...(usesIds ? ["  #sequence = 0;"] : []),
    ...(hasPorts ? ["  readonly #ports: Ports;"] : []),
    ...(hasSettings ? ["  readonly #settings: Settings;"] : []),
    ...(parameters.length > 0
      ? [
          "",
          `  constructor(${parameters.join(", ")}) {`,
          ...(hasPorts ? ["    this.#ports = ports;"] : []),
          ...(hasSettings ? ["    this.#settings = { ...DEFAULT_SETTINGS, ...settings };"] : []),
          "  }",
        ]
      : []),
    ...body,
    ...(usesIds
      ? [
          "",
          "  #nextId(prefix: string): string {",
          "    this.#sequence += 1;",
          '    return prefix + "-" + String(this.#sequence).padStart(6, "0");',
          "  }",
        ]
      : []),
    "}",
    ...(usesOrder
      ? [
          "",
          "function inKeyOrder<T>(store: ReadonlyMap<string, T>): readonly T[] {",
          "  return [...store].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value);",
          "}",
        ]
      : []),
  ];
}

function signature({ name, parameters, returns }: Operation): string {
  return `${name}(${parameters.map(field).join(", ")}): ${tsType(returns)}`;
}

function field({ name, type }: Field): string {
  return `${name}: ${tsType(type)}`;
}

function operationLines(operation: Operation, { sketch }: CodeBrief): string[] {
  const scope = new Map(operation.parameters.map((p) => [p.name, p.type]));
  return [
    `  /** ${operation.doc} */`,
    `  ${signature(operation)} {`,
    ...tsBody(operation.body, scope, sketch, "    "),
    "  }",
  ];
}

function construction(brief: CodeBrief, settings = ""): string {
  const args = [...(brief.sketch.ports.length > 0 ? ["systemPorts"] : []), ...(settings ? [settings] : [])];
  return `new ${brief.className}(${args.join(", ")})`;
}

function mainLines(brief: CodeBrief): string[] {
  const { sketch } = brief;
  const fromEnvironment = brief.complexity !== "simple" && sketch.settings.length > 0;
  const service = construction(brief, fromEnvironment ? "settingsFrom(process.env)" : "");
  const audited = brief.complexity === "complex";
  return [
    ...(audited ? ['import { audited } from "./audit.ts";'] : []),
    'import { ServiceError } from "./errors.ts";',
    ...(sketch.ports.length > 0 ? ['import { systemPorts } from "./ports.ts";'] : []),
    `import { ${brief.className} } from "./service.ts";`,
    ...(fromEnvironment ? ['import { settingsFrom } from "./settings.ts";'] : []),
    "",
    `// ${sketch.scenarios[0]?.title ?? "A first use"}, shown step by step.`,
    "try {",
    audited
      ? `  const service = audited(${service}, (entry) => console.error(JSON.stringify(entry)));`
      : `  const service = ${service};`,
    ...scenarioLines(sketch.scenarios[0], brief, "  ", "show"),
    "} catch (error) {",
    "  if (!(error instanceof ServiceError)) throw error;",
    '  console.error(error.code + ": " + error.message);',
    "  process.exitCode = 1;",
    "}",
  ];
}

function scenarioLines(
  scenario: Scenario | undefined,
  { sketch }: CodeBrief,
  indent: string,
  mode: "show" | "test",
): string[] {
  const scope = new Map<string, string>();
  const print = (args: readonly Parameters<typeof tsExpr>[0][]): string =>
    args.map((arg) => tsExpr(arg, scope, sketch)).join(", ");
  return (scenario?.steps ?? []).flatMap((step): string[] => {
    if (step.kind === "expect") {
      return mode === "test" ? [`${indent}assert.ok(${tsExpr(step.condition, scope, sketch)});`] : [];
    }
    const call = `service.${step.operation}(${print(step.args)})`;
    if (step.kind === "refuse") {
      return mode === "test" ? [`${indent}assert.throws(() => ${call}, { code: "${step.code}" });`] : [];
    }
    if (!step.variable) return [`${indent}${call};`];
    scope.set(step.variable, sketch.operations.find((o) => o.name === step.operation)!.returns);
    return [
      `${indent}const ${step.variable} = ${call};`,
      ...(mode === "show" ? [`${indent}console.log("${step.operation}", ${step.variable});`] : []),
    ];
  });
}

function testLines(brief: CodeBrief): string[] {
  const { sketch } = brief;
  return [
    'import assert from "node:assert/strict";',
    'import { test } from "node:test";',
    ...(sketch.ports.length > 0 ? ['import { systemPorts } from "../src/ports.ts";'] : []),
    `import { ${brief.className} } from "../src/service.ts";`,
    ...sketch.scenarios.flatMap((scenario) => [
      "",
      `test("${scenario.title}", () => {`,
      `  const service = ${construction(brief)};`,
      ...scenarioLines(scenario, brief, "  ", "test"),
      "});",
    ]),
  ];
}

function settingsLines(): string[] {
  return [
    'import { DEFAULT_SETTINGS, type Settings } from "./model.ts";',
    "",
    "/** Reads settings such as MAX_ATTEMPTS=5 from the environment; throws on one that is no whole number above zero. */",
    "export function settingsFrom(env: Readonly<Record<string, string | undefined>>): Settings {",
    "  const settings: Record<string, number> = { ...DEFAULT_SETTINGS };",
    "  for (const name of Object.keys(settings)) {",
    '    const key = name.replace(/[A-Z]/g, "_$&").toUpperCase();',
    "    const text = env[key];",
    "    if (text === undefined) continue;",
    "    const value = Number(text);",
    "    if (!Number.isSafeInteger(value) || value < 1) throw new Error(`$" +
      "{key}: expected a whole number above zero`);",
    "    settings[name] = value;",
    "  }",
    "  return settings as Settings;",
    "}",
  ];
}

function portLines(): string[] {
  return [
    'import { randomBytes, scryptSync } from "node:crypto";',
    'import type { Ports } from "./model.ts";',
    "",
    "/** Digests by scrypt and secrets from the system's generator. */",
    "export const systemPorts: Ports = {",
    '  digest: (secret, salt) => scryptSync(secret, salt, 32).toString("hex"),',
    '  secret: () => randomBytes(24).toString("base64url"),',
    "};",
  ];
}

const AUDIT = [
  "export type AuditEntry = { readonly operation: string; readonly outcome: string };",
  "",
  "/** The same service, with one entry for each call; arguments are never recorded. */",
  "export function audited<S extends object>(service: S, record: (entry: AuditEntry) => void): S {",
  "  return new Proxy(service, {",
  "    get(target, key) {",
  "      const member: unknown = Reflect.get(target, key, target);",
  '      if (typeof member !== "function") return member;',
  "      return (...args: unknown[]): unknown => {",
  "        try {",
  "          const result: unknown = member.apply(target, args);",
  '          record({ operation: String(key), outcome: "done" });',
  "          return result;",
  "        } catch (error) {",
  "          const code = (error as { code?: unknown }).code;",
  '          record({ operation: String(key), outcome: typeof code === "string" ? code : "CRASHED" });',
  "          throw error;",
  "        }",
  "      };",
  "    },",
  "  });",
  "}",
];
