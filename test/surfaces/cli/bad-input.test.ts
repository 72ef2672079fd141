import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { exitCodeOfFaults } from "../../../src/surfaces/cli/exit-codes.ts";
import { fault } from "../../../src/surfaces/cli/faults.ts";
import { cli, faultsOf, filesIn, folderWith, scriptTemplate } from "./cli-harness.ts";

const CODE = "ABYSSAL[CODE]('x')";
const TEMPLATE = scriptTemplate("WAIT", { wait: "" });

type Case = {
  readonly args: readonly string[];
  readonly code: string;
  readonly files?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  readonly exit?: number;
};

const CASES: readonly (readonly [string, Case])[] = [
  ["an unknown template", { args: ["execute", "ABYSSAL[CODER]('x')"], code: "TEMPLATE_UNKNOWN" }],
  [
    "a misspelt parameter of a wrong type",
    { args: ["execute", "ABYSSAL[CODE]('x', language=7)"], code: "PARAM_TYPE" },
  ],
  ["a missing parameter", { args: ["execute", "ABYSSAL[CODE]()"], code: "PARAM_MISSING" }],
  ["a cycle", { args: ["execute", "a = ABYSSAL[CODE]($b)\nb = ABYSSAL[CODE]($a)"], code: "PLAN_CYCLE" }],
  ["a text that cannot be read", { args: ["execute", "ABYSSAL[CODE]('x'"], code: "DSL_UNCLOSED" }],
  [
    "a program above 1 MiB",
    { args: ["execute", "-"], stdin: `# ${"x".repeat(1_050_000)}\n${CODE}`, code: "DSL_TOO_LARGE" },
  ],
  ["nothing on standard input", { args: ["execute"], stdin: "", code: "PLAN_EMPTY" }],
  ["a file that is not there", { args: ["execute", "--file", "no.abyssal"], code: "INPUT_UNREADABLE" }],
  ["a folder as a file", { args: ["execute", "--file", "."], code: "INPUT_UNREADABLE" }],
  [
    "a file named as if it were a program",
    { args: ["execute", "a.abyssal"], files: { "a.abyssal": CODE }, code: "USAGE_PROGRAM" },
  ],
  ["a program given twice", { args: ["execute", CODE, "--file", "a"], code: "USAGE_PROGRAM" }],
  ["no program on a terminal", { args: ["execute"], code: "USAGE_PROGRAM" }],
  [
    "a template with an expression that cannot be read",
    {
      args: ["execute", CODE],
      files: { "templates/bad.yaml": TEMPLATE.replace("[-e,", '["{% if ms %}",') },
      code: "TEMPLATE_EXPRESSION",
    },
  ],
  [
    "two templates of one name and version",
    {
      args: ["execute", CODE],
      files: { "templates/a.yaml": TEMPLATE, "templates/b.yaml": TEMPLATE },
      code: "TEMPLATE_DUPLICATE",
    },
  ],
  [
    "a configuration out of range",
    {
      args: ["execute", CODE],
      files: { "abyssal.config.yaml": "execution: { max_concurrent_agents: 0 }" },
      code: "CONFIG_INVALID",
    },
  ],
  [
    "a configuration file that is not there",
    { args: ["execute", CODE, "--config", "no.yaml"], code: "CONFIG_UNREADABLE" },
  ],
  [
    "a model of nobody's",
    { args: ["execute", CODE, "--model", "some/model"], code: "MODEL_UNKNOWN_PROVIDER" },
  ],
  ["a model without its provider", { args: ["execute", CODE, "--model", "gpt-5"], code: "CONFIG_INVALID" }],
  ["an option with nothing in it", { args: ["execute", CODE, "--out", ""], code: "USAGE" }],
  [
    "more agents at once than there may be",
    { args: ["plan", CODE, "--max-concurrency", "10001"], code: "OPTION_INVALID" },
  ],
  ["a limit that is none", { args: ["execute", CODE, "--timeout", "soon"], code: "OPTION_INVALID" }],
  ["an unknown flag", { args: ["execute", CODE, "--fast"], code: "USAGE" }],
  ["a flag of a later version", { args: ["execute", CODE, "--teleport"], code: "USAGE" }],
  ["an unknown command", { args: ["excute", CODE], code: "USAGE" }],
  ["too many arguments", { args: ["execute", CODE, CODE], code: "USAGE" }],
  [
    "a file as output folder",
    { args: ["execute", CODE, "--out", "a"], files: { a: "" }, code: "OUTPUT_UNWRITABLE" },
  ],
  [
    "an output folder where no files can be made",
    { args: ["execute", CODE, "--out", "/proc/none/out"], code: "OUTPUT_UNWRITABLE" },
  ],
  [
    "a batch that is not JSON",
    { args: ["batch", "execute", "b.json"], files: { "b.json": "[oops" }, code: "BATCH_SYNTAX" },
  ],
  [
    "a batch with an element that is no command",
    {
      args: ["batch", "execute", "b.json"],
      files: { "b.json": "[\"ABYSSAL[CODE]('x')\", 7]" },
      code: "BATCH_SYNTAX",
    },
  ],
  ...['{ "commands": ["ABYSSAL[CODE](1)"] }', '"ABYSSAL[CODE](1)"', "7", "null"].map(
    (text) =>
      [
        `a batch that is JSON and no list: ${text}`,
        { args: ["batch", "execute", "b.json"], files: { "b.json": text }, code: "BATCH_SYNTAX" },
      ] as [string, Case],
  ),
  [
    "a batch above 1 MiB",
    {
      args: ["batch", "execute", "b.json"],
      files: { "b.json": JSON.stringify(["x".repeat(1_050_000)]) },
      code: "BATCH_SYNTAX",
    },
  ],
  ["a plan of an unknown template", { args: ["plan", "ABYSSAL[NO]('x')"], code: "TEMPLATE_UNKNOWN" }],
  ["an unknown template to show", { args: ["show-template", "COED"], code: "TEMPLATE_UNKNOWN" }],
  ["an unknown run", { args: ["status", "r_none"], code: "RUN_UNKNOWN" }],
];

