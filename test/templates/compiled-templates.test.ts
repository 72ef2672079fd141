import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { compileTemplates } from "../../src/surfaces/compile-templates.ts";
import { type CompiledTemplates, NOT_COMPILED } from "../../src/templates/compiled-templates.ts";
import { discoverTemplates } from "../../src/templates/discover.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const SHIPPED = join(import.meta.dirname, "../../templates");

/** As a build writes it and a run reads it. */
async function compiled(): Promise<CompiledTemplates> {
  return JSON.parse(JSON.stringify(await compileTemplates(SHIPPED))) as CompiledTemplates;
}

async function discovered(folder: string, known: CompiledTemplates) {
  const found = await discoverTemplates([folder], { compiled: known });
  if (!found.ok) throw new Error(JSON.stringify(found.error));
  return { templates: found.value.list(), agentKinds: found.value.agentKinds() };
}

test("compiled templates and agent kinds are those that their files give, to the last byte", async () => {
  const known = await compiled();
  expect(Object.keys(known.templates).length).toBeGreaterThan(10);
  const [read, taken] = [await discovered(SHIPPED, NOT_COMPILED), await discovered(SHIPPED, known)];
  expect(taken).toStrictEqual(read);
  expect(JSON.stringify(taken)).toBe(JSON.stringify(read));
});

test("a file that was changed after the build is read, and what was compiled of it is not used", async () => {
  const folder = join(temporaryFolder(), "templates");
  await cp(SHIPPED, folder, { recursive: true });
  const file = join(folder, "code.yaml");
  const text = await readFile(file, "utf8");
  await writeFile(file, text.replace(/^description: .*$/m, "description: Changed since"));
  const { templates } = await discovered(folder, await compiled());
  expect(templates.find(({ name }) => name === "CODE")!.description).toBe("Changed since");
});
