import { readdir, readFile, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Diagnostic } from "../shared/diagnostic.ts";
import { LIMITS } from "../shared/limits.ts";
import { err, ok, type Result } from "../shared/result.ts";
import { type CompiledTemplates, compiledFrom, NOT_COMPILED } from "./compiled-templates.ts";
import { TemplateRegistry } from "./registry.ts";
import type { AgentKind, Template } from "./template.ts";

/** The folder below a template folder that holds agent kinds. */
export const AGENTS_FOLDER = "agents";

type Discovery = {
  readonly compiled?: CompiledTemplates;
  /** What diagnostics call a file or folder. */
  readonly named?: (path: string) => string;
  /** Whether versions of one template may stand side by side; default true. */
  readonly isVersioned?: boolean;
};

/**
 * Reads every template of some folders and every agent kind of their `agents/` folders, `*.yaml`, `*.yml` and `*.json`
 * (`*.schema.json` aside), in order of folder and file name. A missing folder is skipped; a file that two folders lead
 * to counts once. What is compiled already is taken as it is. All faults of all files are reported together; beside those of
 * the files TEMPLATE_UNREADABLE.
 */
export async function discoverTemplates(
  folders: readonly string[],
  { compiled = NOT_COMPILED, named = (path) => path, isVersioned = true }: Discovery = {},
): Promise<Result<TemplateRegistry, Diagnostic[]>> {
  const faults: Diagnostic[] = [];
  const templates: Template[] = [];
  const agentKinds: AgentKind[] = [];
  const reading: Reading = { seen: new Set(), faults, named };
  for (const folder of folders) {
    const there = await readFolder(folder, reading, async (text, source) => {
      const known = compiledFrom(compiled.templates, text, source);
      if (known) templates.push(known);
      else keep((await loader()).loadTemplate(text, source), templates, faults);
    });
    if (!there) continue;
    const agents = join(folder, AGENTS_FOLDER);
    await readFolder(agents, reading, async (text, source) => {
      const known = compiledFrom(compiled.agentKinds, text, source);
      if (known) agentKinds.push(known);
      else keep((await loader()).loadAgentKind(text, source), agentKinds, faults);
    });
  }
  const registry = TemplateRegistry.create(templates, agentKinds, isVersioned);
  if (!registry.ok) faults.push(...registry.error);
  return faults.length > 0 || !registry.ok ? err(faults) : ok(registry.value);
}

/** The parser and the schema are loaded for who has files of their own. */
function loader(): Promise<typeof import("./load-template.ts")> {
  return import("./load-template.ts");
}

function keep<T>(loaded: Result<T, Diagnostic[]>, into: T[], faults: Diagnostic[]): void {
  if (loaded.ok) into.push(loaded.value);
  else faults.push(...loaded.error);
}

type Reading = Required<Pick<Discovery, "named">> & {
  /** Files that were read, by their real paths. */
  readonly seen: Set<string>;
  readonly faults: Diagnostic[];
};

/** Hands every template file of a folder to `load`; false when there is no folder to read. */
async function readFolder(
  folder: string,
  { seen, faults, named }: Reading,
  load: (text: string, source: string) => Promise<void>,
): Promise<boolean> {
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (error) {
    if (errorCode(error) !== "ENOENT") faults.push(unreadable(named(folder), error));
    return false;
  }
  for (const name of names.filter(isTemplateFile).sort()) {
    const path = join(folder, name);
    const text = await readText(path, named(path), seen);
    if (text === undefined) continue;
    if (text.ok) await load(text.value, named(path));
    else faults.push(text.error);
  }
  return true;
}

/** The text of a file; undefined for what is no file or was read before. */
async function readText(
  path: string,
  name: string,
  seen: Set<string>,
): Promise<Result<string, Diagnostic> | undefined> {
  try {
    const [real, stats] = await Promise.all([realpath(path), stat(path)]);
    if (!stats.isFile() || seen.has(real)) return undefined;
    seen.add(real);
    if (stats.size > LIMITS.templateFileBytes)
      return err((await import("./source-document.ts")).tooLarge(name, stats.size));
    return ok(new TextDecoder("utf-8", { fatal: true }).decode(await readFile(path)));
  } catch (error) {
    return err(unreadable(name, error));
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
