import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { LANGUAGES } from "../../../src/performers/draft/code/code-brief.ts";
import { PRINTERS } from "../../../src/performers/draft/code/language.ts";
import { parseSketch } from "../../../src/performers/draft/code/parse-sketch.ts";
import { refusalsOf } from "../../../src/performers/draft/code/sketch.ts";
import { genericDomain } from "../../../src/performers/draft/domains/generic.ts";
import { DOMAINS, recogniseDomain } from "../../../src/performers/draft/domains/recognise.ts";
import { draftOutcome } from "../../../src/performers/draft.ts";
import type { Artifact } from "../../../src/plan/outcome.ts";
import type { JsonObject } from "../../../src/shared/json.ts";
import { draftTask } from "./draft-task.ts";
import { syntaxFaults, unsafePaths } from "./parses.ts";

const COMPONENTS: Readonly<Record<string, string>> = {
  authentication: "authentication service",
  gateway: "API gateway",
  registry: "service registry",
  cache: "response cache",
  queue: "job queue",
  parser: "formula parser",
  search: "indexer",
  "query-api": "query api",
  scheduler: "cron scheduler",
  storage: "object storage",
  payment: "payment gateway",
  notification: "notification sender",
  engine: "Core Engine",
  inference: "neural interface",
  generic: "tea house",
};

function files(component: string, parameters: JsonObject): readonly Artifact[] {
  const code = draftOutcome(draftTask("CODE", "generate", { component, ...parameters })).artifacts ?? [];
  const tests =
    draftOutcome(draftTask("TEST", "suite", { target: component, ...parameters })).artifacts ?? [];
  return [...code, ...tests];
}

describe("recognition of domains", () => {
  test.each(Object.entries(COMPONENTS))("%s from %s", (id, component) => {
    expect(recogniseDomain(component).id).toBe(id);
  });

  test("the head of a compound decides among equals, a special field before a common one", () => {
    expect(recogniseDomain("cache registry").id).toBe("registry");
    expect(recogniseDomain("registry cache").id).toBe("cache");
    expect(recogniseDomain("payment gateway").id).toBe("payment");
    expect(recogniseDomain("vector databases").id).toBe("search");
    expect(recogniseDomain("microservices platform").id).toBe("platform");
  });

  test("every domain has a concern for each side, and one without code says so by being a whole system", () => {
    for (const domain of [...DOMAINS, genericDomain("tea house")]) {
      expect(new Set(domain.concerns.map((c) => c.side)).size, domain.id).toBe(4);
      expect(domain.sketch === undefined, domain.id).toBe(domain.id === "platform");
    }
  });
});

