import { resolve } from "node:path";
import { shippedTemplates } from "../../gather-templates.ts";
import { registerTemplate } from "../../register-template.ts";
import type { CliContext } from "../cli.ts";
import { configOf } from "../command-config.ts";
import { EXIT } from "../exit-codes.ts";
import { readText } from "../program-source.ts";
import { refuseUnwritable, writeWhole } from "../replace-file.ts";
import { printJson } from "../terminal.ts";

type RegisterFlags = { readonly output: "text" | "json"; readonly config?: string; readonly check?: boolean };

const SAID = {
  unchanged: "is registered already:",
  valid: "is valid; it would be written to",
  registered: "is registered:",
} as const;

/** `abyssal register-template`: checks a file and copies it, as it is, into the folder of one's own templates. */
export async function registerTemplateCommand(
  file: string,
  flags: RegisterFlags,
  context: CliContext,
): Promise<number> {
  const { terminal, texts } = context;
  const { cwd, stdout, stderr } = terminal;
  const { templates } = await configOf(flags, context);
  const { registryPath, autoDiscovery, versionControl: isVersioned } = templates;
  const { name: source, text } = await readText(file, terminal);
  texts.set(source, text);
  const registered = await registerTemplate({
    text,
    source,
    workingFolder: cwd,
    folder: resolve(cwd, registryPath),
    shipped: shippedTemplates(),
    isVersioned,
    checkOnly: flags.check === true,
    write: (target, content) =>
      writeWhole(target, content).catch((error: unknown) => refuseUnwritable(target, error)),
  });
  const { state, template, file: place } = registered;
  const { name, version } = template;
  if (state === "registered" && !autoDiscovery)
    stderr.write("templates.auto_discovery is off: programs will not see it until that is on\n");
  if (flags.output === "json") printJson(stdout, { name, version, state, file: place });
  else stdout.write(`${name}@${version} ${SAID[state]} ${place}\n`);
  return EXIT.succeeded;
}
