import { camelToSnake } from "../names.ts";
import type { CodeBrief } from "./code-brief.ts";
import { pyType } from "./python-body.ts";

type Server = { readonly dependencies: readonly string[]; readonly lines: (brief: CodeBrief) => string[] };

/** The frameworks that a Python scaffold can be served with. */
export const PYTHON_SERVERS: Readonly<Record<string, Server>> = {
  fastapi: { dependencies: ["fastapi>=0.115", "uvicorn>=0.32"], lines: fastapi },
  flask: { dependencies: ["flask>=3.0"], lines: flask },
};

/** `server.py`: one POST route for each operation, JSON in and out, refusals as 404, 409 or 422. */
export function pythonServer(brief: CodeBrief): string[] {
  return PYTHON_SERVERS[brief.framework!]!.lines(brief);
}

/** Time is the server's to tell, never the caller's. */
const NOW = "int(time.time() * 1000)";

function isGiven(parameter: { readonly name: string }): boolean {
  return parameter.name !== "nowMs";
}

const STATUS = [
  "def status_of(code: str) -> int:",
  '    if code.endswith("NOT_FOUND"):',
  "        return 404",
  '    return 409 if code.endswith("EXISTS") else 422',
];

function imports(brief: CodeBrief): string[] {
  return [
    "from .errors import ServiceError",
    ...(brief.sketch.ports.length > 0 ? ["from .ports import system_ports"] : []),
    `from .service import ${brief.className}`,
  ];
}

function made(brief: CodeBrief): string {
  return `service = ${brief.className}(${brief.sketch.ports.length > 0 ? "system_ports()" : ""})`;
}

function fastapi(brief: CodeBrief): string[] {
  return [
    "import time",
    "",
    "from fastapi import Body, FastAPI, Request",
    "from fastapi.responses import JSONResponse",
    "",
    ...imports(brief),
    "",
    `app = FastAPI(title=${JSON.stringify(brief.title)})`,
    made(brief),
    "",
    "",
    ...STATUS,
    "",
    "",
    "@app.exception_handler(ServiceError)",
    "def refused(_request: Request, error: ServiceError) -> JSONResponse:",
    '    return JSONResponse({"code": error.code, "message": error.message}, status_of(error.code))',
    ...brief.sketch.operations.flatMap((operation) => {
      const name = camelToSnake(operation.name);
      const parameters = operation.parameters
        .filter(isGiven)
        .map((p) => `${camelToSnake(p.name)}: ${pyType(p.type)} = Body(embed=True)`);
      const args = operation.parameters.map((p) => (isGiven(p) ? camelToSnake(p.name) : NOW)).join(", ");
      return [
        "",
        "",
        `@app.post("/${name.replaceAll("_", "-")}")`,
        `def ${name}(${parameters.join(", ")}) -> dict[str, object]:`,
        `    return {"result": service.${name}(${args})}`,
      ];
    }),
  ];
}

function flask(brief: CodeBrief): string[] {
  return [
    "import time",
    "",
    "from flask import Flask, jsonify, request",
    "",
    ...imports(brief),
    "",
    "app = Flask(__name__)",
    'app.config["MAX_CONTENT_LENGTH"] = 64 * 1024',
    made(brief),
    "",
    "",
    ...STATUS,
    "",
    "",
    "@app.errorhandler(ServiceError)",
    "def refused(error):",
    "    return jsonify(code=error.code, message=error.message), status_of(error.code)",
    "",
    "",
    "def read(name, kind):",
    "    value = (request.get_json() or {}).get(name)",
    "    if not isinstance(value, kind):",
    '        raise ServiceError("BAD_INPUT", f"{name}: expected {kind.__name__}")',
    "    return value",
    ...brief.sketch.operations.flatMap((operation) => {
      const name = camelToSnake(operation.name);
      const args = operation.parameters.map((p) =>
        isGiven(p)
          ? `read("${camelToSnake(p.name)}", ${p.type.startsWith("[") ? "list" : pyType(p.type)})`
          : NOW,
      );
      return [
        "",
        "",
        `@app.post("/${name.replaceAll("_", "-")}")`,
        `def ${name}():`,
        `    return jsonify(result=service.${name}(${args.join(", ")}))`,
      ];
    }),
  ];
}
