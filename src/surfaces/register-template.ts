import { readdir, readFile } from "node:fs/promises";
import { extname, join, resolve } from "node:path";
import { AbyssalError, type Diagnostic } from "../shared/diagnostic.ts";
import { pathFrom } from "../shared/folder-path.ts";
import { ok } from "../shared/result.ts";
import { discoverTemplates } from "../templates/discover.ts";
import { loadTemplate } from "../templates/load-template.ts";
import type { TemplateRegistry } from "../templates/registry.ts";
import { AUTO, type Step, type Template } from "../templates/template.ts";

export type Registration = {
  readonly text: string;
  /** What diagnostics call it: the file that it was read from. */
  readonly source: string;
  readonly workingFolder: string;
  /** The folder of one's own templates, and those that are there as well. */
  readonly folder: string;
  readonly shipped: string;
  /** Whether versions may stand side by side there; default true. */
  readonly isVersioned?: boolean;
  /** Puts the file in its place, whole or not at all. */
  readonly write: (target: string, text: string) => Promise<void>;
  /** Only check it. */
  readonly checkOnly?: boolean;
  /** What is registered already; default: what the two folders hold. */
  readonly registered?: TemplateRegistry;
};

export type Registered = {
  readonly template: Template;
  readonly state: "valid" | "registered" | "unchanged";
  /** Where it is, or would be, from the working folder. */
  readonly file: string;
};

/** Checks a template and puts it, as it is, into the folder of one's own templates. Throws AbyssalError TEMPLATE_*, AGENT_*, OUTPUT_*. */
export async function registerTemplate({
  text,
  source,
  workingFolder,
  folder,
  shipped,
  isVersioned = true,
  write,
  checkOnly = false,
  registered: known,
}: Registration): Promise<Registered> {
  const seen = (path: string): string => pathFrom(workingFolder, resolve(workingFolder, path));
  const loaded = loadTemplate(text, source);
  if (!loaded.ok) throw new AbyssalError(loaded.error);
  const template = loaded.value;
  const discovered = known
    ? ok(known)
    : await discoverTemplates([shipped, folder], { named: seen, isVersioned });
  if (!discovered.ok) throw new AbyssalError(discovered.error);
  const registry = discovered.value;
  const existing = existingVersion(template, registry, source);
  const missing = template.steps.flatMap((step) => missingNames(step, template, registry));
  if (missing.length > 0) throw new AbyssalError(missing);
  const registered = (state: Registered["state"], place: string): Registered => ({
    template,
    state,
    file: seen(place),
  });
  if (existing) return registered("unchanged", existing.source);
  const name = `${template.name.toLowerCase()}@${template.version}${extname(source) || ".yaml"}`;
  const target = join(folder, name);
  if (checkOnly) return registered("valid", target);
  await refuseTaken(target, seen);
  await write(target, text);
  return registered("registered", target);
}

/** The same template, if it is registered; refuses a different one that may not stand beside it. */
function existingVersion(template: Template, registry: TemplateRegistry, file: string): Template | undefined {
  const { name, version, hash } = template;
  const named = registry.list().filter((one) => one.name === name);
  const existing = registry.isVersioned ? named.find((one) => one.version === version) : named[0];
  if (!existing || existing.hash === hash) return existing;
  if (existing.version !== version)
    throw new AbyssalError([
      {
        code: "TEMPLATE_DUPLICATE",
        severity: "error",
        message: `${name}@${existing.version} is registered, and versions do not stand side by side`,
        place: file,
        expected: "a template of another name, as templates.version_control is off",
        got: `a second ${name} beside ${existing.source}`,
        hint: "remove that one, or let versions stand side by side",
      },
    ]);
  throw new AbyssalError([
    {
      code: "TEMPLATE_DUPLICATE",
      severity: "error",
      message: `${name}@${version} is registered with other content`,
      place: file,
      expected: "another version, or the same content",
      got: `other content than ${existing.source}`,
      hint: `raise the version in ${file}: versions stand side by side`,
    },
  ]);
}

/** Agent kinds and templates that a step names and nobody has registered: no plan could hold it. */
function missingNames(
  { work, name, alternatives = [] }: Step,
  template: Template,
  registry: TemplateRegistry,
): readonly Diagnostic[] {
  const at = `${template.source}, step ${name}`;
  const works = [
    { work, place: at },
    ...alternatives.map((one, index) => ({ work: one.work, place: `${at}, alternative ${index + 1}` })),
  ];
  return works.flatMap(({ work, place }) => {
    const found = named(work, template, registry);
    return !found || found.ok ? [] : [{ ...found.error, place }];
  });
}

/** What does a piece of work; undefined where that is the template itself, or is chosen when a plan is made. */
function named(work: Step["work"], { name }: Template, registry: TemplateRegistry) {
  if (work.kind !== "template") return work.agent === AUTO ? undefined : registry.agentKind(work.agent);
  return work.template === name ? undefined : registry.get(work.template, work.version);
}

async function refuseTaken(target: string, seen: (path: string) => string): Promise<void> {
  const names = await readdir(resolve(target, "..")).catch(() => []);
  if (names.length === 0 || (await readFile(target, "utf8").catch(() => undefined)) === undefined) return;
  throw new AbyssalError([
    {
      code: "OUTPUT_EXISTS",
      severity: "error",
      message: "another file has the name that this template would get",
      place: seen(target),
      expected: "a free name",
      got: "a file",
      hint: "rename or remove that file",
    },
  ]);
}
