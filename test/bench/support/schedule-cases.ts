import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { gunzipSync } from "node:zlib";
import type { Instance } from "./instance.ts";
import { readPsplib } from "./psplib.ts";
import { readStg } from "./stg.ts";
import { readWfCommons } from "./wfcommons.ts";

/** An instance with its name and the best makespan that is known of it. */
export type Case = {
  /** As the table of best makespans names it. */
  readonly instance: string;
  /** Of a task graph: for how many processors it is scheduled. */
  readonly m: number | null;
  readonly set: string;
  readonly content: Instance;
  readonly best: number | null;
};

/** Numbers of processors tried on a task graph that no optimal.csv names. */
const PROCESSORS = [2, 4, 8, 16];

/** Every instance in a folder and below, sorted by path; other files are passed over. */
export function casesBelow(folder: string, cores: number): Case[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort((a, b) => a.localeCompare(b, "en", { numeric: true }))
    .flatMap((file) => casesOf(file, cores));
}

function casesOf(file: string, cores: number): Case[] {
  const set = basename(dirname(file));
  if (file.endsWith(".sm")) {
    const instance = basename(file, ".sm");
    const row = tableAbove(file, "best.csv")?.rows.find(({ instance: name }) => name === instance);
    return [
      { instance, m: null, set, content: readPsplib(readFileSync(file, "utf8")), best: numberIn(row?.best) },
    ];
  }
  if (file.endsWith(".stg")) return graphCases(file, readFileSync(file, "utf8"));
  if (!/\.json(\.gz)?$/.test(file)) return [];
  const bytes = readFileSync(file);
  const text = (file.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
  if (!/"workflow"/.test(text)) return [];
  return [{ instance: basename(file), m: null, set, content: readWfCommons(text, cores), best: null }];
}

function graphCases(file: string, text: string): Case[] {
  const table = tableAbove(file, "optimal.csv");
  const name = table ? relative(table.folder, resolve(file)) : basename(file);
  const rows = table?.rows.filter(({ instance }) => instance === name) ?? [];
  const known = rows.length > 0 ? rows : PROCESSORS.map((m) => ({ m: String(m), ub: undefined }));
  return known.map(({ m, ub }) => ({
    instance: name,
    m: Number(m),
    set: `stg-${basename(dirname(file))} m=${m}`,
    content: readStg(text, Number(m)),
    best: numberIn(ub),
  }));
}

type Table = { readonly folder: string; readonly rows: readonly Readonly<Record<string, string>>[] };

const tables = new Map<string, Table | undefined>();

/** A table beside a file or up to two folders above it. */
function tableAbove(file: string, name: string): Table | undefined {
  const own = dirname(resolve(file));
  for (const folder of [own, dirname(own), dirname(dirname(own))]) {
    const path = join(folder, name);
    if (!tables.has(path)) tables.set(path, existsSync(path) ? { folder, rows: rowsOf(path) } : undefined);
    const table = tables.get(path);
    if (table) return table;
  }
  return undefined;
}

function rowsOf(path: string): Record<string, string>[] {
  const [header, ...lines] = readFileSync(path, "utf8").trim().split(/\r?\n/);
  const names = header!.split(",");
  return lines.map((line) => {
    const cells = line.split(",");
    return Object.fromEntries(names.map((name, at) => [name, cells[at] ?? ""]));
  });
}

function numberIn(text: string | undefined): number | null {
  return text === undefined || text === "" ? null : Number(text);
}
