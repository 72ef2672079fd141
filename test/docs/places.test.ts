import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));
const files = ["src", "test", "docs", "templates"].flatMap((folder) => filesOf(folder));
const pages = [
  "README.md",
  "CONTRIBUTING.md",
  ...files.filter((path) => /^docs\/(?!examples).*\.md$/.test(path)),
];

function filesOf(folder: string): readonly string[] {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .filter(({ name }) => name !== "node_modules")
    .flatMap((entry) => {
      const path = `${folder}/${entry.name}`;
      return entry.isDirectory() ? filesOf(path) : [path];
    });
}

/** A page without its blocks of code. */
function proseOf(page: string): string {
  return readFileSync(join(root, page), "utf8").replace(/^```[\s\S]*?^```$/gm, "");
}

/** The part of an address that stands for a heading, as GitHub makes it. */
function anchorOf(heading: string): string {
  const plain = heading.toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, "");
  return plain.trim().replaceAll(" ", "-");
}

test("every source file that a page names exists, by its path or the end of it", () => {
  const named = pages.flatMap((page) =>
    [...proseOf(page).matchAll(/`([\w][\w./-]*\.(?:tsx?|c))(?:#\w+)?`/g)].map(([, path]) => ({
      page,
      path: path!,
    })),
  );
  expect(named.length).toBeGreaterThan(100);
  expect(named.filter(({ path }) => !files.some((file) => `/${file}`.endsWith(`/${path}`)))).toEqual([]);
});

test("every link between pages leads to a file, and to a heading where it names one", () => {
  const links = pages.flatMap((page) =>
    [
      ...proseOf(page)
        .replace(/`[^`\n]*`/g, "")
        .matchAll(/\[[^\]]*\]\(([\w./-]*)(?:#([\w-]+))?\)/g),
    ].map(([, path = "", anchor]) => ({
      page,
      target: path === "" ? page : normalize(join(dirname(page), path)),
      anchor,
    })),
  );
  expect(links.length).toBeGreaterThan(200);
  expect(links.filter(({ target }) => !existsSync(join(root, target)))).toEqual([]);
  const lost = links.filter(({ target, anchor }) => {
    if (anchor === undefined || !target.endsWith(".md")) return false;
    return ![...proseOf(target).matchAll(/^#+ (.*)$/gm)].some(([, heading]) => anchorOf(heading!) === anchor);
  });
  expect(lost).toEqual([]);
});
