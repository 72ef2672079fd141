import type { Artifact } from "../../../plan/outcome.ts";
import { camelToPascal } from "../names.ts";
import { type CodeBrief, file, goPackage, type Printer, workflow } from "./code-brief.ts";
import { goBody, goExpr, goType } from "./go-body.ts";
import { GO_SERVERS, goAudit, goServer } from "./go-extras.ts";
import { type Expr, type Field, type Operation, refusalsOf, type Scenario } from "./sketch.ts";

/** Prints a component as a Go 1.24 module. */
export const goPrinter: Printer = {
  title: "Go",
  signature,
  field,
  frameworks: Object.keys(GO_SERVERS),
  install: "go mod tidy",
  run: "go run ./cmd/app",
  test: "go test ./...",
  tests: (brief) => [file(`${brief.slug}/service_test.go`, testLines(brief))],
  files(brief) {
    const at = (name: string): string => `${brief.slug}/${name}`;
    const files: Artifact[] = [
      file(at("go.mod"), manifestLines(brief)),
      file(at("model.go"), modelLines(brief)),
      file(at("errors.go"), errorLines(brief)),
      file(at("service.go"), serviceLines(brief)),
      file(at("cmd/app/main.go"), brief.framework ? goServer(brief) : mainLines(brief)),
    ];
    if (brief.sketch.ports.length > 0)
      files.push(file(at("ports.go"), [`package ${goPackage(brief)}`, ...PORTS]));
    if (brief.complexity !== "simple" && brief.sketch.settings.length > 0) {
      files.push(file(at("settings.go"), settingsLines(brief)));
    }
    if (brief.complexity === "complex") {
      files.push(file(at("audit.go"), goAudit(brief)));
      files.push(
        workflow(
          brief.slug,
          ["- uses: actions/setup-go@v5", '  with: { go-version: "1.24" }'],
          ["go vet ./...", "go test ./..."],
        ),
      );
    }
    return files;
  },
};

function manifestLines(brief: CodeBrief): string[] {
  const required = brief.framework ? GO_SERVERS[brief.framework]!.module : undefined;
  return [
    `module example.com/${brief.slug}`,
    "",
    "go 1.24",
    ...(required ? ["", `require ${required}`] : []),
  ];
}

function modelLines(brief: CodeBrief): string[] {
  const { sketch } = brief;
  const lines = [`package ${goPackage(brief)}`, ""];
  for (const record of sketch.records) {
    lines.push(`type ${record.name} struct {`);
    for (const f of record.fields) lines.push(`\t${field(f)} \`json:"${f.name}"\``);
    lines.push("}", "");
  }
  if (sketch.settings.length > 0) {
    lines.push("type Settings struct {");
    for (const s of sketch.settings) lines.push(`\t// ${s.doc}`, `\t${camelToPascal(s.name)} int64`);
    lines.push("}", "", "func DefaultSettings() Settings {");
    lines.push(
      `\treturn Settings{${sketch.settings.map((s) => `${camelToPascal(s.name)}: ${s.value}`).join(", ")}}`,
      "}",
      "",
    );
  }
  if (sketch.ports.length > 0) {
    lines.push("// Ports is what the service is given from outside.", "type Ports struct {");
    for (const p of sketch.ports) {
      const parameters = p.parameters.map((f) => `${f.name} ${goType(f.type)}`).join(", ");
      lines.push(`\t${camelToPascal(p.name)} func(${parameters}) ${goType(p.returns)}`);
    }
    lines.push("}", "");
  }
  return lines.slice(0, -1);
}

function errorLines(brief: CodeBrief): string[] {
  return [
    `package ${goPackage(brief)}`,
    "",
    "// Codes holds every expected refusal, by its stable code.",
    "var Codes = []string{",
    ...refusalsOf(brief.sketch).map((r) => `\t"${r.code}",`),
    "}",
    "",
    "type ServiceError struct {",
    "\tCode    string",
    "\tMessage string",
    "}",
    "",
    'func (e *ServiceError) Error() string { return e.Code + ": " + e.Message }',
    "",
    "func newError(code, message string) error { return &ServiceError{Code: code, Message: message} }",
  ];
}

const SUPPORT: Readonly<Record<string, readonly string[]>> = {
  "holds(": [
    "func holds[T any](store map[string]T, key string) bool {",
    "\t_, found := store[key]",
    "\treturn found",
    "}",
  ],
  "inKeyOrder(": [
    "func inKeyOrder[T any](store map[string]T) []T {",
    "\tkeys := make([]string, 0, len(store))",
    "\tfor key := range store {",
    "\t\tkeys = append(keys, key)",
    "\t}",
    "\tslices.Sort(keys)",
    "\titems := make([]T, 0, len(keys))",
    "\tfor _, key := range keys {",
    "\t\titems = append(items, store[key])",
    "\t}",
    "\treturn items",
    "}",
  ],
  "sortedBy(": [
    "func sortedBy[T any](items []T, order func(a, b T) int) []T {",
    "\tsorted := slices.Clone(items)",
    "\tslices.SortStableFunc(sorted, order)",
    "\treturn sorted",
    "}",
  ],
  "toInt(": [
    "func toInt(text string) int64 {",
    "\tvalue, _ := strconv.ParseInt(text, 10, 64)",
    "\treturn value",
    "}",
  ],
};

