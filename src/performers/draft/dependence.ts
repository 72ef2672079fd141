import { readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Dependence, Task } from "../../actors/ports.ts";
import { sha3 } from "../../shared/hash.ts";
import { isoDate } from "./dates.ts";

let rules: Promise<string> | undefined;

/**
 * What a draft depends on beside its task: the software (`version`), the rules themselves, and the day that its dates begin
 * on. Loads no rules.
 */
export async function draftDependence(task: Task, version: string): Promise<Dependence> {
  rules ??= hashOfRules();
  return { beside: { version, rules: await rules, day: isoDate(task.runStartedAtMs) } };
}

/** SHA3-256 of the rules' own files, so that whoever changes a rule is not given what the old one said. */
async function hashOfRules(): Promise<string> {
  const folder = import.meta.dirname;
  const names = await readdir(folder, { recursive: true });
  const files = names.filter((name) => /\.[jt]s$/.test(name)).sort();
  const texts = await Promise.all([
    ...files.map((name) => readFile(join(folder, name), "utf8")),
    ...["draft.ts", "draft.js"].map((name) => readFile(join(dirname(folder), name), "utf8").catch(() => "")),
  ]);
  return sha3(texts.map(sha3).join("\n"));
}
