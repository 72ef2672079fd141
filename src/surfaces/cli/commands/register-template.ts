import { readdir, readFile } from "node:fs/promises";
import { extname, join, relative, resolve } from "node:path";
import { AbyssalError, type Diagnostic } from "../../../shared/diagnostic.ts";
import { discoverTemplates } from "../../../templates/discover.ts";
import { loadTemplate } from "../../../templates/load-template.ts";
import type { TemplateRegistry } from "../../../templates/registry.ts";
import { AUTO, type Step, type Template } from "../../../templates/template.ts";
import { loadConfig } from "../../config.ts";
import { shippedTemplates } from "../../runtime.ts";
import type { CliContext } from "../cli.ts";
import { EXIT } from "../exit-codes.ts";
import { fault, refuse } from "../faults.ts";
import { readText } from "../program-source.ts";
import { refuseUnwritable, writeWhole } from "../replace-file.ts";
import { printJson } from "../terminal.ts";

type RegisterFlags = { readonly output: "text" | "json"; readonly config?: string; readonly check?: boolean };

/** `abyssal register-template`: checks a file and copies it, as it is, into the folder of one's own templates. */
export async function registerTemplateCommand(
  file: string,
  flags: RegisterFlags,
  context: CliContext,
): Promise<number> {
  const { terminal, texts } = context;
  const config = await loadConfig({ workingFolder: terminal.cwd, file: flags.config, env: terminal.env });
  if (!config.ok) throw new AbyssalError(config.error);
  const source = await readText(file, terminal);
  texts.set(source.name, source.text);
  const loaded = loadTemplate(source.text, source.name);
  if (!loaded.ok) throw new AbyssalError(loaded.error);
  const template = loaded.value;
  const folder = resolve(terminal.cwd, config.value.templates.registryPath);
  const registry = await discoverTemplates([shippedTemplates(), folder]);
  if (!registry.ok) throw new AbyssalError(registry.error);
  const existing = existingVersion(template, registry.value, file);
  const missing = template.steps.flatMap((step) => missingNames(step, template, registry.value));
  if (missing.length > 0) throw new AbyssalError(missing);
  const label = `${template.name}@${template.version}`;
  const say = (state: "valid" | "registered" | "unchanged", place: string, text: string): number => {
    const path = relative(terminal.cwd, place) || place;
    if (flags.output === "json")
      printJson(terminal.stdout, { name: template.name, version: template.version, state, file: path });
    else terminal.stdout.write(`${label} ${text} ${path}\n`);
    return EXIT.succeeded;
  };
  if (existing) return say("unchanged", existing.source, "is registered already:");
  const target = join(
    folder,
    `${template.name.toLowerCase()}@${template.version}${extname(file) || ".yaml"}`,
  );
  if (flags.check) return say("valid", target, "is valid; it would be written to");
  await place(target, source.text);
  if (!config.value.templates.autoDiscovery)
    terminal.stderr.write("templates.auto_discovery is off: programs will not see it until that is on\n");
  return say("registered", target, "is registered:");
}

/** The same template, if it is registered; refuses a different one of the same name and version. */
function existingVersion(template: Template, registry: TemplateRegistry, file: string): Template | undefined {
  const { name, version, hash } = template;
  const existing = registry.list().find((one) => one.name === name && one.version === version);
  if (!existing || existing.hash === hash) return existing;
  return refuse(
    fault("TEMPLATE_DUPLICATE", `${name}@${version} is registered with other content`, {
      place: file,
      expected: "another version, or the same content",
      got: `other content than ${existing.source}`,
      hint: `raise the version in ${file}: versions stand side by side`,
    }),
  );
}

/** Agent kinds and templates that a step names and nobody has registered: no plan could hold it. */
function missingNames(
  { work, name, alternatives = [] }: Step,
  template: Template,
  registry: TemplateRegistry,
): readonly Diagnostic[] {
  const found =
    work.kind === "template"
      ? work.template === template.name
        ? undefined
        : registry.get(work.template, work.version)
      : registry.agentKind(work.agent);
  const instead = alternatives.flatMap(({ work: { agent } }, index) => {
    const kind = agent === AUTO ? undefined : registry.agentKind(agent);
    return !kind || kind.ok ? [] : [{ ...kind.error, place: `steps.${name}.fallback.${index}` }];
  });
  return [...(!found || found.ok ? [] : [{ ...found.error, place: `steps.${name}` }]), ...instead];
}

async function place(target: string, text: string): Promise<void> {
  try {
    const folder = resolve(target, "..");
    const names = await readdir(folder).catch(() => []);
    const taken = names.length > 0 && (await readFile(target, "utf8").catch(() => undefined)) !== undefined;
    if (taken)
      refuse(
        fault("OUTPUT_EXISTS", "another file has the name that this template would get", {
          place: target,
          expected: "a free name",
          got: "a file",
          hint: "rename or remove that file",
        }),
      );
    await writeWhole(target, text);
  } catch (error) {
    refuseUnwritable(target, error);
  }
}
