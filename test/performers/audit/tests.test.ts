import { existsSync, readdirSync, rmSync } from "node:fs";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { JsonObject } from "../../../src/shared/json.ts";
import { type AuditCall, audit, makeProject, plainEnvironment, report, treeHash } from "./audit-task.ts";

const made: string[] = [];
afterEach(() => {
  vi.unstubAllEnvs();
  for (const root of made.splice(0)) rmSync(root, { recursive: true, force: true });
});
function project(
  script: string | null,
  files: Record<string, string> = {},
  manifest: JsonObject = {},
): string {
  const scripts = script === null ? {} : { test: script };
  const root = makeProject({ "package.json": JSON.stringify({ name: "p", scripts, ...manifest }), ...files });
  made.push(root);
  return root;
}
const tests = async (root: string, more: Partial<AuditCall> = {}) =>
  report(await audit("tests", { parameters: { root }, ...more }));

const MIXED = `
  const { test } = require("node:test");
  test("good", () => {});
  test("bad", () => { throw new Error("no"); });
  test("later", { todo: true }, () => {});
  test("off", { skip: true }, () => {});`;

describe("stream A", () => {
  test("counts failed, skipped and open tests, names the failed one, and completes", async () => {
    const result = await tests(project("node --test", { "a.test.js": MIXED }));
    expect(result).toMatchObject({
      status: "FAILED",
      figures: { tests: 4, passed: 1, failed: 1, skipped: 2, "exit code": 1 },
    });
    expect(result.findings.map(({ message }) => message)).toContain("failed: bad");
  });

  test("reads the printed summary of a script that needs a shell", async () => {
    const result = await tests(
      project("node -e 0 && node --test", { "a.test.js": `require("node:test").test("one", () => {})` }),
    );
    expect(result).toMatchObject({ status: "PASSED", figures: { runner: "npm test", tests: 1, passed: 1 } });
  });

  test("says VERIFIED when only an exit code is known", async () => {
    const result = await tests(project("node check.js", { "check.js": "process.exit(0)" }));
    expect(result).toMatchObject({ status: "VERIFIED", figures: { tests: null, "exit code": 0 } });
  });

  test("says FAILED, with the last words, when a command without counts fails", async () => {
    const result = await tests(
      project("node check.js", { "check.js": "console.error('odd'); process.exit(2)" }),
    );
    expect(result).toMatchObject({ status: "FAILED", findings: [{ rule: "test-command" }] });
    expect(result.findings[0]!.message).toContain("odd");
  });

  test("says FAILED when all tests pass but the command does not", async () => {
    const root = project("node --test && node -e 'process.exit(3)'", {
      "a.test.js": `require("node:test").test("one", () => {})`,
    });
    const result = await tests(root);
    expect(result).toMatchObject({ status: "FAILED", figures: { passed: 1, failed: 0, "exit code": 3 } });
  });

  test("says ADVISORY when no test ran", async () => {
    expect(await tests(project("node --test"))).toMatchObject({ status: "ADVISORY", figures: { tests: 0 } });
  });

  test("lets the tests write where they stand, and leaves the project alone", async () => {
    const file = `
      const fs = require("node:fs");
      require("node:test").test("writes", () => { fs.writeFileSync(__dirname + "/made.txt", "x"); fs.rmSync(__dirname + "/gone.txt"); });`;
    const root = project("node --test", { "a.test.js": file, "gone.txt": "still here" });
    const before = treeHash(root);
    expect(await tests(root)).toMatchObject({ status: "PASSED" });
    expect(treeHash(root)).toBe(before);
  });

  test("stops tests that do not end, and removes its copy", async () => {
    const temporary = makeProject({});
    made.push(temporary);
    vi.stubEnv("TMPDIR", temporary);
    const result = await tests(
      project("node --test", {
        "a.test.js": `require("node:test").test("waits", () => new Promise((r) => setTimeout(r, 1e8)))`,
      }),
      { timeoutMs: 1 },
    );
    expect(result.status).toBe("FAILED");
    expect(result.reason).toContain("did not end");
    const left = readdirSync(temporary).filter((name) => name.startsWith("abyssal-audit-"));
    expect(left).toEqual([]);
  });

  test("is cancelled while the tests run, and answers when they are gone", async () => {
    const abort = new AbortController();
    const root = project("node wait.js", {
      "wait.js": `console.log("up " + process.pid); setInterval(() => {}, 1000)`,
    });
    let pid = 0;
    const result = await tests(root, {
      signal: abort.signal,
      onProgress: (line) => {
        if (!line.startsWith("up ")) return;
        pid = Number(line.slice(3));
        abort.abort();
      },
    });
    expect(result).toMatchObject({ status: "DEFERRED", reason: "The audit was cancelled." });
    expect(pid).toBeGreaterThan(0);
    expect(existsSync(`/proc/${pid}/exe`)).toBe(false);
  });

  test("hands no secret and no setting of ours to the tests", async () => {
    const names = ["OPENAI_API_KEY", "GITHUB_TOKEN", "ABYSSAL_SECRET_THING", "NODE_OPTIONS"];
    const file = `require("node:test").test("env", () => {
      for (const name of ${JSON.stringify(names)}) if (process.env[name]) throw new Error(name);
      if (process.env.ORDINARY !== "yes" || process.env.CI !== "1") throw new Error("ordinary");
    })`;
    const env = plainEnvironment({
      ...Object.fromEntries(names.map((name) => [name, "--no-warnings"])),
      ORDINARY: "yes",
    });
    expect(await tests(project("node --test", { "a.test.js": file }), { env })).toMatchObject({
      status: "PASSED",
    });
  });
});

describe("stream A is deferred, with the reason,", () => {
  const deferred: [string, () => string, string, Partial<AuditCall>?][] = [
    ["without a test script", () => project(null), "no `test` script"],
    [
      "with npm's own placeholder",
      () => project('echo "Error: no test specified" && exit 1'),
      "no `test` script",
    ],
    [
      "without installed packages",
      () => project("vitest", {}, { devDependencies: { vitest: "1" } }),
      "npm ci",
    ],
    [
      "three audits deep",
      () => project("node --test"),
      "inside the tests of 2 audits",
      { env: plainEnvironment({ ABYSSAL_AUDIT_DEPTH: "2" }) },
    ],
  ];
  for (const [title, root, reason, more] of deferred) {
    test(title, async () => {
      const result = await tests(root(), more);
      expect(result.status).toBe("DEFERRED");
      expect(result.reason).toContain(reason);
    });
  }

  test("for a folder that is no npm package", async () => {
    const root = makeProject({ "main.py": "print(1)\n" });
    made.push(root);
    expect(await tests(root)).toMatchObject({ status: "DEFERRED" });
  });

  test("when the tests of a project audit that project", async () => {
    const root = project("node --test");
    const env = plainEnvironment({ ABYSSAL_AUDIT_DEPTH: "1", ABYSSAL_AUDIT_ROOTS: `/elsewhere:${root}` });
    expect((await tests(root, { env })).reason).toContain("would never end");
  });

  test("when the command says tests: false", async () => {
    const root = project("node --test");
    expect(report(await audit("tests", { parameters: { root, tests: false } })).status).toBe("DEFERRED");
  });
});
