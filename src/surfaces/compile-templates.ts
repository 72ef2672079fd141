import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { AbyssalError } from "../shared/diagnostic.ts";
import { sha3 } from "../shared/hash.ts";
import type { CompiledTemplates } from "../templates/compiled-templates.ts";
import { AGENTS_FOLDER } from "../templates/discover.ts";
import { loadAgentKind, loadTemplate } from "../templates/load-template.ts";

/** Reads and checks a folder of templates once for all. Throws AbyssalError with what is wrong in a file. */
export async function compileTemplates(folder: string): Promise<CompiledTemplates> {
  const templates: Record<string, CompiledTemplates["templates"][string]> = {};
  const agentKinds: Record<string, CompiledTemplates["agentKinds"][string]> = {};
  for (const text of await texts(folder)) {
    const loaded = loadTemplate(text, folder);
    if (!loaded.ok) throw new AbyssalError(loaded.error);
    const { source: _, ...template } = loaded.value;
    templates[sha3(text)] = template;
  }
  for (const text of await texts(join(folder, AGENTS_FOLDER))) {
    const loaded = loadAgentKind(text, folder);
    if (!loaded.ok) throw new AbyssalError(loaded.error);
    const { source: _, ...kind } = loaded.value;
    agentKinds[sha3(text)] = kind;
  }
  return { templates, agentKinds };
}

async function texts(folder: string): Promise<readonly string[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".yaml")).sort();
  return Promise.all(names.map((name) => readFile(join(folder, name), "utf8")));
}
