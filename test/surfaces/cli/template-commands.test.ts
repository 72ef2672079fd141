import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Template } from "../../../src/templates/template.ts";
import { cli, faultsOf, filesIn, folderWith, scriptTemplate } from "./cli-harness.ts";

const WAIT = scriptTemplate("WAIT", { wait: "" });

test("list-templates shows every shipped template under its category", async () => {
  const folder = folderWith();
  const { stdout } = await cli(folder, ["list-templates"]);
  for (const name of [
    "ROADMAP",
    "CODE",
    "AGENT",
    "TEST",
    "ARCHITECTURE",
    "RESEARCH",
    "OPTIMIZE",
    "DEPLOY",
    "DOCUMENT",
    "CHAIN",
    "AUDIT",
  ])
    expect(stdout).toMatch(new RegExp(`^ {2}${name} +\\d+\\.\\d+\\.\\d+ {2}\\S`, "m"));
  expect(stdout.match(/^\w+$/gm)).toEqual([
    "design",
    "development",
    "documentation",
    "operations",
    "orchestration",
    "planning",
    "quality",
    "research",
  ]);
  const { stdout: json } = await cli(folder, ["list-templates", "--output", "json"]);
  expect((JSON.parse(json) as Template[]).map(({ name }) => name)).toContain("CODE");
  expect(filesIn(folder)).toEqual([]);
});

test("show-template shows parameters with types and defaults, and the steps", async () => {
  const { stdout } = await cli(folderWith(), ["show-template", "CODE@1.0.0"]);
  expect(stdout).toMatch(/^ {2}1\. {2}component +string +required/m);
  expect(stdout).toMatch(/^ +complexity +simple \| medium \| complex +default "medium"/m);
  expect(stdout).toMatch(/^ {2}tests +template TEST +.*after generate$/m);
});

test("show-template shows what the steps share and publish", async () => {
  const head = "name: SHARE\nversion: 1.0.0\ndescription: d\ncategory: testing\n";
  const board = "blackboard: { k: {}, m: { merge: { function: sum } } }\n";
  const steps = "steps: { a: { agent: tester, prompt: p, publish: { k: 1 } } }\n";
  const folder = folderWith({ "templates/share.yaml": head + board + steps });
  const { stdout } = await cli(folder, ["show-template", "SHARE"]);
  expect(stdout).toMatch(/publishes k$/m);
  expect(stdout).toContain("\nBlackboard: k (last_writer), m (by function sum)\n");
});

test("show-template refuses a version that is not there and names those that are", async () => {
  const run = await cli(folderWith(), ["show-template", "CODE@9.0.0", "--output", "json"]);
  expect(run.code).toBe(2);
  expect(faultsOf(run)[0]).toMatchObject({ code: "TEMPLATE_VERSION_UNKNOWN", got: "9.0.0" });
});

