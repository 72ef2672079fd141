import { camelToSnake } from "../names.ts";
import { type CodeBrief, rustConstruction } from "./code-brief.ts";
import { rustType } from "./rust-body.ts";

/** `src/audit.rs`: the service with one entry for each call. */
export function rustAudit(brief: CodeBrief): string[] {
  return [
    "use crate::error::ServiceError;",
    "#[allow(unused_imports)]",
    "use crate::model::*;",
    `use crate::service::${brief.className};`,
    "",
    "/// Takes the operation's name and its outcome: `done` or a code; arguments are never recorded.",
    "pub type Record = Box<dyn FnMut(&str, &str) + Send>;",
    "",
    "pub struct Audited {",
    `    inner: ${brief.className},`,
    "    record: Record,",
    "}",
    "",
    "impl Audited {",
    `    pub fn new(inner: ${brief.className}, record: Record) -> Self {`,
    "        Audited { inner, record }",
    "    }",
    ...brief.sketch.operations.flatMap((operation) => {
      const name = camelToSnake(operation.name);
      const parameters = operation.parameters.map((p) => `, ${camelToSnake(p.name)}: ${rustType(p.type)}`);
      const args = operation.parameters.map((p) => camelToSnake(p.name)).join(", ");
      return [
        "",
        `    pub fn ${name}(&mut self${parameters.join("")}) -> Result<${rustType(operation.returns)}, ServiceError> {`,
        `        let outcome = self.inner.${name}(${args});`,
        `        (self.record)("${name}", outcome.as_ref().err().map_or("done", |refused| refused.code));`,
        "        outcome",
        "    }",
      ];
    }),
    "}",
  ];
}

// Time is the server's to tell, never the caller's.
const NOW = [
  "#[allow(dead_code)]",
  "fn now_ms() -> i64 {",
  "    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);",
  "    since.map_or(0, |span| i64::try_from(span.as_millis()).unwrap_or(i64::MAX))",
  "}",
  "",
];

/** `src/main.rs` as an axum server: one POST route for each operation, refusals as 404, 409 or 422. */
export function rustServer(brief: CodeBrief): string[] {
  const settings = brief.complexity === "simple" ? "Settings::default()" : "Settings::from_environment()?";
  const operations = brief.sketch.operations.map((o) => ({ ...o, snake: camelToSnake(o.name) }));
  return [
    "use std::sync::{Arc, Mutex};",
    "",
    "use axum::{extract::State, http::StatusCode, routing::post, Json, Router};",
    "use serde_json::{json, Value};",
    ...(brief.sketch.ports.length > 0 ? [`use ${brief.snake}::ports::system_ports;`] : []),
    "#[allow(unused_imports)]",
    `use ${brief.snake}::*;`,
    "",
    `type Shared = Arc<Mutex<${brief.className}>>;`,
    "type Answer = (StatusCode, Json<Value>);",
    "",
    ...NOW,
    "fn answer<T: serde::Serialize>(outcome: Result<T, ServiceError>) -> Answer {",
    "    match outcome {",
    '        Ok(result) => (StatusCode::OK, Json(json!({ "result": result }))),',
    "        Err(refused) => {",
    '            let status = if refused.code.ends_with("NOT_FOUND") {',
    "                StatusCode::NOT_FOUND",
    '            } else if refused.code.ends_with("EXISTS") {',
    "                StatusCode::CONFLICT",
    "            } else {",
    "                StatusCode::UNPROCESSABLE_ENTITY",
    "            };",
    '            (status, Json(json!({ "code": refused.code, "message": refused.message })))',
    "        }",
    "    }",
    "}",
    ...operations.flatMap((operation) => [
      "",
      "#[derive(serde::Deserialize)]",
      `struct ${operation.name[0]!.toUpperCase()}${operation.name.slice(1)}Input {`,
      ...operation.parameters
        .filter((p) => p.name !== "nowMs")
        .map((p) => `    ${camelToSnake(p.name)}: ${rustType(p.type)},`),
      "}",
      "",
      `async fn ${operation.snake}(State(service): State<Shared>, Json(input): Json<${operation.name[0]!.toUpperCase()}${operation.name.slice(1)}Input>) -> Answer {`,
      ...(operation.parameters.every((p) => p.name === "nowMs") ? ["    let _ = input;"] : []),
      '    let mut service = service.lock().expect("no operation panics while it holds the service");',
      `    answer(service.${operation.snake}(${operation.parameters.map((p) => (p.name === "nowMs" ? "now_ms()" : `input.${camelToSnake(p.name)}`)).join(", ")}))`,
      "}",
    ]),
    "",
    "#[tokio::main]",
    "async fn main() -> Result<(), Box<dyn std::error::Error>> {",
    `    let service: Shared = Arc::new(Mutex::new(${rustConstruction(brief, settings)}));`,
    "    let app = Router::new()",
    ...operations.map((o) => `        .route("/${o.snake.replaceAll("_", "-")}", post(${o.snake}))`),
    "        .with_state(service);",
    '    let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;',
    "    axum::serve(listener, app).await?;",
    "    Ok(())",
    "}",
  ];
}