function serviceLines(brief: CodeBrief): string[] {
  const { sketch, className, title } = brief;
  const ports = sketch.ports.length > 0;
  const settings = sketch.settings.length > 0;
  const parameters = [...(ports ? ["ports Ports"] : []), ...(settings ? ["settings Settings"] : [])];
  const body = sketch.operations.flatMap((operation) => ["", ...operationLines(operation, brief)]);
  const usesIds = body.some((line) => line.includes("s.nextID("));
  const support = Object.entries(SUPPORT).flatMap(([name, lines]) =>
    body.some((line) => line.includes(name)) ? ["", ...lines] : [],
  );
  if (usesIds) {
    support.unshift(
      "",
      `func (s *${className}) nextID(prefix string) string {`,
      "\ts.sequence++",
      '\treturn fmt.Sprintf("%s-%06d", prefix, s.sequence)',
      "}",
    );
  }
  const text = [...body, ...support].join("\n");
  const imports = ["cmp", "fmt", "slices", "strconv", "strings", "unicode"].filter((name) =>
    new RegExp(`\\b${name}\\.`).test(text),
  );
  const initial = [
    ...sketch.stores.map((s) => `${s.name}: map[string]${s.record}{}`),
    ...(ports ? ["ports: ports"] : []),
    ...(settings ? ["settings: settings"] : []),
  ];
  return [
    `package ${goPackage(brief)}`,
    ...(imports.length > 0 ? ["", "import (", ...imports.map((name) => `\t"${name}"`), ")"] : []),
    "",
    `// ${className} is ${title}: all state in memory, time given by the caller. Not safe for concurrent use.`,
    `type ${className} struct {`,
    ...sketch.stores.map((s) => `\t${s.name} map[string]${s.record}`),
    ...(ports ? ["\tports Ports"] : []),
    ...(settings ? ["\tsettings Settings"] : []),
    ...(usesIds ? ["\tsequence int"] : []),
    "}",
    "",
    `func New${className}(${parameters.join(", ")}) *${className} {`,
    `\treturn &${className}{${initial.join(", ")}}`,
    "}",
    ...body,
    ...support,
  ];
}

function signature({ name, parameters, returns }: Operation): string {
  const given = parameters.map((p) => `${p.name} ${goType(p.type)}`).join(", ");
  const results = returns === "void" ? "error" : `(result ${goType(returns)}, err error)`;
  return `${camelToPascal(name)}(${given}) ${results}`;
}

function field({ name, type }: Field): string {
  return `${camelToPascal(name)} ${goType(type)}`;
}

function operationLines(operation: Operation, brief: CodeBrief): string[] {
  const scope = new Map(operation.parameters.map((p) => [p.name, p.type]));
  const isVoid = operation.returns === "void";
  return [
    `// ${camelToPascal(operation.name)}: ${operation.doc}`,
    `func (s *${brief.className}) ${signature(operation)} {`,
    ...goBody(operation.body, scope, brief.sketch, "\t", isVoid),
    ...(isVoid && operation.body.at(-1)?.kind !== "return" ? ["\treturn nil"] : []),
    "}",
  ];
}

function mainLines(brief: CodeBrief): string[] {
  const { sketch } = brief;
  const pkg = goPackage(brief);
  const fromEnvironment = brief.complexity !== "simple" && sketch.settings.length > 0;
  const args = [
    ...(sketch.ports.length > 0 ? [`${pkg}.SystemPorts()`] : []),
    ...(sketch.settings.length > 0 ? [fromEnvironment ? "settings" : `${pkg}.DefaultSettings()`] : []),
  ];
  const made = `${pkg}.New${brief.className}(${args.join(", ")})`;
  const audited =
    brief.complexity === "complex"
      ? `${pkg}.NewAudited(${made}, func(operation, outcome string) { fmt.Fprintln(os.Stderr, operation, outcome) })`
      : made;
  return [
    "package main",
    "",
    "import (",
    '\t"fmt"',
    '\t"os"',
    "",
    `\t${pkg} "example.com/${brief.slug}"`,
    ")",
    "",
    "func main() {",
    "\tif err := run(); err != nil {",
    "\t\tfmt.Fprintln(os.Stderr, err)",
    "\t\tos.Exit(1)",
    "\t}",
    "}",
    "",
    "func run() error {",
    ...(fromEnvironment
      ? [`\tsettings, err := ${pkg}.SettingsFromEnvironment()`, "\tif err != nil {", "\t\treturn err", "\t}"]
      : []),
    `\t// ${sketch.scenarios[0]?.title ?? "A first use"}, shown step by step.`,
    `\tservice := ${audited}`,
    ...scenarioLines(sketch.scenarios[0], brief, "show"),
    "\treturn nil",
    "}",
  ];
}

