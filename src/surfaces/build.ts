/**
 * A step of `npm run build`, behind the declarations of `tsc`: the library, its machines and the command line as few files, what is
 * the same for every process worked out once, and the dashboard's page.
 */
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { bundle } from "./bundle.ts";
import { buildPage } from "./dashboard/build-page.ts";
import { BUILT_PAGE } from "./http/page-files.ts";
import { packageFolder } from "./package-folder.ts";
import { workOut } from "./work-out.ts";
import { WORKED_OUT_FILE } from "./worked-out.ts";

const root = packageFolder();

await bundle(root, join(root, "dist"));
await chmod(join(root, "dist/surfaces/cli/main.js"), 0o755);
await writeFile(join(root, WORKED_OUT_FILE), JSON.stringify(await workOut(root)));
await buildPage(join(root, BUILT_PAGE));