describe("register-template", () => {
  test("copies a valid file byte for byte, and it can be used at once", async () => {
    const folder = folderWith({ "mine.yaml": `# kept\n${WAIT}` });
    const run = await cli(folder, ["register-template", "mine.yaml"]);
    expect(run).toMatchObject({ code: 0, stdout: "WAIT@1.0.0 is registered: templates/wait@1.0.0.yaml\n" });
    expect(readFileSync(join(folder, "templates/wait@1.0.0.yaml"), "utf8")).toBe(`# kept\n${WAIT}`);
    expect(filesIn(folder)).toEqual(["mine.yaml", "templates/wait@1.0.0.yaml"]);
    expect((await cli(folder, ["check", "ABYSSAL[WAIT]()"])).code).toBe(0);
  });

  test("goes to the folder that the configuration names", async () => {
    const folder = folderWith({
      "mine.yaml": WAIT,
      "abyssal.config.yaml": "templates: { registry_path: own/here }",
    });
    await cli(folder, ["register-template", "mine.yaml"]);
    expect(filesIn(folder)).toContain("own/here/wait@1.0.0.yaml");
  });

  test("the same content again changes nothing and says so", async () => {
    const folder = folderWith({ "mine.yaml": WAIT });
    await cli(folder, ["register-template", "mine.yaml"]);
    const again = await cli(folder, ["register-template", "mine.yaml", "--output", "json"]);
    expect(again.code).toBe(0);
    expect(JSON.parse(again.stdout)).toMatchObject({ state: "unchanged", name: "WAIT", version: "1.0.0" });
  });

  test("other content under a name and version that are taken is refused; another version stands beside it", async () => {
    const folder = folderWith({ "mine.yaml": WAIT });
    await cli(folder, ["register-template", "mine.yaml"]);
    const before = readFileSync(join(folder, "templates/wait@1.0.0.yaml"), "utf8");
    const other = folderWith({
      "other.yaml": scriptTemplate("WAIT", { other: "" }),
      "next.yaml": WAIT.replace("1.0.0", "1.1.0"),
    });
    const refused = await cli(folder, ["register-template", join(other, "other.yaml"), "--output", "json"]);
    expect(refused.code).toBe(2);
    expect(faultsOf(refused)).toMatchObject([{ code: "TEMPLATE_DUPLICATE" }]);
    expect(readFileSync(join(folder, "templates/wait@1.0.0.yaml"), "utf8")).toBe(before);
    expect((await cli(folder, ["register-template", join(other, "next.yaml")])).code).toBe(0);
    expect(filesIn(join(folder, "templates"))).toEqual(["wait@1.0.0.yaml", "wait@1.1.0.yaml"]);
  });

  test("where versions do not stand side by side, a second one is refused, in a folder and when it is registered", async () => {
    const off = "templates: { version_control: false }\n";
    const next = WAIT.replace("1.0.0", "1.1.0");
    const folder = folderWith({ "abyssal.config.yaml": off, "mine.yaml": WAIT, "next.yaml": next });
    expect((await cli(folder, ["register-template", "mine.yaml"])).code).toBe(0);
    const refused = await cli(folder, ["register-template", "next.yaml", "--output", "json"]);
    expect(refused.code).toBe(2);
    expect(faultsOf(refused)).toMatchObject([{ code: "TEMPLATE_DUPLICATE", place: "next.yaml" }]);
    expect(filesIn(join(folder, "templates"))).toEqual(["wait@1.0.0.yaml"]);
    writeFileSync(join(folder, "templates/next.yaml"), next);
    const listed = await cli(folder, ["list-templates", "--output", "json"]);
    expect(listed.code).toBe(2);
    expect(faultsOf(listed)).toMatchObject([
      { code: "TEMPLATE_DUPLICATE", message: "template WAIT stands in two files" },
    ]);
    writeFileSync(join(folder, "abyssal.config.yaml"), off.replace("false", "true"));
    expect((await cli(folder, ["list-templates"])).code).toBe(0);
  });

  test("--check writes nothing", async () => {
    const folder = folderWith({ "mine.yaml": WAIT });
    expect((await cli(folder, ["register-template", "mine.yaml", "--check"])).stdout).toContain("is valid");
    expect(filesIn(folder)).toEqual(["mine.yaml"]);
  });

  test("a step whose agent kind is chosen when a plan is made is registered, and runs", async () => {
    const folder = folderWith({
      "auto.yaml":
        "{ name: ANY, version: 1.0.0, description: d, category: c, steps: { a: { agent: auto, capabilities: [review], prompt: x } } }",
    });
    expect((await cli(folder, ["register-template", "auto.yaml"])).code).toBe(0);
    expect((await cli(folder, ["execute", "ABYSSAL[ANY]()", "--quiet"])).code).toBe(0);
  });

  test("names that nobody knows are told with their file and step, those of alternatives too", async () => {
    const steps =
      "steps: { a: { agent: testr, prompt: x, fallback: [{ agent: reviewr }] }, b: { template: NOWHERE } }";
    const folder = folderWith({
      "mine.yaml": `{ name: MINE, version: 1.0.0, description: d, category: c, ${steps} }`,
    });
    const run = await cli(folder, ["register-template", "mine.yaml", "--output", "json"]);
    expect(faultsOf(run).map(({ code, place }) => [code, place])).toEqual([
      ["AGENT_UNKNOWN", "mine.yaml, step a"],
      ["AGENT_UNKNOWN", "mine.yaml, step a, alternative 1"],
      ["TEMPLATE_UNKNOWN", "mine.yaml, step b"],
    ]);
  });

  test.each([
    ["a file that is no template", "name: 7\n", "TEMPLATE_INVALID"],
    ["an agent kind that nobody knows", WAIT.replace("agent: tester", "agent: testr"), "AGENT_UNKNOWN"],
  ])("%s is refused with its place, and nothing is written", async (_, text, code) => {
    const folder = folderWith({ "mine.yaml": text });
    const run = await cli(folder, ["register-template", "mine.yaml", "--output", "json"]);
    expect(run.code).toBe(2);
    expect(faultsOf(run).map((fault) => fault.code)).toContain(code);
    expect(filesIn(folder)).toEqual(["mine.yaml"]);
  });
});
