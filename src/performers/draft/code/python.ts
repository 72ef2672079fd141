import type { Artifact } from "../../../plan/outcome.ts";
import { camelToSnake } from "../names.ts";
import { type CodeBrief, file, type Printer, workflow } from "./code-brief.ts";
import { pyBody, pyExpr, pyType } from "./python-body.ts";
import { PYTHON_SERVERS, pythonServer } from "./python-http.ts";
import { type Expr, type Field, type Operation, refusalsOf, type Scenario } from "./sketch.ts";

/** Prints a component as a Python 3.11 package with no dependency of its own. */
export const pythonPrinter: Printer = {
  title: "Python",
  signature,
  field,
  frameworks: Object.keys(PYTHON_SERVERS),
  install: "python -m pip install .",
  run: "PYTHONPATH=src python -m PACKAGE",
  test: "PYTHONPATH=src python -m unittest discover -s tests",
  tests: (brief) => [file(`${brief.slug}/tests/test_service.py`, testLines(brief))],
  files(brief) {
    const at = (name: string): string => `${brief.slug}/src/${brief.snake}/${name}`;
    const files: Artifact[] = [
      file(at("__init__.py"), initLines(brief)),
      file(at("model.py"), modelLines(brief)),
      file(at("errors.py"), errorLines(brief)),
      file(at("service.py"), serviceLines(brief)),
      file(at("__main__.py"), mainLines(brief)),
      file(`${brief.slug}/pyproject.toml`, manifestLines(brief)),
    ];
    if (brief.sketch.ports.length > 0) files.push(file(at("ports.py"), PORTS));
    if (brief.complexity !== "simple" && brief.sketch.settings.length > 0) {
      files.push(file(at("settings.py"), SETTINGS));
    }
    if (brief.framework) files.push(file(at("server.py"), pythonServer(brief)));
    if (brief.complexity === "complex") {
      files.push(file(at("audit.py"), AUDIT));
      files.push(
        workflow(
          brief.slug,
          ["- uses: actions/setup-python@v5", '  with: { python-version: "3.13" }'],
          ["PYTHONPATH=src python -m unittest discover -s tests"],
        ),
      );
    }
    return files;
  },
};

function initLines(brief: CodeBrief): string[] {
  return [
    `"""${brief.title}."""`,
    "",
    "from .errors import ServiceError",
    `from .service import ${brief.className}`,
    "",
    `__all__ = ["ServiceError", "${brief.className}"]`,
  ];
}

function manifestLines(brief: CodeBrief): string[] {
  const dependencies = brief.framework ? PYTHON_SERVERS[brief.framework]!.dependencies : [];
  return [
    "[build-system]",
    'requires = ["hatchling"]',
    'build-backend = "hatchling.build"',
    "",
    "[project]",
    `name = "${brief.slug}"`,
    'version = "0.1.0"',
    `description = ${JSON.stringify(brief.title)}`,
    'requires-python = ">=3.11"',
    `dependencies = ${JSON.stringify(dependencies)}`,
    "",
    "[tool.hatch.build.targets.wheel]",
    `packages = ["src/${brief.snake}"]`,
  ];
}

function modelLines({ sketch }: CodeBrief): string[] {
  const records = sketch.records.flatMap((record) => [
    "",
    "",
    "@dataclass(frozen=True)",
    `class ${record.name}:`,
    ...record.fields.map((f) => `    ${field(f)}`),
  ]);
  const settings = sketch.settings.flatMap((s) => [
    `    ${camelToSnake(s.name)}: int = ${s.value}`,
    `    """${s.doc}"""`,
  ]);
  const port = (p: (typeof sketch.ports)[number]): string =>
    `    ${camelToSnake(p.name)}: Callable[[${p.parameters.map((f) => pyType(f.type)).join(", ")}], ${pyType(p.returns)}]`;
  return [
    "from __future__ import annotations",
    "",
    ...(sketch.ports.length > 0 ? ["from collections.abc import Callable"] : []),
    "from dataclasses import dataclass",
    ...records,
    ...(settings.length > 0 ? ["", "", "@dataclass(frozen=True)", "class Settings:", ...settings] : []),
    ...(sketch.ports.length > 0
      ? [
          "",
          "",
          "@dataclass(frozen=True)",
          "class Ports:",
          '    """What the service is given from outside."""',
          "",
          ...sketch.ports.map(port),
        ]
      : []),
  ];
}

