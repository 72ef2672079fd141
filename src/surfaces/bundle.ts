import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type InputOptions, type Plugin, rolldown } from "rolldown";
import { THREAD_MODULES } from "../shared/thread.ts";

/** Packages that every process loads, in hundreds of small files; all others stay where they are installed. */
const BUNDLED = /^(commander|liquidjs|nanoid|node-diff3|rxjs|semver|xstate|yaml|zod)(\/|$)/;

/** What is always loaded together; a file belongs to the first one of the highest priority. */
const GROUPS = [
  { name: "machines", test: /src[\\/]machines[\\/]/, priority: 4 },
  { name: "command-line", test: /cli[\\/](cli|command-line)\.ts$/, priority: 3 },
  { name: "runtime", test: /(surfaces[\\/]runtime|cli[\\/]commands[\\/]plan)\.ts$/, priority: 2 },
  {
    name: "disk",
    test: /(shared[\\/]make-folder|local[\\/](journal-error|cache-database))\.ts$/,
    priority: 1,
  },
  { name: "engine", test: /memory[\\/]memory-engine\.ts$/, priority: 1 },
];

/**
 * The library and the command line as few files: to look for hundreds of small ones takes half of a cold start. What is imported only
 * when it is used stays apart from what is always needed. The licences of the packages in them go along. The machines are built by themselves, on
 * the XState that is installed: who takes them has that one too, and its tools know a machine by its class. Throws at a warning, such as of a
 * dynamic import that is in vain because what it names is always loaded.
 */
export async function bundle(root: string, folder: string): Promise<void> {
  await build(
    root,
    folder,
    {
      input: {
        index: "src/index.ts",
        "surfaces/cli/main": "src/surfaces/cli/main.ts",
        ...Object.fromEntries(THREAD_MODULES.map((name) => [name, `src/${name}.ts`])),
      },
      external: (id, importer) => !/^[./\0]/.test(id) && !BUNDLED.test(id) && !isLight(id, importer),
      plugins: [lightBuiltins, licences(root)],
    },
    GROUPS,
  );
  await build(
    root,
    folder,
    {
      input: { "machines/index": "src/machines/index.ts" },
      external: /^[^./\0]/,
    },
    [],
  );
}

async function build(root: string, folder: string, what: InputOptions, groups: typeof GROUPS): Promise<void> {
  const bundled = await rolldown({
    cwd: root,
    platform: "node",
    // How long it took says nothing of what came of it.
    checks: { bundlerTimings: false },
    onwarn(warning) {
      throw new Error(`the bundle is not as meant: ${warning.message}`);
    },
    ...what,
  });
  await bundled.write({
    dir: folder,
    format: "esm",
    entryFileNames: "[name].js",
    // Without hashes: where compiled code is kept, that of an earlier build is replaced and not added to.
    chunkFileNames: "parts/[name].js",
    codeSplitting: { groups },
  });
  await bundled.close();
}

/**
 * What commander asks of Node's own modules without the rest of them. As an ES module each one names everything that it has, which loads what
 * stands behind that: 30 ms for `process`, `util` and `child_process`, of which commander needs the least.
 */
const LIGHT: Readonly<Record<string, string>> = {
  "node:process": "export default process;",
  "node:util": 'export const { stripVTControlCharacters } = process.getBuiltinModule("node:util");',
  "node:child_process":
    'export default { spawn: (...args) => process.getBuiltinModule("node:child_process").spawn(...args) };',
};

const lightBuiltins: Plugin = {
  name: "light-builtins",
  resolveId: (id, importer) => (isLight(id, importer) ? `\0light:${id}` : null),
  load: (id) => LIGHT[id.replace("\0light:", "")] ?? null,
};

function isLight(id: string, importer: string | undefined): boolean {
  return id in LIGHT && importer !== undefined && /[\\/]commander[\\/]/.test(importer);
}

/** The licence of every package that is bundled, whole, as each of them asks for. Throws where one has none. */
function licences(root: string): Plugin {
  return {
    name: "licences",
    generateBundle(_, files) {
      const packages = new Set<string>();
      for (const file of Object.values(files))
        for (const id of file.type === "chunk" ? file.moduleIds : []) {
          const name = /node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)(?!.*node_modules)/.exec(id)?.[1];
          if (name) packages.add(name);
        }
      const source = [...packages]
        .sort()
        .map((name) => licenceOf(join(root, "node_modules", name)))
        .join("\n");
      this.emitFile({ type: "asset", fileName: "licences.txt", source });
    },
  };
}

function licenceOf(folder: string): string {
  const file = readdirSync(folder).find((name) => /^licen[cs]e/i.test(name));
  if (!file) throw new Error(`${folder} is bundled and has no licence`);
  const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
    readonly [key: string]: string;
  };
  return `${name} ${version} (${license})\n\n${readFileSync(join(folder, file), "utf8").trim()}\n`;
}
