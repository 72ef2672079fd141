import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { sha3 } from "../shared/hash.ts";
import { packageFolder } from "./package-folder.ts";
import { workedOut } from "./worked-out.ts";

/** The hash of the rules that drafts are made by, as the build has it, or of the sources that run. */
export async function draftRules(): Promise<string> {
  return (await workedOut())?.draftRules ?? (await hashOfDraftRules());
}

/** SHA3-256 of the rules' sources. */
export async function hashOfDraftRules(): Promise<string> {
  const performers = join(packageFolder(), "src/performers");
  const inFolder = (await readdir(join(performers, "draft"), { recursive: true })).sort();
  const files = [
    "draft.ts",
    ...inFolder.filter((name) => name.endsWith(".ts")).map((name) => join("draft", name)),
  ];
  const texts = await Promise.all(files.map((name) => readFile(join(performers, name), "utf8")));
  return sha3(texts.map(sha3).join("\n"));
}
