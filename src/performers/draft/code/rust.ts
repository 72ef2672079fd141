import type { Artifact } from "../../../plan/outcome.ts";
import { camelToSnake } from "../names.ts";
import { type CodeBrief, file, type Printer, rustConstruction, workflow } from "./code-brief.ts";
import { type RustContext, rustBody, rustPlace, rustType, rustValue } from "./rust-body.ts";
import { rustAudit, rustServer } from "./rust-extras.ts";
import { type Expr, type Field, type Operation, refusalsOf, type Scenario } from "./sketch.ts";

/** Prints a component as a Rust 2021 crate. */
export const rustPrinter: Printer = {
  title: "Rust",
  signature,
  field,
  frameworks: ["axum"],
  install: "cargo fetch",
  run: "cargo run",
  test: "cargo test",
  tests: (brief) => [file(`${brief.slug}/tests/service.rs`, testLines(brief))],
  files(brief) {
    const at = (name: string): string => `${brief.slug}/${name}`;
    const files: Artifact[] = [
      file(at("src/lib.rs"), libLines(brief)),
      file(at("src/model.rs"), modelLines(brief)),
      file(at("src/error.rs"), errorLines(brief)),
      file(at("src/service.rs"), serviceLines(brief)),
      file(at("src/main.rs"), brief.framework ? rustServer(brief) : mainLines(brief)),
      file(at("Cargo.toml"), manifestLines(brief)),
    ];
    if (brief.sketch.ports.length > 0) files.push(file(at("src/ports.rs"), PORTS));
    if (brief.complexity === "complex") {
      files.push(file(at("src/audit.rs"), rustAudit(brief)));
      files.push(workflow(brief.slug, [], ["cargo test --locked || cargo test"]));
    }
    return files;
  },
};

function manifestLines(brief: CodeBrief): string[] {
  return [
    "[package]",
    `name = "${brief.slug}"`,
    'version = "0.1.0"',
    'edition = "2021"',
    `description = ${JSON.stringify(brief.title)}`,
    "",
    "[dependencies]",
    ...(brief.sketch.ports.length > 0 ? ['sha2 = "0.10"', 'getrandom = "0.2"'] : []),
    ...(brief.framework
      ? [
          'axum = "0.8"',
          'serde = { version = "1", features = ["derive"] }',
          'serde_json = "1"',
          'tokio = { version = "1", features = ["full"] }',
        ]
      : []),
  ];
}

function libLines(brief: CodeBrief): string[] {
  const modules = [
    ...(brief.complexity === "complex" ? ["audit"] : []),
    "error",
    "model",
    ...(brief.sketch.ports.length > 0 ? ["ports"] : []),
    "service",
  ];
  return [
    `//! ${brief.title}.`,
    "",
    ...modules.map((name) => `pub mod ${name};`),
    "",
    "pub use error::ServiceError;",
    "pub use model::*;",
    `pub use service::${brief.className};`,
  ];
}

function modelLines({ sketch, framework, complexity }: CodeBrief): string[] {
  const derived = framework
    ? "Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize"
    : "Debug, Clone, PartialEq, Eq";
  const lines = sketch.records.flatMap((record) => [
    `#[derive(${derived})]`,
    `pub struct ${record.name} {`,
    ...record.fields.map((f) => `    pub ${field(f)},`),
    "}",
    "",
  ]);
  if (sketch.settings.length > 0) {
    lines.push(
      "#[derive(Debug, Clone)]",
      "pub struct Settings {",
      ...sketch.settings.flatMap((s) => [`    /// ${s.doc}`, `    pub ${camelToSnake(s.name)}: i64,`]),
      "}",
      "",
      "impl Default for Settings {",
      "    fn default() -> Self {",
      `        Settings { ${sketch.settings.map((s) => `${camelToSnake(s.name)}: ${s.value}`).join(", ")} }`,
      "    }",
      "}",
      "",
    );
    if (complexity !== "simple")
      lines.push(...fromEnvironment(sketch.settings.map((s) => camelToSnake(s.name))));
  }
  if (sketch.ports.length > 0) {
    lines.push(
      "/// What the service is given from outside.",
      "pub struct Ports {",
      ...sketch.ports.map(
        (p) =>
          `    pub ${camelToSnake(p.name)}: Box<dyn Fn(${p.parameters.map((f) => rustType(f.type)).join(", ")}) -> ${rustType(p.returns)} + Send>,`,
      ),
      "}",
      "",
    );
  }
  return lines.slice(0, -1);
}

