import { readdir, readFile, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Diagnostic } from "../shared/diagnostic.ts";
import { LIMITS } from "../shared/limits.ts";
import { err, ok, type Result } from "../shared/result.ts";
import { loadAgentKind, loadTemplate } from "./load-template.ts";
import { TemplateRegistry } from "./registry.ts";
import { tooLarge } from "./source-document.ts";
import type { AgentKind, Template } from "./template.ts";

/** The folder below a template folder that holds agent kinds. */
const AGENTS_FOLDER = "agents";

/**
 * Reads every template of some folders and every agent kind of their `agents/` folders, `*.yaml`, `*.yml` and `*.json`
 * (`*.schema.json` aside), in order of folder and file name. A missing folder is skipped; a file that two folders lead
 * to counts once. All faults of all files are reported together; beside those of the files TEMPLATE_UNREADABLE.
 */
export async function discoverTemplates(
  folders: readonly string[],
): Promise<Result<TemplateRegistry, Diagnostic[]>> {
  const faults: Diagnostic[] = [];
  const templates: Template[] = [];
  const agentKinds: AgentKind[] = [];
  const seen = new Set<string>();
  for (const folder of folders) {
    await readFolder(folder, seen, faults, (text, source) =>
      keep(loadTemplate(text, source), templates, faults),
    );
    const agents = join(folder, AGENTS_FOLDER);
    await readFolder(agents, seen, faults, (text, source) =>
      keep(loadAgentKind(text, source), agentKinds, faults),
    );
  }
  const registry = TemplateRegistry.create(templates, agentKinds);
  if (!registry.ok) faults.push(...registry.error);
  return faults.length > 0 || !registry.ok ? err(faults) : ok(registry.value);
}

function keep<T>(loaded: Result<T, Diagnostic[]>, into: T[], faults: Diagnostic[]): void {
  if (loaded.ok) into.push(loaded.value);
  else faults.push(...loaded.error);
}

async function readFolder(
  folder: string,
  seen: Set<string>,
  faults: Diagnostic[],
  load: (text: string, source: string) => void,
): Promise<void> {
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (error) {
    if (errorCode(error) !== "ENOENT") faults.push(unreadable(folder, error));
    return;
  }
  for (const name of names.filter(isTemplateFile).sort()) {
    const path = join(folder, name);
    try {
      const [real, stats] = await Promise.all([realpath(path), stat(path)]);
      if (!stats.isFile() || seen.has(real)) continue;
      seen.add(real);
      if (stats.size > LIMITS.templateFileBytes) faults.push(tooLarge(path, stats.size));
      else load(new TextDecoder("utf-8", { fatal: true }).decode(await readFile(path)), path);
    } catch (error) {
      faults.push(unreadable(path, error));
    }
  }
}

function isTemplateFile(name: string): boolean {
  return /\.(ya?ml|json)$/i.test(name) && !/\.schema\.json$/i.test(name) && !name.startsWith(".");
}

function unreadable(path: string, error: unknown): Diagnostic {
  const code = errorCode(error);
  const isText = code === "ERR_ENCODING_INVALID_ENCODED_DATA";
  return {
    code: "TEMPLATE_UNREADABLE",
    severity: "error",
    message: isText ? "the file is not UTF-8 text" : "a template folder or file cannot be read",
    place: path,
    expected: isText ? "UTF-8" : "a folder or file that may be read",
    got: isText ? "other bytes" : code,
    hint: isText ? "save it as UTF-8" : (HINTS[code] ?? "look at the path and its permissions"),
  };
}

const HINTS: Readonly<Record<string, string>> = {
  EACCES: "give yourself permission to read it",
  ENOTDIR: "name a folder, not a file",
  ENOENT: "the link leads nowhere; remove or mend it",
  ELOOP: "the link leads to itself; remove or mend it",
};

function errorCode(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error);
}
