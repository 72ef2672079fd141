import { delimiter, dirname, join } from "node:path";

/** How deep audits run tests that audit again. */
const DEPTH_MAX = 2;

/** Names of variables that a foreign project's tests have no business with, or that would change how they run. */
const WITHHELD =
  /^(?:ABYSSAL_.*|npm_(?:package|lifecycle|command|node|execpath).*|npm_config_(?:local_prefix|prefix|global_prefix|npm_version|user_agent|noproxy|node_gyp|init_module)|INIT_CWD|NODE_OPTIONS|NODE_TEST_CONTEXT|NODE_V8_COVERAGE|NODE_ENV|VITEST.*|TEST|JEST_WORKER_ID|FORCE_COLOR)$/i;
const SECRET =
  /(?:^|_)(?:API_?KEY|ACCESS_?KEY|SECRET|TOKEN|PASSWORD|PASSWD|CREDENTIALS?|PRIVATE_?KEY)(?:_|$)/i;

/** Whether the tests of `root` may run here; otherwise why not. Guards against tests that audit their own project. */
export function recursionGuard(root: string, env: NodeJS.ProcessEnv): string | null {
  const depth = Number(env.ABYSSAL_AUDIT_DEPTH ?? "0");
  if ((env.ABYSSAL_AUDIT_ROOTS ?? "").split(delimiter).includes(root)) {
    return "this audit was started by the tests of the same project: running them again would never end";
  }
  if (!(depth < DEPTH_MAX)) {
    return `this audit runs inside the tests of ${env.ABYSSAL_AUDIT_DEPTH} audits: tests are not run deeper`;
  }
  return null;
}

/** The environment of a project's tests: its own programs first on the path, no secrets, no traces of the caller. */
export function testEnvironment(
  root: string,
  copy: string,
  scratch: string,
  env: NodeJS.ProcessEnv,
): Record<string, string> {
  const result: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value !== undefined && !WITHHELD.test(name) && !SECRET.test(name)) result[name] = value;
  }
  const path = [join(copy, "node_modules", ".bin"), dirname(process.execPath), env.PATH ?? ""];
  const roots = [env.ABYSSAL_AUDIT_ROOTS ?? "", root, copy].filter((part) => part !== "");
  return {
    ...result,
    PATH: path.join(delimiter),
    CI: "1",
    NO_COLOR: "1",
    TMPDIR: scratch,
    npm_config_cache: join(scratch, "npm-cache"),
    npm_config_update_notifier: "false",
    ABYSSAL_AUDIT_DEPTH: String(Number(env.ABYSSAL_AUDIT_DEPTH ?? "0") + 1),
    ABYSSAL_AUDIT_ROOTS: roots.join(delimiter),
  };
}
