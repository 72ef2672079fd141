import type { Artifact } from "../../plan/outcome.ts";
import type { JsonObject } from "../../shared/json.ts";

/** A load script for Node 24 without dependencies: fixed arrival rate, percentiles, exit code 1 when a limit is passed. */
export function loadFile(folder: string, requirements: JsonObject): Artifact {
  const limit = (pattern: RegExp, fallback: number): number => {
    const found = Object.entries(requirements).find(
      ([name, value]) => pattern.test(name) && Number.isFinite(Number.parseFloat(String(value))),
    );
    return found ? Math.max(1, Number.parseFloat(String(found[1]))) : fallback;
  };
  const lines = [
    "// Draft made by rules. Usage: node load.mjs http://127.0.0.1:8080/path",
    `const RATE_PER_S = ${limit(/rps|per_s|throughput|requests/i, 50)};`,
    `const P99_MS = ${limit(/p99|latency|response/i, 200)};`,
    "const WARM_UP_S = 5;",
    "const DURATION_S = 30;",
    "const url = process.argv[2];",
    'if (!url) throw new Error("usage: node load.mjs URL");',
    "const timings = [];",
    "let failures = 0;",
    "const started = performance.now();",
    "const pending = [];",
    "for (let n = 0; n < RATE_PER_S * (WARM_UP_S + DURATION_S); n++) {",
    "  const dueMs = (n * 1000) / RATE_PER_S;",
    "  const waitMs = started + dueMs - performance.now();",
    "  if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));",
    "  pending.push(request(dueMs));",
    "}",
    "await Promise.all(pending);",
    "timings.sort((a, b) => a - b);",
    "const p99 = timings[Math.max(0, Math.ceil(timings.length * 0.99) - 1)] ?? Number.POSITIVE_INFINITY;",
    "console.log(JSON.stringify({ requests: timings.length, failures, p99_ms: p99, limit_ms: P99_MS }));",
    "process.exitCode = failures === 0 && p99 <= P99_MS ? 0 : 1;",
    "",
    "// Timed from when the request was due, so that a stalled server cannot hide its queue.",
    "async function request(dueMs) {",
    "  const ok = await fetch(url).then((r) => r.arrayBuffer().then(() => r.ok), () => false);",
    "  if (dueMs < WARM_UP_S * 1000) return;",
    "  timings.push(performance.now() - started - dueMs);",
    "  if (!ok) failures += 1;",
    "}",
  ];
  return { path: `${folder}/load.mjs`, content: `${lines.join("\n")}\n`, mediaType: "text/javascript" };
}