function errorLines({ sketch }: CodeBrief): string[] {
  return [
    "# Every expected refusal, by its stable code.",
    "CODES = (",
    ...refusalsOf(sketch).map((r) => `    "${r.code}",`),
    ")",
    "",
    "",
    "class ServiceError(Exception):",
    "    def __init__(self, code: str, message: str) -> None:",
    "        super().__init__(message)",
    "        self.code = code",
    "        self.message = message",
  ];
}

function serviceLines(brief: CodeBrief): string[] {
  const { sketch, className, title } = brief;
  const body = sketch.operations.flatMap((operation) => ["", ...operationLines(operation, brief)]);
  const text = body.join("\n");
  const hasPorts = sketch.ports.length > 0;
  const hasSettings = sketch.settings.length > 0;
  const models = [
    ...sketch.records.map((r) => r.name),
    ...(hasPorts ? ["Ports"] : []),
    ...(hasSettings ? ["Settings"] : []),
  ];
  const parameters = [
    "self",
    ...(hasPorts ? ["ports: Ports"] : []),
    ...(hasSettings ? ["settings: Settings = Settings()"] : []),
  ];
  return [
    "from __future__ import annotations",
    "",
    ...(text.includes("re.findall") ? ["import re"] : []),
    ...(text.includes("replace(") ? ["from dataclasses import replace"] : []),
    "",
    "from .errors import ServiceError",
    `from .model import ${models.join(", ")}`,
    "",
    "",
    `class ${className}:`,
    `    """${title}: all state in memory, time given by the caller."""`,
    "",
    `    def __init__(${parameters.join(", ")}) -> None:`,
    ...sketch.stores.map((s) => `        self._${camelToSnake(s.name)}: dict[str, ${s.record}] = {}`),
    "        self._sequence = 0",
    ...(hasPorts ? ["        self._ports = ports"] : []),
    ...(hasSettings ? ["        self._settings = settings"] : []),
    ...body,
    "",
    "    def _next_id(self, prefix: str) -> str:",
    "        self._sequence += 1",
    '        return f"{prefix}-{self._sequence:06d}"',
  ];
}

function signature({ name, parameters, returns }: Operation): string {
  return `def ${camelToSnake(name)}(${["self", ...parameters.map(field)].join(", ")}) -> ${pyType(returns)}`;
}

function field({ name, type }: Field): string {
  return `${camelToSnake(name)}: ${pyType(type)}`;
}

function operationLines(operation: Operation, { sketch }: CodeBrief): string[] {
  const scope = new Map(operation.parameters.map((p) => [p.name, p.type]));
  return [
    `    ${signature(operation)}:`,
    `        """${operation.doc}"""`,
    ...pyBody(operation.body, scope, sketch, "        "),
  ];
}

function mainLines(brief: CodeBrief): string[] {
  const { sketch } = brief;
  const fromEnvironment = brief.complexity !== "simple" && sketch.settings.length > 0;
  const args = [
    ...(sketch.ports.length > 0 ? ["system_ports()"] : []),
    ...(fromEnvironment ? ["settings_from(os.environ)"] : []),
  ];
  const made = `${brief.className}(${args.join(", ")})`;
  const audited = brief.complexity === "complex";
  return [
    ...(fromEnvironment ? ["import os"] : []),
    "import sys",
    "",
    ...(audited ? ["from .audit import Audited"] : []),
    "from .errors import ServiceError",
    ...(sketch.ports.length > 0 ? ["from .ports import system_ports"] : []),
    `from .service import ${brief.className}`,
    ...(fromEnvironment ? ["from .settings import settings_from"] : []),
    "",
    "",
    "def run() -> None:",
    `    # ${sketch.scenarios[0]?.title ?? "A first use"}, shown step by step.`,
    `    service = ${audited ? `Audited(${made}, lambda entry: print(entry, file=sys.stderr))` : made}`,
    ...scenarioLines(sketch.scenarios[0], brief, "    ", "show"),
    "",
    "",
    'if __name__ == "__main__":',
    "    try:",
    "        run()",
    "    except ServiceError as error:",
    '        print(f"{error.code}: {error.message}", file=sys.stderr)',
    "        sys.exit(1)",
  ];
}