describe("what a design says of the code", () => {
  test.each(LANGUAGES)(
    "each operation and each member of a record stands in the files so: %s",
    (language) => {
      for (const component of Object.values(COMPONENTS)) {
        const asked = { component, language };
        const { output, data } = draftOutcome(draftTask("CODE", "design", asked));
        const code = files(component, { language })
          .map((f) => f.content)
          .join("\n");
        const { operations } = data as unknown as { readonly operations: readonly string[] };
        expect(operations.length, component).toBeGreaterThan(1);
        expect(operations.filter((operation) => !code.includes(operation))).toEqual([]);
        for (const operation of operations) expect(output).toContain(`\`${operation}\``);
        const types = [...String(output).matchAll(/^(\w+) \{ (.*) \}$/gm)];
        expect(types.length, component).toBeGreaterThan(0);
        const members = types.flatMap(([, , list = ""]) => list.split(/, (?=\w+[: ])/));
        expect(members.filter((member) => !code.includes(member))).toEqual([]);
      }
    },
  );

  test("letters that are no ASCII letter with a mark are written with those that they stand for", () => {
    const [first] = files("Straßen Ærø Łódź", { language: "typescript" });
    expect(first?.path).toMatch(/^strassen-aero-lodz\//);
  });
});

describe("sketches", () => {
  const sketches = [...DOMAINS, genericDomain("tea house")].flatMap((d) =>
    d.sketch ? [{ id: d.id, sketch: parseSketch(d.sketch) }] : [],
  );

  test.each(sketches)(
    "$id: every operation is documented and called by a scenario, and most refusals are met",
    ({ sketch }) => {
      const steps = sketch.scenarios.flatMap((s) => s.steps);
      const called = new Set(steps.flatMap((step) => (step.kind === "expect" ? [] : [step.operation])));
      const refused = new Set(steps.flatMap((step) => (step.kind === "refuse" ? [step.code] : [])));
      for (const operation of sketch.operations) expect(operation.doc, operation.name).toMatch(/^[A-Z].*\.$/);
      const known = refusalsOf(sketch).map((r) => r.code);
      expect([...refused].filter((code) => !known.includes(code as never))).toEqual([]);
      expect(called.size / sketch.operations.length).toBeGreaterThanOrEqual(0.75);
      expect(refused.size / known.length).toBeGreaterThanOrEqual(0.3);
    },
  );
});

describe.each(LANGUAGES)("a scaffold in %s", (language) => {
  test.each(Object.values(COMPONENTS))("parses for %s at every complexity", (component) => {
    for (const complexity of ["simple", "medium", "complex"]) {
      const made = files(component, { language, complexity });
      expect(syntaxFaults(made)).toEqual([]);
      expect(unsafePaths(made)).toEqual([]);
      expect(made.length).toBeGreaterThanOrEqual(7);
      for (const { path, content } of made)
        expect(content, path).not.toMatch(/\bTODO\b|\bunimplemented!|undefined\(|NotImplemented/);
    }
  });

  test("holds more files the more complex it is to be", () => {
    const count = (complexity: string) => files("authentication service", { language, complexity }).length;
    expect(count("simple")).toBeLessThanOrEqual(count("medium"));
    expect(count("medium")).toBeLessThan(count("complex"));
  });

  test.each(PRINTERS[language].frameworks)("is served by %s when that is asked for", (framework) => {
    const made = files("authentication service", { language, framework });
    expect(syntaxFaults(made)).toEqual([]);
    const name = framework.split("/").at(-1)!;
    expect(made.some((f) => /server|main/.test(f.path) && f.content.includes(name))).toBe(true);
  });

  test("a server tells the time itself and hands out neither salt nor digest", () => {
    const framework = PRINTERS[language].frameworks[0]!;
    const made = files("authentication service", { language, framework });
    const server = made.find((f) => /server\.(ts|py)$|main\.(rs|go)$/.test(f.path))!.content;
    expect(server).toMatch(/Date\.now\(\)|time\.time\(\)|now_ms\(\)|time\.Now\(\)/);
    expect(server).not.toMatch(/"nowMs"|"now_ms"|now_ms: i(nt|64) =|NowMs int64|input\.now_ms/);
    const { data } = draftOutcome(
      draftTask("CODE", "generate", { component: "authentication service", language }),
    );
    expect((data as { operations: string[] }).operations).toContainEqual(
      expect.stringMatching(/register\(.*email.*\).*\bProfile\b/i),
    );
  });

  test("says so when the framework is not known", () => {
    const outcome = draftOutcome(
      draftTask("CODE", "design", { component: "cache", language, framework: "cobweb" }),
    );
    expect(outcome.output).toContain(`cobweb is not known to the rules for ${PRINTERS[language].title}`);
  });

  test("the language is a claim, so that parts in two languages can be seen to disagree", () => {
    const outcome = draftOutcome(draftTask("CODE", "generate", { component: "cache", language }));
    expect(outcome.claims).toEqual([{ subject: "language of cache", value: language }]);
  });
});

describe("scaffolds in TypeScript", () => {
  const folder = mkdtempSync(join(tmpdir(), "abyssal-scaffolds-"));
  const root = fileURLToPath(new URL("../../..", import.meta.url));

  beforeAll(() => {
    for (const component of Object.values(COMPONENTS)) {
      for (const { path, content } of files(component, { language: "typescript", complexity: "complex" })) {
        mkdirSync(dirname(join(folder, path)), { recursive: true });
        writeFileSync(join(folder, path), content);
      }
    }
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("pass their own drafted tests", () => {
    const output = execFileSync(process.execPath, ["--test", "--test-reporter=tap"], {
      cwd: folder,
      encoding: "utf8",
      // A test runner's own variables would make the child report to it.
      env: { PATH: process.env.PATH ?? "" },
    });
    expect(output).toMatch(/^# fail 0$/m);
    expect(Number(/^# pass (\d+)$/m.exec(output)?.[1])).toBeGreaterThan(40);
  }, 60_000);

  test("have no type error in strict mode", () => {
    const options = {
      target: "es2024",
      module: "nodenext",
      strict: true,
      noEmit: true,
      types: ["node"],
      typeRoots: [join(root, "node_modules/@types")],
      skipLibCheck: true,
      allowImportingTsExtensions: true,
      erasableSyntaxOnly: true,
      verbatimModuleSyntax: true,
    };
    writeFileSync(
      join(folder, "tsconfig.json"),
      JSON.stringify({ compilerOptions: options, include: ["*/src", "*/test"] }),
    );
    const output = execFileSync(
      process.execPath,
      [join(root, "node_modules/typescript/bin/tsc"), "-p", folder],
      { encoding: "utf8" },
    );
    expect(output).toBe("");
  }, 60_000);
});

describe("agents on the same scaffold", () => {
  const replica = (index: number) =>
    draftOutcome(draftTask("CODE", "generate", { component: "cache" }, { replica: { index, count: 3 } }))
      .artifacts!;

  test("agree on every file they share and add one of their own", () => {
    const [first, second, third] = [replica(0), replica(1), replica(2)];
    const shared = new Map(first.map((f) => [f.path, f.content]));
    const own = [second, third].map((list) =>
      list.filter((f) => shared.get(f.path) !== f.content).map((f) => f.path),
    );
    expect(own).toEqual([["cache/docs/failure-modes.md"], ["cache/docs/security-notes.md"]]);
  });
});
