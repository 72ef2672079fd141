import { existsSync } from "node:fs";
import { join } from "node:path";
import { CONFIG_FILE_NAME } from "../../config.ts";
import type { CliContext } from "../cli.ts";
import { EXIT } from "../exit-codes.ts";
import { fault, refuse } from "../faults.ts";
import { refuseUnwritable, writeWhole } from "../replace-file.ts";
import { configSample, EXAMPLE_PROGRAM, EXAMPLE_TEMPLATE } from "../samples.ts";

/** `abyssal init`: a configuration with every default in comments, an example program, a template of one's own. */
export async function initCommand(
  { force }: { readonly force?: boolean },
  { terminal }: CliContext,
): Promise<number> {
  const files: readonly (readonly [string, string])[] = [
    [CONFIG_FILE_NAME, configSample()],
    ["example.abyssal", EXAMPLE_PROGRAM],
    [join("templates", "briefing.yaml"), EXAMPLE_TEMPLATE],
  ];
  const existing = files.map(([path]) => path).filter((path) => existsSync(join(terminal.cwd, path)));
  if (existing.length > 0 && !force) {
    refuse(
      fault("OUTPUT_EXISTS", "files stand where new ones are to be written", {
        place: terminal.cwd,
        expected: "free names",
        got: existing.join(", "),
        hint: "--force replaces them",
      }),
    );
  }
  for (const [path, content] of files) {
    try {
      await writeWhole(join(terminal.cwd, path), content);
    } catch (error) {
      refuseUnwritable(path, error);
    }
  }
  terminal.stdout.write(`wrote ${files.map(([path]) => path).join(", ")}\n`);
  terminal.stderr.write("try: abyssal execute --file example.abyssal\n");
  return EXIT.succeeded;
}