function scenarioLines(
  scenario: Scenario | undefined,
  { sketch }: CodeBrief,
  indent: string,
  mode: "show" | "test",
): string[] {
  const scope = new Map<string, string>();
  const print = (args: readonly Expr[]): string => args.map((arg) => pyExpr(arg, scope, sketch)).join(", ");
  return (scenario?.steps ?? []).flatMap((step): string[] => {
    if (step.kind === "expect") {
      return mode === "test" ? [`${indent}self.assertTrue(${pyExpr(step.condition, scope, sketch)})`] : [];
    }
    const operation = camelToSnake(step.operation);
    const call = `service.${operation}(${print(step.args)})`;
    if (step.kind === "refuse") {
      if (mode === "show") return [];
      return [
        `${indent}with self.assertRaises(ServiceError) as refused:`,
        `${indent}    ${call}`,
        `${indent}self.assertEqual(refused.exception.code, "${step.code}")`,
      ];
    }
    if (!step.variable) return [indent + call];
    scope.set(step.variable, sketch.operations.find((o) => o.name === step.operation)!.returns);
    const variable = camelToSnake(step.variable);
    const shown = mode === "show" ? [`${indent}print("${operation}", ${variable})`] : [];
    return [`${indent}${variable} = ${call}`, ...shown];
  });
}

function testLines(brief: CodeBrief): string[] {
  const { sketch } = brief;
  const ports = sketch.ports.length > 0;
  return [
    "import unittest",
    "",
    `from ${brief.snake} import ServiceError, ${brief.className}`,
    ...(ports ? [`from ${brief.snake}.ports import system_ports`] : []),
    "",
    "",
    "class ServiceTest(unittest.TestCase):",
    ...sketch.scenarios.flatMap((scenario, index) => [
      ...(index > 0 ? [""] : []),
      `    def test_${camelToSnake(scenario.title.toLowerCase()).replace(/[^a-z0-9]+/g, "_")}(self) -> None:`,
      `        service = ${brief.className}(${ports ? "system_ports()" : ""})`,
      ...scenarioLines(scenario, brief, "        ", "test"),
    ]),
    "",
    "",
    'if __name__ == "__main__":',
    "    unittest.main()",
  ];
}

const SETTINGS = [
  "from collections.abc import Mapping",
  "from dataclasses import fields",
  "",
  "from .model import Settings",
  "",
  "",
  "def settings_from(env: Mapping[str, str]) -> Settings:",
  '    """Reads settings such as MAX_ATTEMPTS=5; raises ValueError on one that is no whole number above zero."""',
  "    given: dict[str, int] = {}",
  "    for field in fields(Settings):",
  "        text = env.get(field.name.upper())",
  "        if text is None:",
  "            continue",
  "        if not text.isdecimal() or int(text) < 1:",
  '            raise ValueError(f"{field.name.upper()}: expected a whole number above zero")',
  "        given[field.name] = int(text)",
  "    return Settings(**given)",
];

const PORTS = [
  "import hashlib",
  "import secrets",
  "",
  "from .model import Ports",
  "",
  "",
  "def system_ports() -> Ports:",
  '    """Digests by scrypt and secrets from the system\'s generator."""',
  "    return Ports(",
  "        digest=lambda secret, salt: hashlib.scrypt(",
  "            secret.encode(), salt=salt.encode(), n=2**14, r=8, p=1, dklen=32",
  "        ).hex(),",
  "        secret=lambda: secrets.token_urlsafe(24),",
  "    )",
];

const AUDIT = [
  "from collections.abc import Callable",
  "from typing import Any",
  "",
  "",
  "class Audited:",
  '    """The same service, with one entry for each call; arguments are never recorded."""',
  "",
  "    def __init__(self, service: Any, record: Callable[[dict[str, str]], None]) -> None:",
  "        self._service = service",
  "        self._record = record",
  "",
  "    def __getattr__(self, name: str) -> Any:",
  "        member = getattr(self._service, name)",
  "        if not callable(member):",
  "            return member",
  "",
  "        def call(*args: Any) -> Any:",
  "            try:",
  "                result = member(*args)",
  "            except Exception as error:",
  '                self._record({"operation": name, "outcome": getattr(error, "code", "CRASHED")})',
  "                raise",
  '            self._record({"operation": name, "outcome": "done"})',
  "            return result",
  "",
  "        return call",
];
