import { camelToPascal, camelToSnake } from "../names.ts";
import { type CodeBrief, goPackage } from "./code-brief.ts";
import { goType } from "./go-body.ts";

type Server = {
  readonly module: string | undefined;
  readonly imports: readonly string[];
  readonly create: string;
  readonly route: (path: string, handler: string) => string;
  readonly listen: string;
};

/** The frameworks that a Go scaffold can be served with. */
export const GO_SERVERS: Readonly<Record<string, Server>> = {
  "net/http": {
    module: undefined,
    imports: [],
    create: "router := http.NewServeMux()",
    route: (path, handler) => `router.HandleFunc("POST ${path}", ${handler})`,
    listen: 'log.Fatal(http.ListenAndServe("127.0.0.1:8080", router))',
  },
  chi: {
    module: "github.com/go-chi/chi/v5 v5.2.1",
    imports: ["github.com/go-chi/chi/v5"],
    create: "router := chi.NewRouter()",
    route: (path, handler) => `router.Post("${path}", ${handler})`,
    listen: 'log.Fatal(http.ListenAndServe("127.0.0.1:8080", router))',
  },
  gin: {
    module: "github.com/gin-gonic/gin v1.10.0",
    imports: ["github.com/gin-gonic/gin"],
    create: "router := gin.Default()",
    route: (path, handler) => `router.POST("${path}", gin.WrapF(${handler}))`,
    listen: 'log.Fatal(router.Run("127.0.0.1:8080"))',
  },
};

/** `audit.go`: the service with one entry for each call. */
export function goAudit(brief: CodeBrief): string[] {
  return [
    `package ${goPackage(brief)}`,
    "",
    'import "errors"',
    "",
    "// Audited is the same service, with one entry for each call; arguments are never recorded.",
    "type Audited struct {",
    `\tinner  *${brief.className}`,
    "\trecord func(operation, outcome string)",
    "}",
    "",
    `func NewAudited(inner *${brief.className}, record func(operation, outcome string)) *Audited {`,
    "\treturn &Audited{inner: inner, record: record}",
    "}",
    "",
    "func (a *Audited) note(operation string, err error) {",
    "\tvar refused *ServiceError",
    "\tif errors.As(err, &refused) {",
    "\t\ta.record(operation, refused.Code)",
    "\t\treturn",
    "\t}",
    '\ta.record(operation, "done")',
    "}",
    ...brief.sketch.operations.flatMap((operation) => {
      const name = camelToPascal(operation.name);
      const isVoid = operation.returns === "void";
      const parameters = operation.parameters.map((p) => `${p.name} ${goType(p.type)}`).join(", ");
      const args = operation.parameters.map((p) => p.name).join(", ");
      return [
        "",
        `func (a *Audited) ${name}(${parameters}) ${isVoid ? "error" : `(${goType(operation.returns)}, error)`} {`,
        `\t${isVoid ? "err" : "result, err"} := a.inner.${name}(${args})`,
        `\ta.note("${operation.name}", err)`,
        `\treturn ${isVoid ? "err" : "result, err"}`,
        "}",
      ];
    }),
  ];
}

/** `cmd/app/main.go` as a server: one POST route for each operation, refusals as 404, 409 or 422. */
export function goServer(brief: CodeBrief): string[] {
  const server = GO_SERVERS[brief.framework!]!;
  const pkg = goPackage(brief);
  const args = [
    ...(brief.sketch.ports.length > 0 ? [`${pkg}.SystemPorts()`] : []),
    ...(brief.sketch.settings.length > 0 ? [`${pkg}.DefaultSettings()`] : []),
  ];
  // Time is the server's to tell, never the caller's.
  const timed = brief.sketch.operations.some((o) => o.parameters.some((p) => p.name === "nowMs"));
  const standard = [
    "encoding/json",
    "errors",
    "log",
    "net/http",
    "strings",
    "sync",
    ...(timed ? ["time"] : []),
  ];
  return [
    "package main",
    "",
    "import (",
    ...standard.map((name) => `\t"${name}"`),
    "",
    `\t${pkg} "example.com/${brief.slug}"`,
    ...server.imports.map((name) => `\t"${name}"`),
    ")",
    "",
    `// The service is not safe for concurrent use: one request at a time.`,
    "var guard sync.Mutex",
    "",
    "func main() {",
    `\tservice := ${pkg}.New${brief.className}(${args.join(", ")})`,
    `\t${server.create}`,
    ...brief.sketch.operations.flatMap((operation) => {
      const path = `/${camelToSnake(operation.name).replaceAll("_", "-")}`;
      const fields = operation.parameters
        .filter((p) => p.name !== "nowMs")
        .map((p) => `${camelToPascal(p.name)} ${goType(p.type)}`)
        .join("; ");
      const call = `service.${camelToPascal(operation.name)}(${operation.parameters.map((p) => (p.name === "nowMs" ? "time.Now().UnixMilli()" : `input.${camelToPascal(p.name)}`)).join(", ")})`;
      const work = operation.returns === "void" ? `return nil, ${call}` : `return ${call}`;
      return [`\t${server.route(path, `handle(func(input struct{ ${fields} }) (any, error) { ${work} })`)}`];
    }),
    `\t${server.listen}`,
    "}",
    "",
    "func handle[I any](work func(I) (any, error)) http.HandlerFunc {",
    "\treturn func(out http.ResponseWriter, request *http.Request) {",
    "\t\tvar input I",
    "\t\tbody := http.MaxBytesReader(out, request.Body, 64*1024)",
    "\t\tif err := json.NewDecoder(body).Decode(&input); err != nil {",
    '\t\t\treply(out, http.StatusBadRequest, map[string]any{"code": "BAD_INPUT", "message": err.Error()})',
    "\t\t\treturn",
    "\t\t}",
    "\t\tguard.Lock()",
    "\t\tdefer guard.Unlock()",
    "\t\tresult, err := work(input)",
    `\t\tvar refused *${pkg}.ServiceError`,
    "\t\tif errors.As(err, &refused) {",
    '\t\t\treply(out, statusOf(refused.Code), map[string]any{"code": refused.Code, "message": refused.Message})',
    "\t\t\treturn",
    "\t\t}",
    '\t\treply(out, http.StatusOK, map[string]any{"result": result})',
    "\t}",
    "}",
    "",
    ...REPLY,
  ];
}

const REPLY = [
  "func reply(out http.ResponseWriter, status int, body any) {",
  '\tout.Header().Set("Content-Type", "application/json")',
  "\tout.WriteHeader(status)",
  "\tif err := json.NewEncoder(out).Encode(body); err != nil {",
  "\t\tlog.Print(err)",
  "\t}",
  "}",
  "",
  "func statusOf(code string) int {",
  "\tswitch {",
  '\tcase strings.HasSuffix(code, "NOT_FOUND"):',
  "\t\treturn http.StatusNotFound",
  '\tcase strings.HasSuffix(code, "EXISTS"):',
  "\t\treturn http.StatusConflict",
  "\tdefault:",
  "\t\treturn http.StatusUnprocessableEntity",
  "\t}",
  "}",
];