function fromEnvironment(names: readonly string[]): string[] {
  return [
    "impl Settings {",
    "    /// Reads settings such as MAX_ATTEMPTS=5 from the environment.",
    "    pub fn from_environment() -> Result<Self, String> {",
    "        let mut settings = Settings::default();",
    ...names.map((name) => `        read("${name.toUpperCase()}", &mut settings.${name})?;`),
    "        Ok(settings)",
    "    }",
    "}",
    "",
    "fn read(name: &str, slot: &mut i64) -> Result<(), String> {",
    "    if let Ok(text) = std::env::var(name) {",
    "        match text.parse::<i64>() {",
    "            Ok(value) if value > 0 => *slot = value,",
    '            _ => return Err(format!("{name}: expected a whole number above zero")),',
    "        }",
    "    }",
    "    Ok(())",
    "}",
    "",
  ];
}

function errorLines({ sketch }: CodeBrief): string[] {
  return [
    "use std::fmt;",
    "",
    "/// Every expected refusal, by its stable code.",
    `pub const CODES: [&str; ${refusalsOf(sketch).length}] = [`,
    ...refusalsOf(sketch).map((r) => `    "${r.code}",`),
    "];",
    "",
    "#[derive(Debug, Clone, PartialEq, Eq)]",
    "pub struct ServiceError {",
    "    pub code: &'static str,",
    "    pub message: String,",
    "}",
    "",
    "impl ServiceError {",
    "    pub fn new(code: &'static str, message: &str) -> Self {",
    "        ServiceError { code, message: message.to_string() }",
    "    }",
    "}",
    "",
    "impl fmt::Display for ServiceError {",
    "    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {",
    '        write!(out, "{}: {}", self.code, self.message)',
    "    }",
    "}",
    "",
    "impl std::error::Error for ServiceError {}",
  ];
}

function serviceLines(brief: CodeBrief): string[] {
  const { sketch, className, title } = brief;
  const members = [
    ...sketch.stores.map((s) => [camelToSnake(s.name), `BTreeMap<String, ${s.record}>`, "BTreeMap::new()"]),
    ...(sketch.ports.length > 0 ? [["ports", "Ports", "ports"]] : []),
    ...(sketch.settings.length > 0 ? [["settings", "Settings", "settings"]] : []),
    ["sequence", "u64", "0"],
  ];
  const parameters = members.filter((m) => m[0] === m[2]).map((m) => `${m[0]}: ${m[1]}`);
  return [
    "use std::collections::BTreeMap;",
    "",
    "use crate::error::ServiceError;",
    "use crate::model::*;",
    "",
    `/// ${title}: all state in memory, time given by the caller.`,
    `pub struct ${className} {`,
    ...members.map((m) => `    ${m[0]}: ${m[1]},`),
    "}",
    "",
    `impl ${className} {`,
    `    pub fn new(${parameters.join(", ")}) -> Self {`,
    `        ${className} { ${members.map((m) => (m[0] === m[2] ? m[0] : `${m[0]}: ${m[2]}`)).join(", ")} }`,
    "    }",
    ...sketch.operations.flatMap((operation) => ["", ...operationLines(operation, brief)]),
    "",
    "    #[allow(dead_code)]",
    "    fn next_id(&mut self, prefix: &str) -> String {",
    "        self.sequence += 1;",
    '        format!("{prefix}-{:06}", self.sequence)',
    "    }",
    "}",
  ];
}

function signature({ name, parameters, returns }: Operation): string {
  const given = ["&mut self", ...parameters.map(field)].join(", ");
  return `fn ${camelToSnake(name)}(${given}) -> Result<${rustType(returns)}, ServiceError>`;
}

function field({ name, type }: Field): string {
  return `${camelToSnake(name)}: ${rustType(type)}`;
}

