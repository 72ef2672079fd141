import { readdirSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { packageFolder } from "../package-folder.ts";

/** A file of the dashboard's page, as it is sent. */
export type PageFile = { readonly type: string; readonly body: Buffer };

/** The page: its document, and what that loads, by name; the names change with what is in them. */
export type Page = { readonly document: PageFile; readonly assets: ReadonlyMap<string, PageFile> };

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

/** Where `npm run build` puts the page, in the package's folder. */
export const BUILT_PAGE = "dist/surfaces/dashboard";

/** The page, read once: nothing but what was found here is ever sent. Null when it has not been built. */
export function readPage(folder = join(packageFolder(), BUILT_PAGE)): Page | null {
  try {
    const names = readdirSync(join(folder, "assets"));
    return {
      document: read(folder, "index.html"),
      assets: new Map(names.map((name) => [name, read(folder, "assets", name)])),
    };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

function read(...parts: readonly string[]): PageFile {
  const path = join(...parts);
  return { type: TYPES[extname(path)] ?? "application/octet-stream", body: readFileSync(path) };
}
