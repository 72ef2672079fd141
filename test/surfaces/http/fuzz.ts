import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { serve } from "../../../src/surfaces/http/serve.ts";
import { openService } from "../../../src/surfaces/runtime.ts";
import { fuzzedRequests, isOwedAnswer, statusOf } from "./fuzzed-requests.ts";
import { PAGE } from "./page.ts";

/** `npm run test:fuzz -- [REQUESTS] [SEED]`: sends so many requests to a server of its own, and counts how they are answered. */
const [count = "10000", seed = String(Date.now() % 1_000_000_000)] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), "abyssal-fuzz-"));
const service = await openService({
  workingFolder: folder,
  env: {},
  config: { server: { requestsPerMinute: 100_000_000, drainSeconds: 0 } },
});
const serving = await serve(service, { port: 0, page: PAGE });
const answers: Record<string, number> = {};
const faults: string[] = [];
for (const request of fc.sample(fuzzedRequests(serving.routes), {
  numRuns: Number(count),
  seed: Number(seed),
})) {
  const status = await statusOf(serving.url, request);
  answers[status] = (answers[status] ?? 0) + 1;
  const isUnanswered = status === 0 && isOwedAnswer(request);
  if (status >= 500 || isUnanswered) faults.push(`${status} ${JSON.stringify(request.text)}`);
}
await serving.close();
rmSync(folder, { recursive: true, force: true });
console.log(JSON.stringify({ requests: Number(count), seed: Number(seed), answers }));
for (const fault of faults.slice(0, 20)) console.error(fault.slice(0, 400));
process.exitCode = faults.length === 0 ? 0 : 1;