function operationLines(operation: Operation, { sketch }: CodeBrief): string[] {
  const scope = new Map(operation.parameters.map((p) => [p.name, p.type]));
  return [
    `    /// ${operation.doc}`,
    `    pub ${signature(operation)} {`,
    ...rustBody(operation.body, scope, sketch, "        "),
    ...(operation.returns === "void" ? ["        Ok(())"] : []),
    "    }",
  ];
}

function uses(brief: CodeBrief): string[] {
  return [
    ...(brief.sketch.ports.length > 0 ? [`use ${brief.snake}::ports::system_ports;`] : []),
    "#[allow(unused_imports)]",
    `use ${brief.snake}::*;`,
  ];
}

function mainLines(brief: CodeBrief): string[] {
  const settings = brief.complexity === "simple" ? "Settings::default()" : "Settings::from_environment()?";
  const made = rustConstruction(brief, settings);
  const audited = brief.complexity === "complex";
  return [
    ...(audited ? [`use ${brief.snake}::audit::Audited;`] : []),
    ...uses(brief),
    "",
    "fn main() -> Result<(), Box<dyn std::error::Error>> {",
    `    // ${brief.sketch.scenarios[0]?.title ?? "A first use"}, shown step by step.`,
    audited
      ? `    let mut service = Audited::new(${made}, Box::new(|operation, outcome| eprintln!("{operation} {outcome}")));`
      : `    let mut service = ${made};`,
    ...scenarioLines(brief.sketch.scenarios[0], brief, "    ", "show"),
    "    Ok(())",
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
  const context: RustContext = { scope, sketch, self: "service." };
  const print = (args: readonly Expr[]): string => args.map((arg) => rustValue(arg, context)).join(", ");
  return (scenario?.steps ?? []).flatMap((step): string[] => {
    if (step.kind === "expect") {
      return mode === "test" ? [`${indent}assert!(${rustPlace(step.condition, context)});`] : [];
    }
    const operation = camelToSnake(step.operation);
    const call = `service.${operation}(${print(step.args)})`;
    const result = mode === "test" ? `${call}.unwrap()` : `${call}?`;
    if (step.kind === "refuse") {
      return mode === "test" ? [`${indent}assert_eq!(${call}.unwrap_err().code, "${step.code}");`] : [];
    }
    if (!step.variable) return [`${indent}${result};`];
    scope.set(step.variable, sketch.operations.find((o) => o.name === step.operation)!.returns);
    const variable = camelToSnake(step.variable);
    const shown = mode === "show" ? [`${indent}println!("${operation} {${variable}:?}");`] : [];
    return [`${indent}let ${variable} = ${result};`, ...shown];
  });
}

function testLines(brief: CodeBrief): string[] {
  return [
    ...uses(brief),
    ...brief.sketch.scenarios.flatMap((scenario) => [
      "",
      "#[test]",
      `fn ${scenario.title.toLowerCase().replace(/[^a-z0-9]+/g, "_")}() {`,
      `    let mut service = ${rustConstruction(brief, "Settings::default()")};`,
      ...scenarioLines(scenario, brief, "    ", "test"),
      "}",
    ]),
  ];
}

const PORTS = [
  "use sha2::{Digest, Sha256};",
  "",
  "use crate::model::Ports;",
  "",
  "const ROUNDS: u32 = 100_000;",
  "",
  "/// Salted, repeated SHA-256 and secrets from the system's generator; put argon2 here before real passwords arrive.",
  "pub fn system_ports() -> Ports {",
  "    Ports { digest: Box::new(digest), secret: Box::new(secret) }",
  "}",
  "",
  "fn digest(secret: String, salt: String) -> String {",
  '    let mut state = Sha256::digest(format!("{salt}:{secret}").as_bytes());',
  "    for _ in 1..ROUNDS {",
  "        state = Sha256::digest(state);",
  "    }",
  "    hex(&state)",
  "}",
  "",
  "fn secret() -> String {",
  "    let mut bytes = [0u8; 24];",
  '    getrandom::getrandom(&mut bytes).expect("the system has a source of randomness");',
  "    hex(&bytes)",
  "}",
  "",
  "fn hex(bytes: &[u8]) -> String {",
  '    bytes.iter().map(|byte| format!("{byte:02x}")).collect()',
  "}",
];
