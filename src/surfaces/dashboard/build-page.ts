import { fileURLToPath } from "node:url";
import { build } from "vite";

const SOURCES = fileURLToPath(new URL(".", import.meta.url));

/** Builds the page into a folder; what stood there is replaced. `npm run build` does it for the package. */
export async function buildPage(folder: string): Promise<void> {
  await build({
    configFile: false,
    root: SOURCES,
    base: "./",
    logLevel: "warn",
    oxc: { jsx: { runtime: "automatic", importSource: "preact", development: false } },
    build: {
      outDir: folder,
      emptyOutDir: true,
      target: "es2024",
      // A data: address is an address that the page's rules would have to allow.
      assetsInlineLimit: 0,
      modulePreload: false,
      reportCompressedSize: false,
    },
  });
}
