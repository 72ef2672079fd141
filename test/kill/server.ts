import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crashServer } from "./server-crash.ts";

/** `npm run test:kill:server -- [KILLS]`: a server is killed so often under load; every run that it promised must end once. */
const kills = Number(process.argv[2] ?? 20);
const folder = mkdtempSync(join(tmpdir(), "abyssal-kill-server-"));
const { promised, faults } = await crashServer(folder, kills, 20);
rmSync(folder, { recursive: true, force: true });
console.log(JSON.stringify({ kills, promised, faults: faults.length }));
for (const fault of faults.slice(0, 20)) console.error(fault);
process.exitCode = faults.length === 0 ? 0 : 1;