function scenarioLines(scenario: Scenario | undefined, brief: CodeBrief, mode: "show" | "test"): string[] {
  const { sketch } = brief;
  const scope = new Map<string, string>();
  const pkg = mode === "show" ? `${goPackage(brief)}.` : "";
  const on = (expr: Expr): string => goExpr(expr, scope, sketch, "service.", pkg);
  const check = mode === "show" ? "\t\treturn err" : "\t\tt.Fatal(err)";
  return (scenario?.steps ?? []).flatMap((step): string[] => {
    if (step.kind === "expect") {
      if (mode === "show") return [];
      return [
        `\tif !(${on(step.condition)}) {`,
        `\t\tt.Fatal(${JSON.stringify(`expected ${on(step.condition)}`)})`,
        "\t}",
      ];
    }
    const operation = sketch.operations.find((o) => o.name === step.operation)!;
    const call = `service.${camelToPascal(step.operation)}(${step.args.map(on).join(", ")})`;
    const blank = operation.returns === "void" ? "err" : "_, err";
    if (step.kind === "refuse") {
      if (mode === "show") return [];
      return [
        `\tif ${blank} := ${call}; !refusedWith(err, "${step.code}") {`,
        `\t\tt.Fatalf("expected ${step.code}, got %v", err)`,
        "\t}",
      ];
    }
    if (!step.variable) return [`\tif ${blank} := ${call}; err != nil {`, check, "\t}"];
    scope.set(step.variable, operation.returns);
    return [
      `\t${step.variable}, err := ${call}`,
      "\tif err != nil {",
      check,
      "\t}",
      mode === "show"
        ? `\tfmt.Printf("${step.operation} %+v\\n", ${step.variable})`
        : `\tt.Logf("${step.operation} %+v", ${step.variable})`,
    ];
  });
}

function testLines(brief: CodeBrief): string[] {
  const { sketch } = brief;
  const args = [
    ...(sketch.ports.length > 0 ? ["SystemPorts()"] : []),
    ...(sketch.settings.length > 0 ? ["DefaultSettings()"] : []),
  ];
  return [
    `package ${goPackage(brief)}`,
    "",
    "import (",
    '\t"errors"',
    '\t"testing"',
    ")",
    "",
    "func refusedWith(err error, code string) bool {",
    "\tvar refused *ServiceError",
    "\treturn errors.As(err, &refused) && refused.Code == code",
    "}",
    ...sketch.scenarios.flatMap((scenario) => [
      "",
      `func Test${scenario.title
        .split(/[^A-Za-z0-9]+/)
        .map((word) => word && camelToPascal(word))
        .join("")}(t *testing.T) {`,
      `\tservice := New${brief.className}(${args.join(", ")})`,
      ...scenarioLines(scenario, brief, "test"),
      "}",
    ]),
  ];
}

function settingsLines(brief: CodeBrief): string[] {
  const environmentName = (name: string): string => name.replace(/[A-Z]/g, "_$&").toUpperCase();
  return [
    `package ${goPackage(brief)}`,
    "",
    'import (\n\t"fmt"\n\t"os"\n\t"strconv"\n)',
    "",
    "// SettingsFromEnvironment reads settings such as MAX_ATTEMPTS=5.",
    "func SettingsFromEnvironment() (Settings, error) {",
    "\tsettings := DefaultSettings()",
    "\tfor name, slot := range map[string]*int64{",
    ...brief.sketch.settings.map(
      (s) => `\t\t"${environmentName(s.name)}": &settings.${camelToPascal(s.name)},`,
    ),
    "\t} {",
    "\t\ttext, given := os.LookupEnv(name)",
    "\t\tif !given {",
    "\t\t\tcontinue",
    "\t\t}",
    "\t\tvalue, err := strconv.ParseInt(text, 10, 64)",
    "\t\tif err != nil || value < 1 {",
    '\t\t\treturn settings, fmt.Errorf("%s: expected a whole number above zero", name)',
    "\t\t}",
    "\t\t*slot = value",
    "\t}",
    "\treturn settings, nil",
    "}",
  ];
}

const PORTS = [
  "",
  'import (\n\t"crypto/pbkdf2"\n\t"crypto/rand"\n\t"crypto/sha256"\n\t"encoding/hex"\n)',
  "",
  "const rounds = 600_000",
  "",
  "// SystemPorts digests by PBKDF2-SHA256 and takes secrets from the system's generator.",
  "func SystemPorts() Ports {",
  "\treturn Ports{Digest: digest, Secret: secret}",
  "}",
  "",
  "func digest(secret, salt string) string {",
  "\tkey, err := pbkdf2.Key(sha256.New, secret, []byte(salt), rounds, 32)",
  "\tif err != nil {",
  "\t\tpanic(err) // only for parameters that this file fixes",
  "\t}",
  "\treturn hex.EncodeToString(key)",
  "}",
  "",
  "func secret() string { return rand.Text() }",
];