describe("bad input is one diagnostic, exit code 2, and nothing written:", () => {
  test.each(CASES)("%s", async (_, { args, code, files = {}, stdin }) => {
    const folder = folderWith(files);
    const before = filesIn(folder);
    const run = await cli(folder, [...args, "--output", "json"], stdin === undefined ? {} : { stdin });
    const errors = faultsOf(run).filter(({ severity }) => severity === "error");
    expect(errors.map((one) => one.code)).toEqual([code]);
    expect(run.code).toBe(2);
    expect(run.stderr).toContain(`error ${code}: `);
    expect(filesIn(folder)).toEqual(before);
  });
});

test("a machine, a run or a program is not drawn in place of the file that was named as well", async () => {
  const folder = folderWith({ a: CODE });
  for (const subject of ["agent", "r_1", CODE]) {
    const run = await cli(folder, ["diagram", subject, "--file", "a"]);
    expect([run.code, run.stderr]).toEqual([2, expect.stringContaining("error USAGE_PROGRAM: ")]);
  }
});

test("what is wrong in files of the working folder is told by their paths from there", async () => {
  const step = TEMPLATE.slice(0, TEMPLATE.indexOf("steps:"));
  const folder = folderWith({
    "templates/a.yaml": TEMPLATE,
    "templates/b.yaml": TEMPLATE,
    "templates/c.yaml": "name: 7\n",
    "templates/agents/d.yaml": "name: 7\n",
    "templates/e.yaml": `${step.replace("WAIT", "OTHER")}steps: { a: { agent: nobody, prompt: x } }\n`,
  });
  const run = await cli(folder, ["check", CODE]);
  for (const path of ["a", "b", "c", "agents/d"]) expect(run.stderr).toContain(`templates/${path}.yaml`);
  expect(run.stderr).not.toContain(folder);
  const registered = await cli(folder, ["register-template", "templates/e.yaml"]);
  expect(registered.stderr).not.toContain(folder);
});

test("a text that is not UTF-8 is refused as such", async () => {
  const folder = folderWith({ "a.abyssal": "" });
  const { writeFileSync } = await import("node:fs");
  writeFileSync(join(folder, "a.abyssal"), Buffer.from([0xff, 0xfe, 0x41]));
  const run = await cli(folder, ["check", "--file", "a.abyssal"]);
  expect(run.code).toBe(2);
  expect(run.stderr).toContain("error INPUT_ENCODING: ");
});

test("a fault is shown with its line and carets under the place", async () => {
  const run = await cli(folderWith(), ["check", "ABYSSAL[CODE]('x')\nABYSSAL[CODER]('y')"]);
  expect(run.stderr).toContain("  at <command>:2:9\n  2 | ABYSSAL[CODER]('y')\n    |         ^^^^^\n");
  expect(run.stderr).toContain('did you mean "CODE"?');
  expect(run.stdout).toBe("");
});

test("several faults of one program are reported at once", async () => {
  const run = await cli(folderWith(), [
    "check",
    "ABYSSAL[CODER]('x'); ABYSSAL[TSET]('y')",
    "--output",
    "json",
  ]);
  expect(run.code).toBe(2);
  const { diagnostics } = JSON.parse(run.stdout) as { diagnostics: { code: string }[] };
  expect(diagnostics.map(({ code }) => code)).toEqual(["TEMPLATE_UNKNOWN", "TEMPLATE_UNKNOWN"]);
});

