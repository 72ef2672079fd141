import { once } from "node:events";
import { rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { readAdvisories } from "../../../src/performers/audit/advisories.ts";
import { checkLock } from "../../../src/performers/audit/lock-checks.ts";
import { readTargets } from "../../../src/performers/audit/targets.ts";
import { audit, makeProject, plainEnvironment, report, viewOf } from "./audit-task.ts";

const made: string[] = [];
afterEach(() => {
  for (const root of made.splice(0)) rmSync(root, { recursive: true, force: true });
});
function project(files: Record<string, string>): string {
  const root = makeProject(files);
  made.push(root);
  return root;
}

describe("dependencies", () => {
  test("that are loose, foreign or unlocked are named", () => {
    const { findings, declared, locked } = checkLock(
      {
        dependencies: { a: "*", b: "github:x/b", c: "http://x/c.tgz", d: "^1.0.0", e: "1.0.0" },
        peerDependencies: { f: "*" },
      },
      null,
    );
    expect(findings.map(({ rule, place }) => `${rule} ${place.split(".").at(-1)}`)).toEqual([
      "unpinned a",
      "git-dependency b",
      "url-dependency c",
      "unpinned d",
    ]);
    expect([declared, locked]).toEqual([6, null]);
  });

  test("of the lock file tell their scripts, deprecations, origins and licences", () => {
    const registry = "https://registry.npmjs.org/x.tgz";
    const report = checkLock(
      { dependencies: { a: "^1.0.0" } },
      {
        packages: {
          "": { name: "p" },
          "node_modules/a": {
            version: "1.0.0",
            resolved: registry,
            integrity: "sha512-x",
            license: "MIT",
            hasInstallScript: true,
          },
          "node_modules/a/node_modules/@s/b": {
            version: "2.0.0",
            resolved: registry,
            license: "MIT",
            deprecated: "use c",
          },
          "node_modules/c": { version: "3.0.0", resolved: "http://x/c.tgz", license: "GPL-3.0-only" },
          "node_modules/local": { link: true, resolved: "packages/local" },
        },
      },
    );
    expect(report).toMatchObject({
      locked: 3,
      installScripts: 1,
      deprecated: 1,
      licences: { MIT: 2, "GPL-3.0-only": 1 },
    });
    expect(report.findings.map(({ rule, place }) => `${rule} ${place}`)).toEqual([
      "install-script a@1.0.0",
      "deprecated @s/b@2.0.0",
      "no-integrity @s/b@2.0.0",
      "plain-http c@3.0.0",
      "licence c@3.0.0",
    ]);
  });

  test("with advisories: their counts and what they say", () => {
    const answer = readAdvisories(
      JSON.stringify({
        metadata: { vulnerabilities: { info: 0, low: 0, moderate: 1, high: 1, critical: 0, total: 2 } },
        vulnerabilities: {
          a: {
            severity: "high",
            range: "<1.2.3",
            via: [{ title: "Prototype pollution" }],
            fixAvailable: true,
          },
          b: { severity: "moderate", range: "*", via: ["a"], fixAvailable: false },
        },
      }),
      "",
    );
    expect(answer).toMatchObject({
      kind: "answered",
      counts: { high: 1, moderate: 1 },
      findings: [
        {
          severity: "high",
          place: "a <1.2.3",
          message: "high: Prototype pollution (a fixed version exists)",
        },
        { severity: "medium", message: "moderate: through a (no fixed version yet)" },
      ],
    });
  });

  test("whose service does not answer: the reason, not a clean bill", () => {
    expect(
      readAdvisories(JSON.stringify({ message: "405 Method Not Allowed", error: { summary: "" } }), ""),
    ).toEqual({
      kind: "unanswered",
      because: "npm audit gave no report: 405 Method Not Allowed",
    });
    expect(readAdvisories("", "npm error network\n")).toMatchObject({ kind: "unanswered" });
    expect(readAdvisories('{"metadata": 1}', "")).toMatchObject({ kind: "unanswered" });
  });

  test("are asked about at the registry that the project names, and a serious answer fails the stream", async () => {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(`${request.method} ${request.url}`);
      response.setHeader("content-type", "application/json");
      if (request.method === "POST") {
        const url = "https://example.org/1";
        const one = {
          id: 1,
          url,
          title: "Bad hole",
          severity: "high",
          vulnerable_versions: "<2.0.0",
          cwe: [],
        };
        response.end(JSON.stringify({ a: [{ ...one, cvss: { score: 8, vectorString: null } }] }));
      } else {
        response.end(
          JSON.stringify({
            name: "a",
            "dist-tags": {},
            versions: { "1.0.0": { name: "a", version: "1.0.0" } },
          }),
        );
      }
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const resolved = `http://127.0.0.1:${port}/a/-/a-1.0.0.tgz`;
    const root = project({
      ".npmrc": `registry=http://127.0.0.1:${port}/\n`,
      "package.json": JSON.stringify({ name: "p", version: "1.0.0", dependencies: { a: "1.0.0" } }),
      "package-lock.json": JSON.stringify({
        name: "p",
        version: "1.0.0",
        lockfileVersion: 3,
        packages: {
          "": { name: "p", version: "1.0.0", dependencies: { a: "1.0.0" } },
          "node_modules/a": { version: "1.0.0", resolved, integrity: "sha512-x", license: "MIT" },
        },
      }),
    });
    // A registry in the environment would go before the project's own.
    const env = plainEnvironment();
    for (const name of Object.keys(env)) if (/^npm_config_registry$/i.test(name)) delete env[name];
    try {
      const result = report(await audit("dependencies", { parameters: { root }, env }));
      expect(asked).toContain("POST /-/npm/v1/security/advisories/bulk");
      expect(result).toMatchObject({
        status: "FAILED",
        figures: { "high advisories": 1, "locked packages": 1 },
      });
      expect(result.findings.find(({ rule }) => rule === "advisory")?.message).toContain("Bad hole");
    } finally {
      server.close();
      server.closeAllConnections();
    }
  });

  test("without a lock file end ADVISORY, with the reason", async () => {
    const root = project({ "package.json": JSON.stringify({ dependencies: { a: "1.0.0" } }) });
    const result = report(await audit("dependencies", { parameters: { root } }));
    expect(result).toMatchObject({ status: "ADVISORY", figures: { "high advisories": null } });
    expect(result.reason).toContain("NOT checked");
    expect(result.byRule).toEqual({ "lock-file": 1 });
  });
});

describe("documentation", () => {
  test("of a project that has all of it passes", async () => {
    const root = project({
      "README.md":
        "# P\n\n## Install\n\n```\nnpm i\n```\n\n## Usage\n\nSee [more](docs/a.md#the-second-part), [here](#usage), [far](https://x.y).\n",
      "docs/a.md": "# A\n\n## The *second* part!\n\n`[not](a-link.md)`\n\n```\n[nor](this.md)\n```\n",
      LICENSE: "MIT",
      "CHANGELOG.md": "# 1.0.0\n",
      "src/a.js": "/** Adds. */\nexport const add = (a, b) => a + b;\n",
    });
    expect(report(await audit("documentation", { parameters: { root } }))).toMatchObject({
      status: "PASSED",
      figures: { "relative links": 2, "broken links": 0, "broken anchors": 0, "documented percent": 100 },
      findings: [],
    });
  });

  test("that leads nowhere is named by line, in examples without counting", async () => {
    const root = project({
      "README.md": "# P\n\n[a](no.md)\n[b](#none)\n<img src='no.png'>\n[c]: no.txt\n",
      "examples/x/README.md": "[a](no.md)\n",
      "src/a.js": "export const a = 1;\n",
    });
    const result = report(await audit("documentation", { parameters: { root } }));
    expect(result).toMatchObject({ status: "FAILED", figures: { "broken links": 3, "broken anchors": 1 } });
    expect(result.findings.filter(({ rule }) => rule.startsWith("broken")).map(({ place }) => place)).toEqual(
      ["README.md:3", "README.md:5", "README.md:6", "README.md:4", "examples/x/README.md:1"],
    );
  });

  test("without a README fails", async () => {
    const result = report(
      await audit("documentation", { parameters: { root: project({ "a.py": "x = 1\n" }) } }),
    );
    expect(result.status).toBe("FAILED");
    expect(result.byRule).toHaveProperty("readme-missing", 1);
  });
});

describe("root, targets and missing results", () => {
  test("a root that is no folder is refused with a hint, whatever the step", async () => {
    for (const step of ["scan", "tests", "patterns", "report"]) {
      expect(await audit(step, { parameters: { root: "/no/such/folder" } })).toMatchObject({
        failure: { code: "AUDIT_ROOT", retryable: false },
      });
    }
  });

  test("targets override the defaults; unknown names and bad values are refused", async () => {
    expect(readTargets({ documentedPercent: 50 })).toMatchObject({
      ok: true,
      value: { documentedPercent: 50, functionLines: 70 },
    });
    expect(readTargets({ documentPercent: 50 })).toEqual({
      ok: false,
      error: "there is no target `documentPercent`; did you mean `documentedPercent`?",
    });
    const outcome = await audit("scan", { parameters: { root: ".", targets: { fileLines: "many" } } });
    expect(outcome).toMatchObject({ failure: { code: "AUDIT_TARGETS" } });
  });

  test("an empty folder is scanned, and its streams say that they have nothing to judge", async () => {
    const root = project({});
    expect(await audit("scan", { parameters: { root } })).toMatchObject({
      kind: "completed",
      data: { files: 0, npm: false },
    });
    for (const step of ["tests", "patterns", "documentation", "dependencies", "refactoring"]) {
      expect(report(await audit(step, { parameters: { root } })).status, step).toBe("DEFERRED");
    }
  });

  test("refactoring is deferred, its findings measured, while the tests fail", async () => {
    const root = project({ "src/a.js": `export function a() {\n${"  b();\n".repeat(90)}}\n` });
    const steps = {
      tests: {
        output: "",
        data: { stream: "A", title: "Tests", status: "FAILED" },
        artifacts: [],
        status: "succeeded",
      },
    };
    expect(report(await audit("refactoring", { parameters: { root }, steps }))).toMatchObject({
      status: "DEFERRED",
      byRule: { "long-function": 1 },
    });
  });

  test("the report names a stream without a result as FAILED", async () => {
    const steps = { tests: { output: "broke down", data: null, artifacts: [], status: "degraded" } };
    const view = viewOf(await audit("report", { parameters: { root: project({}) }, steps }));
    expect(view.output).toContain(
      "| A | Tests | **FAILED** | 0 | 0 of 1 | The step `tests` gave no report (degraded). |",
    );
    expect(view.data).toMatchObject({ verdict: "FAILED", tests: { total: null } });
  });

  test("a file of generated or foreign code is not read", async () => {
    const root = project({
      "dist/a.js": "console.log(1)\n",
      "node_modules/x/a.js": "console.log(1)\n",
      "a.min.js": "console.log(1)\n",
      "src/a.js": "export const a = 1;\n",
    });
    expect(report(await audit("patterns", { parameters: { root } }))).toMatchObject({
      status: "PASSED",
      figures: { "source files read": 1 },
    });
  });

  test("a cancelled audit is an expected failure", async () => {
    const root = project({ "src/a.js": "export const a = 1;\n" });
    expect(await audit("patterns", { parameters: { root }, signal: AbortSignal.abort() })).toMatchObject({
      failure: { code: "AUDIT_CANCELLED" },
    });
  });
});
