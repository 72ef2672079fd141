import { mkdir, mkdtemp, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { LIMITS } from "../../src/shared/limits.ts";
import { discoverTemplates } from "../../src/templates/discover.ts";

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "abyssal-templates-"));
});

afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

function template(name: string, version = "1.0.0"): string {
  return `name: ${name}\nversion: ${version}\ndescription: d\ncategory: planning\nsteps: { a: { agent: tester } }\n`;
}

const KIND = "name: tester\ndescription: d\ncapabilities: []\nsystem: s\nperformers: [draft]\n";

async function write(path: string, text: string | Uint8Array): Promise<void> {
  const full = join(root, path);
  await mkdir(join(full, ".."), { recursive: true });
  await writeFile(full, text);
}

async function names(...folders: string[]): Promise<string[]> {
  const found = await discoverTemplates(folders.map((folder) => join(root, folder)));
  if (!found.ok) throw new Error(JSON.stringify(found.error));
  return found.value.list().map(({ name, version }) => `${name}@${version}`);
}

async function faults(...folders: string[]): Promise<string[]> {
  const found = await discoverTemplates(folders.map((folder) => join(root, folder)));
  return found.ok
    ? []
    : found.error.map(({ code, span, place }) => {
        const path = (span?.source ?? place ?? "").slice(root.length + 1);
        return span ? `${code} ${path}:${span.start.line}` : `${code} ${path}`;
      });
}

describe("files that are found", () => {
  test("YAML and JSON templates of a folder, and the agent kinds below it", async () => {
    await write("t/a.yaml", template("A"));
    await write("t/b.yml", template("B"));
    await write(
      "t/c.json",
      JSON.stringify({
        name: "C",
        version: "1.0.0",
        description: "d",
        category: "x",
        steps: { a: { agent: "tester" } },
      }),
    );
    await write("t/template.schema.json", "{}");
    await write("t/notes.md", "no template");
    await write("t/.hidden.yaml", "no template");
    await mkdir(join(root, "t/folder.yaml"));
    await write("t/agents/tester.yaml", KIND);
    expect(await names("t")).toEqual(["A@1.0.0", "B@1.0.0", "C@1.0.0"]);
    const found = await discoverTemplates([join(root, "t")]);
    expect(found.ok && found.value.agentKinds().map((kind) => kind.source)).toEqual([
      join(root, "t/agents/tester.yaml"),
    ]);
  });

  test("a file in the place of the other kind is one error that says where it belongs", async () => {
    await write("t/tester.yaml", `temprature: 2\n${KIND}`);
    await write("t/agents/a.yaml", template("A"));
    const found = await discoverTemplates([join(root, "t")]);
    expect(found).toMatchObject({
      error: [
        {
          code: "TEMPLATE_INVALID",
          message: "the file looks like an agent kind",
          span: { source: join(root, "t/tester.yaml"), start: { line: 5, column: 1 } },
          expected: "a template",
          got: "system: ...",
          hint: expect.stringContaining("templates/agents/"),
        },
        {
          code: "TEMPLATE_INVALID",
          message: "the file looks like a template",
          span: { source: join(root, "t/agents/a.yaml"), start: { line: 5, column: 1 } },
          expected: "an agent kind",
          got: "steps: ...",
          hint: expect.stringContaining("folder of templates itself"),
        },
      ],
    });
  });

  test("several folders are read, a missing one is skipped", async () => {
    await write("one/a.yaml", template("A"));
    await write("two/a.yaml", template("A", "2.0.0"));
    expect(await names("one", "none", "two")).toEqual(["A@1.0.0", "A@2.0.0"]);
  });

  test("a file that is reached twice counts once", async () => {
    await write("one/a.yaml", template("A"));
    await symlink(join(root, "one"), join(root, "same"));
    await mkdir(join(root, "two"));
    await symlink(join(root, "one/a.yaml"), join(root, "two/b.yaml"));
    expect(await names("one", "one", "same", "two", "one/../one")).toEqual(["A@1.0.0"]);
  });

  test("no folder gives an empty registry", async () => {
    expect(await names()).toEqual([]);
  });
});

describe("files that are at fault", () => {
  test("all faults of all files are reported together, in order of folder and name", async () => {
    await write("t/b.yaml", "name: [");
    await write("t/a.yaml", template("A").replace("steps", "stpes"));
    await write("t/agents/k.yaml", `${KIND}extra: 1\n`);
    await write("u/c.yaml", `${template("C")}more: 1\n`);
    expect(await faults("t", "u")).toEqual([
      "TEMPLATE_INVALID t/a.yaml:1",
      "TEMPLATE_INVALID t/a.yaml:5",
      "TEMPLATE_SYNTAX t/b.yaml:1",
      "TEMPLATE_INVALID t/agents/k.yaml:6",
      "TEMPLATE_INVALID u/c.yaml:6",
    ]);
  });

  test("two files with one name and version are refused, beside the other faults", async () => {
    await write("t/a.yaml", template("A"));
    await write("t/b.yaml", template("A"));
    await write("t/c.yaml", "[");
    expect(await faults("t")).toEqual(["TEMPLATE_SYNTAX t/c.yaml:1", "TEMPLATE_DUPLICATE t/b.yaml:1"]);
  });

  test("a file in place of a folder, a dead link and bytes that are no text are unreadable", async () => {
    await write("file", "x");
    await write("t/a.yaml", new Uint8Array([0x6e, 0xff, 0xfe]));
    await symlink(join(root, "nowhere"), join(root, "t/b.yaml"));
    expect(await faults("file", "t")).toEqual([
      "TEMPLATE_UNREADABLE file",
      "TEMPLATE_UNREADABLE t/a.yaml",
      "TEMPLATE_UNREADABLE t/b.yaml",
    ]);
  });

  test("a huge file is refused by its size, without being read", async () => {
    await write("t/a.yaml", "x");
    await truncate(join(root, "t/a.yaml"), 1024 * LIMITS.templateFileBytes);
    expect(await faults("t")).toEqual(["TEMPLATE_TOO_LARGE t/a.yaml:1"]);
  });
});

test("the shipped folder loads without a fault, and its steps name agent kinds that are shipped", async () => {
  const found = await discoverTemplates([`${import.meta.dirname}/../../templates`]);
  if (!found.ok) throw new Error(JSON.stringify(found.error, null, 1));
  const registry = found.value;
  expect(registry.list().length).toBeGreaterThanOrEqual(11);
  for (const { name, steps } of registry.list()) {
    for (const { work } of steps) {
      const named =
        work.kind === "template" ? registry.get(work.template, work.version) : registry.agentKind(work.agent);
      expect(named.ok, `${name}: ${JSON.stringify(work).slice(0, 80)}`).toBe(true);
    }
  }
});