test("a fault in a batch names the command by its place in the list", async () => {
  const folder = folderWith({ "b.json": JSON.stringify(["ABYSSAL[CODE]('x');", "  ABYSSAL[CODER]('y')"]) });
  const run = await cli(folder, ["batch", "execute", "b.json"]);
  expect(run.code).toBe(2);
  expect(run.stderr).toContain("  at b.json[1]:1:9\n  1 | ABYSSAL[CODER]('y')\n    |         ^^^^^\n");
});

test("a misspelt flag, command and file get a suggestion", async () => {
  const folder = folderWith({ "program.abyssal": "" });
  expect((await cli(folder, ["execute", "--quiett"])).stderr).toContain("did you mean --quiet?");
  expect((await cli(folder, ["excute"])).stderr).toContain("did you mean execute?");
  expect((await cli(folder, ["check", "--file", "progam.abyssal"])).stderr).toContain(
    'did you mean "program.abyssal"?',
  );
});

test("help of a command that there is not names the one that may be meant, in place of the page of all", async () => {
  const folder = folderWith();
  for (const args of [
    ["help", "serv"],
    ["serv", "--help"],
    ["--debug", "help", "serv"],
  ]) {
    const { code, stdout, stderr } = await cli(folder, args);
    expect({ code, stdout, stderr }).toEqual({
      code: 2,
      stdout: "",
      stderr: "error USAGE: unknown command 'serv'\n  hint:     did you mean serve?\n",
    });
  }
  expect((await cli(folder, ["batch", "exec", "--help"])).stderr).toContain("did you mean execute?");
  expect((await cli(folder, ["help", "run"])).stdout).toContain("Usage: abyssal execute|run");
  expect((await cli(folder, ["execute", "serv", "--help"])).stdout).toContain("Usage: abyssal execute|run");
});

test("what a flag names wrongly is told at the flag", async () => {
  const folder = folderWith();
  const environment = { code: "CONFIG_INVALID", got: "prod" };
  const planned = await cli(folder, ["--env=prod", "plan", CODE, "--output", "json"]);
  const variable = await cli(folder, ["plan", CODE, "--output", "json"], { env: { ABYSSAL_ENV: "prod" } });
  expect(faultsOf(planned)).toMatchObject([{ ...environment, place: "--env" }]);
  expect(faultsOf(variable)).toMatchObject([{ ...environment, place: "ABYSSAL_ENV" }]);
  const examined = await cli(folder, ["doctor", "--env", "prod"]);
  expect(examined.stdout).toContain("CONFIG_INVALID --env: there is no environment");
  expect((await cli(folder, ["serve", "--host", "0.0.0.0"])).stderr).toContain("\n  at --host\n");
});

test("work that asks no model costs nothing, so that no budget is too small for it", async () => {
  const run = await cli(folderWith(), ["execute", CODE, "--max-tokens", "0", "--max-cost", "0"]);
  expect(run.code).toBe(0);
});

test("what goes beyond a budget has an exit code of its own", () => {
  expect(exitCodeOfFaults([fault("BUDGET_EXCEEDED", "the plan may go beyond its budget")])).toBe(5);
  expect(exitCodeOfFaults([fault("PARAM_TYPE", "a number was expected")])).toBe(2);
});

test("ndjson reports a refusal as its one line", async () => {
  const run = await cli(folderWith(), ["execute", "ABYSSAL[NO]()", "--output", "ndjson"]);
  const lines = run.stdout.trimEnd().split("\n");
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0]!)).toMatchObject({
    type: "error",
    error: { diagnostics: [{ code: "TEMPLATE_UNKNOWN" }] },
  });
});

test("a folder of templates that cannot be listed is one diagnostic", async () => {
  const folder = folderWith({ templates: "a file where a folder belongs" });
  mkdirSync(join(folder, "other"));
  const run = await cli(folder, ["execute", CODE]);
  expect(run.code).toBe(2);
  expect(run.stderr).toContain("error TEMPLATE_UNREADABLE: ");
});

test.each([
  ["plan", "gpt", "CONFIG_INVALID"],
  ["execute", "gpt", "CONFIG_INVALID"],
  ["execute", "nobody/x", "MODEL_UNKNOWN_PROVIDER"],
])(
  "a model that cannot be asked is told of by the flag that named it: %s --model %s",
  async (command, model, code) => {
    const run = await cli(folderWith({}), [command, CODE, "--model", model, "--output", "json"]);
    expect(faultsOf(run)).toMatchObject([{ code, place: "--model", hint: expect.any(String) }]);
  },
);

test.each([
  [["explain"], "see abyssal explain --help"],
  [["diagram", "agent", "--format", "png"], "see abyssal diagram --help"],
  [["cache", "forget"], "see abyssal cache --help"],
  [["teleport"], "see abyssal --help"],
  [["--teleport"], "see abyssal --help"],
])("what cannot be understood names the help that fits: %j", async (args, hint) => {
  expect((await cli(folderWith({}), args)).stderr).toContain(`hint:     ${hint}\n`);
});
