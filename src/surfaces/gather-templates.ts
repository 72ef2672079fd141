import { join, resolve } from "node:path";
import { AbyssalError, type Diagnostic } from "../shared/diagnostic.ts";
import { pathFrom } from "../shared/folder-path.ts";
import { NOT_COMPILED } from "../templates/compiled-templates.ts";
import { discoverTemplates } from "../templates/discover.ts";
import { TemplateRegistry } from "../templates/registry.ts";
import type { Template } from "../templates/template.ts";
import type { Config } from "./config.ts";
import { packageFolder } from "./package-folder.ts";
import { workedOut } from "./worked-out.ts";

/** The folder of the templates that are shipped: beside `src` in a checkout, beside `dist` in the package. */
export function shippedTemplates(): string {
  return join(packageFolder(), "templates");
}

/** The shipped templates, those of the working folder, and those that are given as texts. Throws AbyssalError with all that is wrong. */
export async function gatherTemplates(
  texts: readonly string[],
  config: Config,
  workingFolder: string,
): Promise<TemplateRegistry> {
  const { registryPath, autoDiscovery, versionControl: isVersioned } = config.templates;
  const own = resolve(workingFolder, registryPath);
  const discovered = await discoverTemplates(
    autoDiscovery ? [shippedTemplates(), own] : [shippedTemplates()],
    {
      compiled: (await workedOut())?.templates ?? NOT_COMPILED,
      named: (path) => pathFrom(workingFolder, path),
      isVersioned,
    },
  );
  const faults: Diagnostic[] = discovered.ok ? [] : [...discovered.error];
  const inline: Template[] = [];
  for (const text of texts) {
    const { loadTemplate } = await import("../templates/load-template.ts");
    const loaded = loadTemplate(text, "<inline>");
    if (loaded.ok) inline.push(loaded.value);
    else faults.push(...loaded.error);
  }
  if (!discovered.ok || faults.length > 0) throw new AbyssalError(faults);
  if (inline.length === 0) return discovered.value;
  const { value } = discovered;
  const all = TemplateRegistry.create([...value.list(), ...inline], value.agentKinds(), isVersioned);
  if (!all.ok) throw new AbyssalError(all.error);
  return all.value;
}
