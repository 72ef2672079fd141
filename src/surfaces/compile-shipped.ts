/** A step of the build: reads and checks the shipped templates once, for every run of the package. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { compileTemplates } from "./compile-templates.ts";

const root = join(import.meta.dirname, "../..");
const compiled = await compileTemplates(join(root, "templates"));
await writeFile(join(root, "dist/templates/compiled.json"), JSON.stringify(compiled));
